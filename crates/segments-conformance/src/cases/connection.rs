//! Responses that come late, in part, or not at all.

use std::time::Duration;

use segments_emulator::{Fault, Script, Workspace};

use super::build::{USUAL, always, once, response, second_page, workspace};
use crate::case::{Case, Setting};

pub(super) const CASES: &[Case] = &[
    Case::new("cut-body", "page 1: the connection closes after 1000 bytes, once", |setting| {
        once(setting, Fault::cut(1000))
    }),
    Case::new("cut-body-always", "page 1: the connection always closes after 1000 bytes", |s| {
        always(s, Fault::cut(1000))
    }),
    Case::new("cut-chunk", "page 1: chunks that end before the last one, once", cut_chunk),
    Case::new("cut-close", "page 1: half of a body without a length, once", cut_close),
    Case::new("closed", "page 1: the connection closes without a response, once", |setting| {
        once(setting, Fault::close())
    }),
    Case::new("reset", "page 1: the connection is reset within the body, once", |setting| {
        once(setting, Fault::reset(2000))
    }),
    Case::new("silence", "page 1: nothing follows the first 500 bytes, once", |setting| {
        once(setting, Fault::stall(500))
    }),
    Case::new("late", "page 1 comes after 2 s", |setting| {
        once(setting, Fault::delay(Duration::from_secs(2)))
    }),
    Case::new("drip", "the page comes byte by byte, for some two seconds", drip),
    Case::new("gzip", "page 1: always compressed, without being asked", |setting| {
        always(setting, Fault::gzip())
    }),
    Case::new("no-http", "page 1: bytes that are no HTTP, once", |setting| {
        once(setting, Fault::verbatim("SSH-2.0-OpenSSH_9.6\r\n"))
    }),
];

fn cut_chunk(setting: &Setting<'_>) -> Workspace {
    let page = second_page(&workspace(setting, USUAL));
    let half = &page[..page.len() / 2];
    let chunk = [format!("{:x}\r\n", half.len()).as_bytes(), half, b"\r\n"].concat();

    let bytes = response("200 OK", "transfer-encoding: chunked\r\n", &chunk);
    once(setting, Fault::verbatim(bytes))
}

fn cut_close(setting: &Setting<'_>) -> Workspace {
    let page = second_page(&workspace(setting, USUAL));
    let bytes = response("200 OK", "connection: close\r\n", &page[..page.len() / 2]);
    once(setting, Fault::verbatim(bytes))
}

/// Few segments, because each byte takes its time.
fn drip(setting: &Setting<'_>) -> Workspace {
    let fault = Fault::drip(Duration::from_millis(2)).page(0).forever();
    workspace(setting, 8).with_faults(Script::new().then(fault))
}
