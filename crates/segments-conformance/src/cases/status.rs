//! Statuses that are no page, and who must not get the key.

use std::time::Duration;

use segments_emulator::{Fault, FaultKind, Workspace, sample};

use super::build::{USUAL, always, faulty, once, response, workspace};
use crate::case::{Case, Setting};

pub(super) const CASES: &[Case] = &[
    Case::new("503-once", "page 1: 503 once", |setting| once(setting, Fault::status(503))),
    Case::new("500-twice", "page 1: 500 twice", |setting| {
        once(setting, Fault::status(500).times(2))
    }),
    Case::new("503-always", "page 1: always 503", |setting| always(setting, Fault::status(503))),
    Case::new("429-reset", "page 1: 429 once, which resets in 2 s", |setting| {
        once(setting, Fault::rate_limited(Duration::from_secs(2)))
    }),
    Case::new("429-bare", "page 1: 429 once, without a hint when to come back", |setting| {
        once(setting, FaultKind::RateLimited { reset_in: 0, retry_after: None, bare: true }.into())
    }),
    Case::new(
        "limiter",
        "a limiter in front: more than 4 requests a second get a 429",
        |setting| faulty(setting, [Fault::leaky_bucket(4, 0, 429)]),
    ),
    Case::new("401-later", "page 1: always 401", |setting| always(setting, Fault::status(401))),
    Case::new("401-echo", "every request is a 401 that repeats the key", |_| {
        Workspace::new().with_key("another-key").with_segments(sample(USUAL, 1))
    }),
    Case::new("400-echo", "page 1: always 400 in HTML that repeats the key", |setting| {
        let page = format!("<html>Bad request: Bearer {}</html>", setting.key);
        let length = format!("content-length: {}\r\n", page.len());
        always(setting, Fault::verbatim(response("400 Bad Request", &length, page.as_bytes())))
    }),
    Case::new("redirect", "page 1: a redirect to another host, which is not Braze", |setting| {
        let target = format!("{}/segments/list?page=1", setting.other_host);
        always(setting, Fault::redirect(target))
    }),
    Case::new("redirect-loop", "page 1: a redirect to itself", |setting| {
        always(setting, Fault::redirect("/segments/list?page=1"))
    }),
    Case::new("204", "page 1: 204 once", |setting| once(setting, Fault::status(204))),
    Case::new("206", "page 1: 206 with an empty page, once", partial_content),
    Case::new("404-once", "page 1: 404 once", |setting| once(setting, Fault::status(404))),
];

fn partial_content(setting: &Setting<'_>) -> Workspace {
    const BODY: &[u8] = br#"{"segments":[],"message":"success"}"#;

    let length = format!("content-length: {}\r\n", BODY.len());
    let fault = Fault::verbatim(response("206 Partial Content", &length, BODY));
    workspace(setting, USUAL).with_faults([fault.page(1)].into_iter().collect())
}
