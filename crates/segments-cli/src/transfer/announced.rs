//! A client that tells the console of each request.

use std::task::{Context, Poll};

use http::Request;
use segments_hyper::{Body, Client};
use tower_service::Service;

use crate::terminal::Console;

/// Counts requests as they are sent. The observer of the reader counts them when they end.
#[derive(Debug, Clone)]
pub(super) struct Announced {
    client: Client,
    console: Console,
}

impl Announced {
    pub(super) fn new(client: Client, console: Console) -> Self {
        Self { client, console }
    }
}

impl Service<Request<Body>> for Announced {
    type Response = <Client as Service<Request<Body>>>::Response;
    type Error = <Client as Service<Request<Body>>>::Error;
    type Future = <Client as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.client.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.console.request_sent();
        self.client.call(request)
    }
}
