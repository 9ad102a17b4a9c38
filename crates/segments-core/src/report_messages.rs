//! The sentence of a report in its variants, as `docs/messages.txt` has it.

use std::fmt::Write as _;
use std::time::Duration;

use crate::messages::file;
use crate::report::{Assumption, Completeness, Interval, OrderBasis, SnapshotClaim, Strength};
use crate::response::Timestamp;
use crate::{Api, ApiKey, Export, Instance, Plan, Report};

#[test]
fn messages_of_reports() {
    let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key").unwrap());
    let mut report = Export::new(api, Plan::default()).report();
    (report.segments, report.pages, report.requests) = (250, 5, 7);
    report.elapsed = Duration::from_secs(3);
    let (start, end) = (Duration::ZERO, Duration::from_millis(2500));
    let as_of = Interval { from: None, to: Some(Timestamp::from_unix(1_790_000_000)), start, end };
    report.interval = Some(as_of);
    let by_neighbours = vec![Assumption::StableOrder];

    let mut out = String::new();
    let mut add = |change: &dyn Fn(&mut Report)| {
        let mut changed = report.clone();
        change(&mut changed);
        writeln!(out, "{changed}").unwrap();
    };
    add(&|report| report.completeness = Completeness::Unverified);
    add(&|report| report.completeness = Completeness::NotProven);
    add(&|report| report.completeness = Completeness::Complete);
    add(&|report| report.completeness = Completeness::CompleteByCount);
    for (segments, unlisted) in [(250, 0), (250, 2), (2, 2), (0, 0)] {
        add(&|report| {
            report.completeness = Completeness::Complete;
            report.assumptions.clone_from(&by_neighbours);
            report.segments = segments;
            report.unlisted_meanwhile = vec!["0eaf8f6a".to_owned(); unlisted];
        });
    }
    for strength in [Strength::Counted, Strength::Clean, Strength::Atomic] {
        add(&|report| report.snapshot = Some(SnapshotClaim { as_of, strength }));
    }
    add(&|report| {
        let as_of = Interval { to: None, ..as_of };
        report.snapshot = Some(SnapshotClaim { as_of, strength: Strength::Clean });
    });
    add(&|report| {
        report.order_basis = OrderBasis::Guess;
        (report.missed_by_first_pass, report.retries) = (3, 2);
    });
    add(&|report| {
        (report.segments, report.pages, report.requests, report.retries) = (1, 1, 1, 1);
        report.interval = None;
    });
    file::check_section("segments-core: the sentence of a report", &out);
}
