//! A client that keeps the head of the last response, with the time at which it came.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::SystemTime;

use http::{HeaderMap, Request};
use segments_hyper::{Body, Client};
use tower_service::Service;

type Response = <Client as Service<Request<Body>>>::Response;
type Error = <Client as Service<Request<Body>>>::Error;

/// The headers of a response, and when they were there.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) headers: HeaderMap,
    pub(super) received: SystemTime,
}

/// Clones share what they have seen.
#[derive(Debug, Clone)]
pub(super) struct Recorder {
    client: Client,
    head: Arc<Mutex<Option<Head>>>,
}

impl Recorder {
    pub(super) fn new(client: Client) -> Self {
        Self { client, head: Arc::default() }
    }

    /// The head of the last response, if there was one.
    pub(super) fn head(&self) -> Option<Head> {
        self.head.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Service<Request<Body>> for Recorder {
    type Response = Response;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.client.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (response, head) = (self.client.call(request), Arc::clone(&self.head));
        Box::pin(async move {
            let response = response.await?;
            let seen = Head { headers: response.headers().clone(), received: SystemTime::now() };
            *head.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
            Ok(response)
        })
    }
}
