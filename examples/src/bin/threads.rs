//! std threads, eight requests in flight: each request has a thread, and the export has one owner.

use std::collections::HashSet;
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use segments_blocking::{agent, send};
use segments_core::{Export, List, Plan, Step};
use segments_examples::{Outcome, api, finish};

fn main() -> ExitCode {
    finish(export())
}

fn export() -> Outcome {
    let (api, mut plan) = (api()?, Plan::default());
    plan.window = 8;
    let endpoint = api.endpoint().clone();
    let mut export = Export::new(api, plan);
    let (agent, mut list, mut in_flight) = (agent(), List::default(), HashSet::new());
    let (sender, finished) = channel();
    let start = Instant::now();

    loop {
        match export.poll(start.elapsed())? {
            Step::Batch(batch) => list.apply(batch),
            Step::Done(report) => return Ok((list.finish(&report), report)),
            Step::Send(_) | Step::Wait { .. } => {
                for fetch in export.poll_fetches(start.elapsed()) {
                    if in_flight.insert(fetch.id()) {
                        let (agent, endpoint, sender) =
                            (agent.clone(), endpoint.clone(), sender.clone());
                        thread::spawn(move || {
                            let result = send(&agent, &endpoint, &fetch);
                            // The receiver is gone once the export has ended.
                            let _ = sender.send((fetch, result));
                        });
                    }
                }

                // Until a response arrives, or until the export wants something new by itself.
                let until = export.poll_timeout(start.elapsed()).unwrap_or(Duration::MAX);
                let (fetch, result) =
                    match finished.recv_timeout(until.saturating_sub(start.elapsed())) {
                        Ok(finished) => finished,
                        Err(RecvTimeoutError::Timeout) => continue,
                        Err(RecvTimeoutError::Disconnected) => unreachable!("a sender is kept"),
                    };
                in_flight.remove(&fetch.id());
                export.handle_result(&fetch, start.elapsed(), result);
            }
        }
    }
}
