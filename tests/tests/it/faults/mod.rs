//! The catalogue of faults over the bare core and both adapters; the program's part is with it.

pub(crate) mod blocking;
mod core;
pub(crate) mod hyper;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use segments_core::{Api, ApiKey, Endpoint, Error, Export, Report, Segment};
use segments_tests::cases::{Case, Ended, row_of, table};

pub(crate) fn export(case: &Case, url: &str, window: u16) -> Export {
    let api = Api::new(Endpoint::new(url).unwrap(), ApiKey::new(case.key).unwrap());
    let mut plan = case.limits.plan();
    plan.window = window;
    plan.retry.backoff = Duration::from_millis(50);
    Export::new(api, plan)
}

/// Runs a case over a socket, and judges it.
fn over_socket(
    case: &Case,
    layer: &str,
    read: impl FnOnce(&str) -> (Result<(), Error>, Vec<Segment>, Report),
) {
    let server = case.serve();
    let begun = Instant::now();
    let (result, segments, report) = read(&server.url);
    let mut ended = ended(result, segments, &report);
    ended.took = begun.elapsed();
    case.judge(layer, &ended);
    server.assert_alone(4);
}

fn ended(result: Result<(), Error>, segments: Vec<Segment>, report: &Report) -> Ended {
    let error = result.err();
    Ended {
        error: serde_json::to_value(&error).unwrap(),
        report: serde_json::to_value(report).unwrap(),
        segments,
        text: error.map(|error| format!("{error} {error:?}")).unwrap_or_default(),
        ..Ended::default()
    }
}

#[test]
fn every_row_of_the_table_has_its_tests() {
    let [everywhere, sockets] = segments_tests::rows!(names);
    let rows = |names: &[&str]| names.iter().map(|name| row_of(name)).collect::<BTreeSet<_>>();
    let cases = |wire: fn(&Case) -> bool| {
        let cases = table().iter().filter(|case| wire(case));
        cases.map(|case| case.row.to_owned()).collect::<BTreeSet<_>>()
    };

    assert_eq!(rows(everywhere), cases(|case| !case.wire));
    assert_eq!(&rows(everywhere) | &rows(sockets), cases(|_| true));
    assert!(rows(everywhere).is_disjoint(&rows(sockets)));

    let names: BTreeSet<_> = table().iter().map(|case| (case.row, case.name)).collect();
    assert_eq!(names.len(), table().len(), "two cases of one name");
}
