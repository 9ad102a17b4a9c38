//! The emulator as its users see it.
#![allow(missing_docs)]

mod answers;
mod faults;
mod page;
mod properties;
mod service;
mod sockets;

use std::time::Duration;

use http::{Request, Response};
use segments_core::Segment;
use segments_emulator::Workspace;

/// The second of a recorded response: 2020-06-17 20:57:03 UTC, 177 s before the hour.
pub(crate) const NOW: Duration = Duration::from_secs(1_592_427_423);

pub(crate) const KEY: &str = "CANARY-0123456789";

pub(crate) fn segment(number: usize) -> Segment {
    Segment::new(format!("id-{number}"), format!("Segment {number}"), true, ["tag"]).unwrap()
}

/// `count` segments with the ids `id-0`, `id-1` and so on, and one key.
pub(crate) fn workspace(count: usize) -> Workspace {
    Workspace::new().with_key(KEY).with_segments((0..count).map(segment))
}

pub(crate) fn request(target: &str) -> Request<()> {
    let request = Request::get(target).header("authorization", format!("Bearer {KEY}"));
    request.body(()).unwrap()
}

pub(crate) fn get(workspace: &mut Workspace, target: &str) -> Response<Vec<u8>> {
    workspace.answer(&request(target), NOW)
}

pub(crate) fn text(response: &Response<Vec<u8>>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}
