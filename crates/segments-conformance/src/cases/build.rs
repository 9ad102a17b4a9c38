//! What several situations are built of.

use segments_core::{ListRequest, SortDirection};
use segments_emulator::{Fault, Script, Workspace, sample};
use serde_json::Value;

use crate::case::Setting;

/// Two pages and a half.
pub(super) const USUAL: usize = 250;

/// The pages of the usual list, and one behind its end.
const PAGES: u32 = 4;

/// A workspace of the client, with so many segments.
pub(super) fn workspace(setting: &Setting<'_>, segments: usize) -> Workspace {
    Workspace::new().with_key(setting.key).with_segments(sample(segments, 1))
}

/// The usual list, with these faults.
pub(super) fn faulty<const N: usize>(setting: &Setting<'_>, faults: [Fault; N]) -> Workspace {
    workspace(setting, USUAL).with_faults(Script::from_iter(faults))
}

/// The usual list, of which page 1 gets this response once.
pub(super) fn once(setting: &Setting<'_>, fault: Fault) -> Workspace {
    faulty(setting, [fault.page(1)])
}

/// The usual list, of which page 1 gets this response always, in both orders.
pub(super) fn always(setting: &Setting<'_>, fault: Fault) -> Workspace {
    faulty(setting, [fault.page(1).forever()])
}

/// Every response is the page, changed.
pub(super) fn changed(mut workspace: Workspace, change: impl Fn(&mut Value)) -> Workspace {
    let mut script = Script::new();
    for direction in [SortDirection::Asc, SortDirection::Desc] {
        for page in 0..PAGES {
            let mut body = page_json(&workspace, page, direction);
            change(&mut body);

            let fault = Fault::body(body.to_string()).page(page).sort_direction(direction);
            script = script.then(fault.forever());
        }
    }

    workspace.set_faults(script);
    workspace
}

/// The rows of a page, to be changed.
pub(super) fn rows(page: &mut Value) -> &mut Vec<Value> {
    page["segments"].as_array_mut().expect("a page has rows")
}

pub(super) fn page_json(workspace: &Workspace, page: u32, direction: SortDirection) -> Value {
    let body = workspace.page(ListRequest::page(page).sort(direction)).to_http().into_body();
    serde_json::from_slice(&body).expect("a page is JSON")
}

/// The body of page 1, oldest first.
pub(super) fn second_page(workspace: &Workspace) -> Vec<u8> {
    workspace.page(ListRequest::page(1)).to_http().into_body()
}

/// The bytes of a response whose head ends with these lines.
pub(super) fn response(status: &str, lines: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{lines}\r\n");
    [head.as_bytes(), body].concat()
}
