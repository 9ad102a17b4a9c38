//! The core alone: it says what to send and when, and the transport is anything that takes an
//! `http::Request` and gives an `http::Response`.

use std::error::Error;
use std::thread::sleep;
use std::time::{Duration, Instant};

use segments_core::{Api, ApiKey, Endpoint, Export, Failure, FailureKind, Fetch, List, Plan, Step};
use segments_emulator::{Emulator, Server, Workspace, sample};
use ureq::Agent;

fn main() -> Result<(), Box<dyn Error>> {
    let braze = Workspace::new().with_key("a-key").with_segments(sample(250, 1));
    let server = Server::spawn(Emulator::new(braze))?;
    let agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .new_agent();

    let api = Api::new(Endpoint::new(&server.url())?, ApiKey::new("a-key")?);
    let mut export = Export::new(api, Plan::default());
    let mut list = List::default();
    let start = Instant::now();
    let report = loop {
        match export.next(start.elapsed())? {
            Step::Send(fetch) => {
                let exchange = match send(&agent, &fetch) {
                    Ok(response) => export.receive(&fetch, start.elapsed(), &response),
                    Err(failure) => export.fail(&fetch, start.elapsed(), failure),
                };
                eprintln!("{exchange}");
            }
            Step::Wait { until } => sleep(until.saturating_sub(start.elapsed())),
            Step::Segments(batch) => list.extend(batch),
            Step::Updates(updates) => list.update(updates),
            Step::Done(report) => break report,
        }
    };
    println!("{report}");
    println!("{} segments", list.finish(&report).len());
    Ok(())
}

fn send(agent: &Agent, fetch: &Fetch) -> Result<http::Response<Vec<u8>>, Failure> {
    let failed = |error: ureq::Error| Failure::new(FailureKind::Other, error.to_string());
    let (head, mut body) = agent.run(fetch.request()).map_err(failed)?.into_parts();
    let body = body.with_config().limit(fetch.max_body() as u64).read_to_vec().map_err(failed)?;
    Ok(http::Response::from_parts(head, body))
}
