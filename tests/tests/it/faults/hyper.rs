//! The async adapter, over sockets.

use std::sync::LazyLock;

use segments_core::{Error, Export, Goal, Report, Segment};
use segments_hyper::{Client, Reader};
use segments_tests::cases::{of, side_by_side};

use super::{export, over_socket};

segments_tests::rows!(sockets, run);

fn run(row: &str) {
    side_by_side(of(row), |case| over_socket(case, "hyper", |url| read(export(case, url, 4))));
}

/// Made once, because it reads the platform's root certificates.
fn client() -> Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| Client::new().unwrap());
    CLIENT.clone()
}

pub(crate) fn read(export: Export) -> (Result<(), Error>, Vec<Segment>, Report) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let streams = export.plan().goal == Goal::Walk;
        let mut reader = Reader::new(export, client());
        let mut segments = Vec::new();
        let result = if streams {
            loop {
                match reader.next().await {
                    Some(Ok(segment)) => segments.push(segment),
                    Some(Err(error)) => break Err(error),
                    None => break Ok(()),
                }
            }
        } else {
            reader.collect_all().await.map(|(list, _)| segments = list)
        };
        (result, segments, reader.report())
    })
}
