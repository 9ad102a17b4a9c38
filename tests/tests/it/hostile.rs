//! A server that means harm, read by the blocking adapter: it ends in time, with an error. The
//! program, which is built on the other adapter, gets the same responses in its own tests.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use segments_core::{Api, ApiKey, Endpoint, Export, Goal, Plan};
use segments_tests::cases::side_by_side;
use segments_tests::hostile::{Hostility, answers};
use segments_tests::world::KEY;

use crate::faults::blocking;

const DEADLINE: Duration = Duration::from_secs(3);

/// What takes longer hangs, however slow the machine is.
const GRACE: Duration = Duration::from_secs(300);

#[test]
fn no_answer_does_harm() {
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    let answers = answers(&format!("http://{}", trap.local_addr().unwrap()));

    for goal in [Goal::Walk, Goal::Complete, Goal::Snapshot] {
        side_by_side(answers.iter(), |answer| ends_in_time(answer, goal));
    }

    trap.set_nonblocking(true).unwrap();
    assert!(trap.accept().is_err(), "a redirect was followed");
}

fn ends_in_time(answer: &Hostility, goal: Goal) {
    let api = Api::new(Endpoint::new(&answer.serve()).unwrap(), ApiKey::new(KEY).unwrap());
    let mut plan = Plan::new(goal);
    plan.timeout = Duration::from_millis(400);
    plan.retry.max_attempts = 2;
    plan.deadline = Some(DEADLINE);

    let begun = Instant::now();
    let (result, ..) = blocking::read(Export::new(api, plan));
    assert!(result.is_err(), "{answer:?}, {goal}");
    assert!(begun.elapsed() < DEADLINE + GRACE, "{answer:?}, {goal}");
}
