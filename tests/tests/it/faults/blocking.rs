//! The blocking adapter, over sockets.

use segments_blocking::{Reader, agent};
use segments_core::{Error, Export, Goal, Report, Segment};
use segments_tests::cases::{of, side_by_side};

use super::{export, over_socket};

segments_tests::rows!(sockets, run);

fn run(row: &str) {
    side_by_side(of(row), |case| over_socket(case, "blocking", |url| read(export(case, url, 1))));
}

pub(crate) fn read(export: Export) -> (Result<(), Error>, Vec<Segment>, Report) {
    let streams = export.plan().goal == Goal::Walk;
    let mut reader = Reader::new(export, agent());
    let mut segments = Vec::new();

    let result = if streams {
        loop {
            match reader.next() {
                Some(Ok(segment)) => segments.push(segment),
                Some(Err(error)) => break Err(error),
                None => break Ok(()),
            }
        }
    } else {
        reader.collect_all().map(|(list, _)| segments = list)
    };

    (result, segments, reader.report())
}
