//! Bodies with status 200 that are no page.

use segments_core::SortDirection;
use segments_emulator::{Fault, Workspace};
use serde_json::json;

use super::build::{USUAL, always, changed, once, second_page, workspace};
use crate::case::{Case, Setting};

pub(super) const CASES: &[Case] = &[
    Case::new("html", "page 1: always HTML with 200", |setting| always(setting, Fault::html())),
    Case::new("html-once", "page 1: HTML with 200 once", |setting| once(setting, Fault::html())),
    Case::new("no-body", "page 1: no body with 200, once", |setting| {
        once(setting, Fault::empty_body())
    }),
    Case::new("no-segments", "page 1: no key `segments`, once", |setting| {
        once(setting, Fault::missing_segments())
    }),
    Case::new("null-segments", "page 1: `segments` is null, once", |setting| {
        once(setting, Fault::null_segments())
    }),
    Case::new("other-message", "page 1: always no segments, and another `message`", |setting| {
        always(setting, Fault::body(r#"{"segments":[],"message":"Internal error"}"#))
    }),
    Case::new("error-200", "page 1: an error as JSON with 200, once", |setting| {
        once(setting, Fault::body(r#"{"message":"Internal server error","errors":["timeout"]}"#))
    }),
    Case::new("minor-errors", "minor `errors` beside each page, as Braze documents", |setting| {
        changed(workspace(setting, USUAL), |page| page["errors"] = json!(["a minor error"]))
    }),
    Case::new("cut-json", "page 1: half of its JSON, as if it were all, once", |setting| {
        let page = second_page(&workspace(setting, USUAL));
        once(setting, Fault::body(&page[..page.len() / 2]))
    }),
    Case::new("cut-json-always", "page 1: always half of its JSON", |setting| {
        let page = second_page(&workspace(setting, USUAL));
        always(setting, Fault::body(&page[..page.len() / 2]))
    }),
    Case::new("invalid-json", "page 1: always Python in place of JSON", |setting| {
        always(setting, Fault::body("{'segments': [], 'message': 'success'}"))
    }),
    Case::new("bom", "page 1 begins with a byte order mark", byte_order_mark),
    Case::new("text-behind", "text follows the JSON of page 1, once", |setting| {
        let page = second_page(&workspace(setting, USUAL));
        once(setting, Fault::body([&page[..], b"<!-- proxy -->"].concat()))
    }),
];

fn byte_order_mark(setting: &Setting<'_>) -> Workspace {
    let page = second_page(&workspace(setting, USUAL));
    let marked = [b"\xef\xbb\xbf", &page[..]].concat();
    once(setting, Fault::body(marked).sort_direction(SortDirection::Asc))
}
