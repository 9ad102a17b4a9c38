//! A service that streams exports as NDJSON, over axum.
//!
//! `GET /segments` reads the workspace whose key is in the header `Authorization`. The last line of
//! the response is the report: a response without it is not the whole list. An error before the
//! first page is a status; a later one breaks the connection.
//!
//! - **A client that goes away** takes its export with it: the body owns the reader, and the reader
//!   its requests.
//! - **A deadline** for each export (`DEADLINE`, in seconds) ends also what waits for a rate limit.
//! - **One pool** of connections serves all workspaces.
//! - **SIGTERM** and Ctrl-C let the exports that run come to their end, or to their deadline.
//!
//! It reads `BRAZE_BASE_URL` and `LISTEN` (such as `127.0.0.1:3000`), and prints its address.

use std::env;
use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, serve};
use futures_util::stream::{self, Stream, StreamExt};
use segments_core::{Api, ApiKey, Endpoint, Error, ErrorKind, Export, Plan, Segment};
use segments_hyper::{Client, Reader};
use serde_json::json;
use tokio::net::TcpListener;
use tower_http::trace::TraceLayer;

/// What all requests share.
#[derive(Clone)]
struct Service {
    endpoint: Endpoint,
    plan: Plan,
    /// Clones share its pool.
    client: Client,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();

    let deadline = env::var("DEADLINE").map_or(Ok(60.0), |seconds| seconds.parse())?;
    let service = Service {
        endpoint: env::var("BRAZE_BASE_URL")?.parse()?,
        plan: Plan::default().with_window(2).with_deadline(Duration::try_from_secs_f64(deadline)?),
        client: Client::new()?,
    };

    let listener = TcpListener::bind(env::var("LISTEN")?).await?;
    println!("http://{}", listener.local_addr()?);

    let router = Router::new()
        .route("/segments", get(segments))
        .layer(TraceLayer::new_for_http())
        .with_state(service);
    serve(listener, router).with_graceful_shutdown(stop()).await?;
    Ok(())
}

async fn segments(State(service): State<Service>, headers: HeaderMap) -> Response {
    let Some(key) = bearer(&headers) else {
        return refusal(StatusCode::UNAUTHORIZED, "give the key as Authorization: Bearer <key>");
    };

    // The deadline of the plan counts from the reader's first wait, which is here.
    let export = Export::new(Api::new(service.endpoint, key), service.plan);
    let mut reader = Reader::new(export, service.client)
        .on_end(|report| tracing::info!(ended = report.ended, "{report}"));

    // Before the first page there can still be a status.
    let first = match reader.next_segments().await {
        Some(Err(error)) => return failure(&error),
        Some(Ok(page)) => page,
        None => Vec::new(),
    };

    let lines = stream::iter([Ok(ndjson(&first))]).chain(rest(reader));
    ([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
}

/// The pages after the first one, then the report. Dropping the stream ends the export.
fn rest(reader: Reader) -> impl Stream<Item = Result<Vec<u8>, Error>> {
    stream::unfold(Some(reader), |reader| async {
        let mut reader = reader?;
        match reader.next_segments().await {
            Some(Ok(page)) => Some((Ok(ndjson(&page)), Some(reader))),
            // It breaks the connection: nobody can take what came before for the whole list.
            Some(Err(error)) => Some((Err(error), None)),
            None => {
                let report = json!({ "report": reader.report() });
                Some((Ok(format!("{report}\n").into_bytes()), None))
            }
        }
    })
}

fn ndjson(segments: &[Segment]) -> Vec<u8> {
    segments.iter().flat_map(|segment| format!("{}\n", json!(segment)).into_bytes()).collect()
}

fn bearer(headers: &HeaderMap) -> Option<ApiKey> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    ApiKey::new(value.strip_prefix(b"Bearer ")?).ok()
}

fn failure(error: &Error) -> Response {
    let status = match error.kind() {
        ErrorKind::Refused => StatusCode::UNAUTHORIZED,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Deadline => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    };
    refusal(status, &error.to_string())
}

fn refusal(status: StatusCode, error: &str) -> Response {
    let body = json!({ "error": error }).to_string();
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// Ends with the first SIGTERM or Ctrl-C.
async fn stop() {
    let interrupt = async { tokio::signal::ctrl_c().await.expect("a handler of signals") };

    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate()).expect("a handler of signals").recv().await;
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();

    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
