//! A server with a list of 250 segments, and what a list that was begun gets. For both adapters.

use segments_core::{Api, ApiKey, Endpoint, Error, ErrorKind, Goal, Segment};
use segments_emulator::{Emulator, Server, ServerThread, Workspace, sample};

pub(crate) const GOALS: [Goal; 3] = [Goal::Walk, Goal::Complete, Goal::Snapshot];

pub(crate) fn server() -> ServerThread {
    let braze = Workspace::new().with_key("a-key").with_segments(sample(250, 1));
    Server::spawn(Emulator::new(braze)).unwrap()
}

pub(crate) fn api(server: &ServerThread) -> Api {
    Api::new(Endpoint::new(&server.url()).unwrap(), ApiKey::new("a-key").unwrap())
}

pub(crate) fn listed(server: &ServerThread) -> Vec<Segment> {
    server.emulator().with(|braze| braze.segments().cloned().collect())
}

#[track_caller]
pub(crate) fn assert_handed_out(error: &Error, segments: u64) {
    assert_eq!(*error.kind(), ErrorKind::HandedOut { segments });
    assert!(error.to_string().contains("handed out before"), "{error}");
}
