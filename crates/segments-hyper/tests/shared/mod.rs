//! Tests of both adapters: the same peers must give the same outcomes. The file that includes
//! this one says in `run` how it reads.

mod faults;
mod http2;
mod kept;
mod proxy;
mod server;
mod tls;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use segments_core::{Api, ApiKey, Endpoint, Error, Export, Goal, Plan, Report, Segment};

/// What a test asks of the connection.
#[derive(Clone, Copy, Default)]
pub(crate) struct Route<'a> {
    /// An authority to trust, in PEM.
    pub(crate) trust: Option<&'a str>,
    /// Leaves the platform's authorities out.
    pub(crate) only: bool,
    pub(crate) proxy: Option<&'a str>,
}

/// Takes every exchange as its line of a log.
pub(crate) type Observer = Box<dyn FnMut(String) + Send>;

/// How an export went.
#[derive(Debug)]
struct Outcome {
    result: Result<Vec<Segment>, Error>,
    exchanges: Vec<String>,
    report: Report,
}

fn read(url: &str, change: impl FnOnce(&mut Plan)) -> Outcome {
    read_over(url, Route::default(), change)
}

fn read_over(url: &str, route: Route<'_>, change: impl FnOnce(&mut Plan)) -> Outcome {
    let api = Api::new(Endpoint::new(url).unwrap(), ApiKey::new(server::KEY).unwrap());
    let mut plan = Plan::new(Goal::Walk);
    plan.retry.backoff = Duration::from_millis(1);
    change(&mut plan);
    let exchanges = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&exchanges);
    let observer = Box::new(move |line| log.lock().unwrap().push(line));
    let (result, report) = crate::run(Export::new(api, plan), route, observer);
    let exchanges = exchanges.lock().unwrap().clone();
    let outcome = Outcome { result, exchanges, report };
    assert!(!format!("{outcome:?}").contains(server::KEY), "{outcome:?}");
    outcome
}
