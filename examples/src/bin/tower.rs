//! A tower stack around the client of segments-hyper: a timeout, a concurrency limit, a trace.
//!
//! Clones of the stack share its limit, so several exports can share the two requests at once. tower
//! returns a permit with the head of a response, so the body is read inside of the limit.
//!
//! The time limit of an attempt begins once it has its permit. Only the deadline of the plan limits
//! the wait for one.

use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, Full, Limited};
use segments_core::{Export, Plan};
use segments_examples::{Outcome, api, finish};
use segments_hyper::{Client, Reader, ResponseBody};
use tower::ServiceBuilder;
use tower_http::trace::TraceLayer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // Standard output belongs to the list.
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    finish(export().await)
}

async fn export() -> Outcome {
    let plan = Plan::default().with_deadline(Duration::from_secs(600));
    let max_body = plan.max_body;
    let stack = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .concurrency_limit(2)
        .timeout(Duration::from_secs(10))
        .and_then(move |response| whole(response, max_body))
        .service(Client::new()?);

    let export = Export::new(api()?, plan);

    Ok(Reader::new(export, stack).collect_all().await?)
}

/// Reads the body of a response, so that the permit and the timeout last until its end.
async fn whole(
    response: Response<ResponseBody>,
    max_body: usize,
) -> Result<Response<Full<Bytes>>, Box<dyn Error + Send + Sync>> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, max_body).collect().await?.to_bytes();

    Ok(Response::from_parts(head, Full::new(body)))
}
