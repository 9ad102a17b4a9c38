//! One try of one request over hyper, with the whole answer as it came.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use segments_core::{Api, Export, Failure, FailureKind, Fetch, Goal, Plan, ProtocolFault, Reason};
use segments_hyper::{Body, Client, Reader};
use tower_service::Service;

/// A whole answer, or why there is none; with the limits and the words of `segments-hyper`.
pub(crate) async fn attempt(
    client: Client,
    api: Api,
    fetch: &Fetch,
) -> Result<Response<Vec<u8>>, Failure> {
    let mut plan = Plan::new(Goal::Walk);
    plan.timeout = fetch.timeout();
    plan.max_body = fetch.max_body();
    plan.retry.max_attempts = 1;
    plan.retry.pace = false;
    let answer = Answer::default();
    let tap = Tap { service: client, answer: Arc::clone(&answer) };
    let mut reader = Reader::new(Export::single(api, plan, fetch.list()), tap);
    if let Err(error) = reader.collect_all().await {
        match error.reason() {
            Reason::Transport(failure) | Reason::Protocol(ProtocolFault::Http(failure)) => {
                return Err(failure.clone());
            }
            _ => {}
        }
    }
    let answered = lock(&answer).take();
    answered.ok_or_else(|| Failure::new(FailureKind::Other, "no answer was handed in"))
}

/// What has come of an answer so far.
type Answer = Arc<Mutex<Option<Response<Vec<u8>>>>>;

/// A service that keeps what passes through it.
#[derive(Clone)]
struct Tap<S> {
    service: S,
    answer: Answer,
}

impl<S, B> Service<Request<Body>> for Tap<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: 'static,
    B: BodyExt + Send + 'static,
    B::Data: AsRef<[u8]> + 'static,
    B::Error: 'static,
{
    type Response = Response<UnsyncBoxBody<B::Data, B::Error>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let answering = self.service.call(request);
        let answer = Arc::clone(&self.answer);
        Box::pin(async move {
            let (head, body) = answering.await?.into_parts();
            *lock(&answer) = Some(Response::from_parts(head.clone(), Vec::new()));
            let body = body.map_frame(move |frame| {
                if let (Some(data), Some(answer)) = (frame.data_ref(), lock(&answer).as_mut()) {
                    answer.body_mut().extend_from_slice(data.as_ref());
                }
                frame
            });
            Ok(Response::from_parts(head, body.boxed_unsync()))
        })
    }
}

fn lock(answer: &Answer) -> MutexGuard<'_, Option<Response<Vec<u8>>>> {
    answer.lock().unwrap_or_else(PoisonError::into_inner)
}
