//! The key in no error, log line, report or checkpoint of either adapter, whatever a server says.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use segments_core::export::Exchange;
use segments_core::{
    Api, ApiKey, Endpoint, Error, Export, Goal, TransportError, TransportErrorKind,
};
use segments_core::{Plan, Step};
use segments_emulator::{Emulator, Fault, Script, Server, Workspace, sample};
use segments_tests::echoes::{echoes, piece_in};
use serde_json::json;

const KEY: &str = "CANARY-75480f9a-4db8-4057-8b7e-4d59bfd73709";

/// Everything that was said, to be searched.
#[derive(Debug, Default)]
struct Said(Vec<String>);

impl Said {
    fn shown(&mut self, value: &impl Debug) {
        self.0.push(format!("{value:?} {value:#?}"));
    }

    fn error(&mut self, error: &Error) {
        self.shown(error);
        self.shown(error.kind());
        self.0.push(format!("{error} {} {}", error.advice(), json!(error)));
        self.0.push(format!("{:?} {:?}", error.server_message(), error.request_id()));
    }

    fn search(&self, name: &str) {
        let all = self.0.join("\n");
        assert_eq!(piece_in(KEY, all.as_bytes()), None, "{name}: {all}");
    }
}

fn plan(goal: Goal) -> Plan {
    let mut plan = Plan::new(goal);
    plan.window = 1;
    plan.retry.max_attempts = 2;
    plan.retry.backoff = Duration::ZERO;
    plan
}

fn api(url: &str) -> Api {
    Api::new(Endpoint::new(url).unwrap(), ApiKey::new(KEY).unwrap())
}

/// An observer, and what it has heard.
fn listener() -> (impl FnMut(&Exchange) + Send + 'static, Arc<Mutex<Said>>) {
    let said = Arc::new(Mutex::new(Said::default()));
    let heard = Arc::clone(&said);
    let observer = move |exchange: &Exchange| {
        let mut said = said.lock().unwrap();
        said.shown(exchange);
        said.0.push(format!("{exchange} {}", json!(exchange)));
    };
    (observer, heard)
}

/// What there is to say behind an error.
macro_rules! search {
    ($name:expr, $heard:expr, $reader:expr, $error:expr) => {
        let mut said = Said($heard.lock().unwrap().0.clone());
        said.error(&$error);
        said.shown(&$reader.report());
        said.0.push(json!([$reader.report(), $reader.checkpoint()]).to_string());
        said.search(&$name);
    };
}

#[test]
fn no_echo_comes_through_an_adapter() {
    thread::scope(|scope| {
        for (name, fault) in echoes(KEY) {
            scope.spawn(move || through_the_adapters(name, &fault));
        }
    });
}

fn through_the_adapters(name: &str, fault: &Fault) {
    let client = segments_hyper::Client::builder().plain_http().build().unwrap();
    for goal in [Goal::Walk, Goal::Complete] {
        // Behind two pages, so that there is something in reports and checkpoints.
        let script = Script::new().then(fault.clone().after(2).forever());
        let workspace = Workspace::new().with_key(KEY).with_segments(sample(350, 1));
        let emulator = Emulator::new(workspace.with_faults(script.clone()));
        let server = Server::spawn(emulator.clone()).unwrap();
        let export = || Export::new(api(&server.url()), plan(goal));

        let (observer, heard) = listener();
        let reader = segments_blocking::Reader::new(export(), segments_blocking::agent());
        let mut reader = reader.on_exchange(observer);
        let error = reader.by_ref().find_map(Result::err).expect("an error");
        search!(format!("blocking, {name}"), heard, reader, error);

        emulator.with(|workspace| workspace.set_faults(script));
        let (observer, heard) = listener();
        let reader = segments_hyper::Reader::new(export(), client.clone());
        let mut reader = reader.on_exchange(observer);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let error = runtime.unwrap().block_on(async {
            loop {
                if let Err(error) = reader.next().await.expect("an error") {
                    break error;
                }
            }
        });
        search!(format!("hyper, {name}"), heard, reader, error);
    }
}

#[test]
fn no_echo_comes_through_a_driver_that_quotes() {
    for kind in [
        TransportErrorKind::InvalidHttp,
        TransportErrorKind::Closed,
        TransportErrorKind::Tls,
        TransportErrorKind::Other,
    ] {
        let mut export = Export::new(api("http://127.0.0.1"), plan(Goal::Walk));
        let mut said = Said::default();
        for now in (0..).map(Duration::from_secs) {
            match export.poll(now) {
                Ok(Step::Send(fetch)) => {
                    said.shown(&fetch);
                    let detail = format!("{} got {KEY} and {}", "x".repeat(250), &KEY[3..11]);
                    said.shown(&export.handle_failure(
                        &fetch,
                        now,
                        TransportError::new(kind, detail),
                    ));
                }
                Ok(step) => said.shown(&step),
                Err(error) => {
                    said.error(&error);
                    break;
                }
            }
        }
        said.shown(&export);
        said.search(&format!("{kind:?}"));
    }
}
