//! Both adapters, over sockets: the faults that a server can do to a connection.

use std::time::Duration;

use segments_core::{Api, ApiKey, Endpoint, Error, Export, Goal, Report, Segment};
use segments_emulator::{Emulator, Fault, Server};
use segments_tests::cases::side_by_side;
use segments_tests::world::KEY;

use super::{Class, Final, ForgivenOnce, Passing, judge, plan, workspace};
use crate::faults;

fn kinds() -> Vec<(Fault, Class)> {
    vec![
        (Fault::cut(0), Passing),
        (Fault::cut(200), Passing),
        (Fault::close(), Passing),
        (Fault::reset(0), Passing),
        (Fault::reset(40), Passing),
        (Fault::reset(900), Passing),
        (Fault::stall(100), Passing),
        (Fault::status(500), Passing),
        (Fault::rate_limited(Duration::ZERO), Passing),
        (Fault::verbatim(&b"\0\x16garbage\r\n\r\n"[..]), ForgivenOnce),
        (Fault::body(&b"{\"segments\":[}"[..]), ForgivenOnce),
        (Fault::redirect("http://127.0.0.1:9/"), Final("protocol")),
    ]
}

type Outcome = (Result<(), Error>, Vec<Segment>, Report);

/// An export, and how many requests it sends if nothing goes wrong.
struct Plain {
    goal: Goal,
    window: u16,
    steps: u32,
}

fn at_every_step(layer: &str, read: fn(Export) -> Outcome, exports: &[Plain]) {
    let kinds = kinds();
    let mut runs = Vec::new();

    for export in exports {
        for step in 0..export.steps {
            runs.extend(kinds.iter().map(|kind| (export, step, kind)));
        }
    }

    // Most of them wait, so many run at a time.
    for runs in runs.chunks(24) {
        side_by_side(runs.iter(), |(Plain { goal, window, .. }, step, (fault, class))| {
            let workspace = workspace([fault.clone().after(*step)]);
            let server = Server::spawn(Emulator::new(workspace)).unwrap();
            let api = Api::new(Endpoint::new(&server.url()).unwrap(), ApiKey::new(KEY).unwrap());
            let mut plan = plan(*goal, *window);
            plan.timeout = Duration::from_millis(700);
            // A slow machine may let good answers run into that time limit, too.
            plan.retry.max_attempts = 12;
            plan.retry.backoff = Duration::from_millis(1);
            let (result, list, report) = read(Export::new(api, plan));
            let what = format!("{layer}, {goal}, step {step}: {:?}", fault.kind);
            judge(&what, (*goal, *window), &[*class], result.map(|()| report), &list);
            assert!(
                server.emulator().with(|braze| braze.script().is_exhausted()),
                "{what}: not met"
            );
        });
    }
}

const ONE_BY_ONE: [Plain; 2] = [
    Plain { goal: Goal::Walk, window: 1, steps: 4 },
    Plain { goal: Goal::Complete, window: 1, steps: 5 },
];

#[test]
fn hyper() {
    let four = Plain { goal: Goal::Walk, window: 4, steps: 4 };
    let [walk, complete] = ONE_BY_ONE;
    at_every_step("hyper", faults::hyper::read, &[walk, complete, four]);
}

#[test]
fn blocking() {
    at_every_step("blocking", faults::blocking::read, &ONE_BY_ONE);
}
