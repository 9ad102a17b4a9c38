//! Exports on many machines, with Restate: the journal of an invocation has every response, so that
//! another worker comes to where one has died, and goes on from there.
//!
//! The loop is that of the README, with two changes: each request is a step of the journal, and time is
//! what the journal says.
//!
//! `segments-restate` is a worker at the address `LISTEN`. The directory `WORKSPACES` has a file for each
//! workspace, with its base URL and its API key on two lines. So no invocation and no journal holds a
//! key, or decides where one is sent.

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, fs};

use restate_sdk::prelude::*;
use segments_core::export::{Outcome, RecordedExchange};
use segments_core::{Api, ApiKey, Endpoint, ErrorKind, Export, List, Plan, Report, Segment, Step};
use segments_hyper::{Client, send};
use serde::{Deserialize, Serialize};
use tokio::net::TcpSocket;

#[derive(Serialize, Deserialize)]
struct Workspace {
    name: String,
}

#[derive(Serialize, Deserialize)]
struct Exported {
    report: Report,
    segments: Vec<Segment>,
}

struct Exports {
    client: Client,
    workspaces: PathBuf,
}

#[service]
impl Exports {
    /// Reads the list of a workspace.
    #[handler]
    async fn export(
        &self,
        context: Context<'_>,
        Json(workspace): Json<Workspace>,
    ) -> Result<Json<Exported>, HandlerError> {
        println!("{}: begun or replayed", workspace.name);
        let api =
            self.api(&workspace.name).map_err(|error| TerminalError::new(error.to_string()))?;
        let plan = Plan::default().with_seed(context.random_seed());

        // The zero of the export's clock, the same for every worker.
        let start = context.run(|| async { Ok(Json(since_epoch())) }).name("start").await?;
        let start = start.into_inner();

        let (mut export, mut list, mut now) =
            (Export::new(api, plan), List::default(), Duration::ZERO);
        let report = loop {
            match export.poll(now).map_err(failed)? {
                Step::Send(fetch) => {
                    let (client, request) = (self.client.clone(), fetch.clone());
                    let exchange = context.run(async move || {
                        let result = send(client, &request).await;
                        let at = since_epoch().saturating_sub(start);
                        Ok(Json(RecordedExchange::new(&request, at, &result)))
                    });
                    let exchange = exchange.name(fetch.list().to_string()).await?.into_inner();

                    // The clock of another machine may be behind.
                    now = now.max(exchange.ended_at());
                    let is_redacted = exchange.is_redacted();
                    let exchange = export.handle_result(&fetch, now, exchange.into_result());
                    if is_redacted && matches!(exchange.outcome(), Outcome::Page { .. }) {
                        let message =
                            "a name has a part of the key, which the journal must not hold";
                        return Err(TerminalError::new(message).into());
                    }
                }
                Step::Wait { until } => {
                    context.sleep(until.saturating_sub(now)).await?;
                    now = until;
                }
                Step::Batch(batch) => list.apply(batch),
                Step::Done(report) => break report,
            }
        };

        println!("{}: {report}", workspace.name);
        Ok(Json(Exported { segments: list.finish(&report), report }))
    }
}

impl Exports {
    fn api(&self, name: &str) -> Result<Api, Box<dyn Error>> {
        // A name from outside must not lead out of the directory.
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let path = self.workspaces.join(name);
        let text = if is_plain { fs::read_to_string(path)? } else { String::new() };
        let (base_url, key) = text.split_once('\n').ok_or("no URL and key")?;
        Ok(Api::new(Endpoint::new(base_url)?, ApiKey::new(key.trim())?))
    }
}

/// The export has retried what may pass. Its state is the journal, so the invocation is over.
fn failed(error: segments_core::Error) -> TerminalError {
    let code = match error.kind() {
        ErrorKind::Refused => 403,
        ErrorKind::RateLimited => 429,
        _ => 502,
    };
    TerminalError::new_with_code(code, error.to_string())
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let exports = Exports { client: Client::new()?, workspaces: env::var("WORKSPACES")?.into() };

    // Several workers on one machine can share an address; on many there is a load balancer.
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseport(true)?;
    socket.bind(env::var("LISTEN")?.parse()?)?;

    let endpoint = restate_sdk::endpoint::Endpoint::builder().bind(exports).build();
    HttpServer::new(endpoint).serve(socket.listen(1024)?).await;
    Ok(())
}
