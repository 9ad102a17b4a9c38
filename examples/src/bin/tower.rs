//! A tower stack around the client of segments-hyper: a timeout, a concurrency limit, a trace.
//!
//! Clones of the stack share its limit, so several exports can share the two requests at once. A
//! permit is returned when the head of a response has arrived; the body is read after that.

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use segments_core::{Export, Plan};
use segments_examples::{Outcome, api, finish};
use segments_hyper::{Client, Reader};
use tower::ServiceBuilder;
use tower_http::trace::TraceLayer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // Standard output belongs to the list.
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    finish(export().await)
}

async fn export() -> Outcome {
    let stack = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .concurrency_limit(2)
        .timeout(Duration::from_secs(10))
        .service(Client::new()?);

    let export = Export::new(api()?, Plan::default());

    Ok(Reader::new(export, stack).collect_all().await?)
}
