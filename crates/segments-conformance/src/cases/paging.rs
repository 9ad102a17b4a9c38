//! Pages of odd length, odd order, or the wrong page.

use std::time::Duration;

use segments_core::SortDirection;
use segments_emulator::{Fault, Script, Workspace};
use serde_json::json;

use super::build::{USUAL, always, faulty, once, page_json, rows, workspace};
use crate::case::{Case, Setting};

pub(super) const CASES: &[Case] = &[
    Case::new("plain", "nothing goes wrong: 250 segments", |setting| workspace(setting, USUAL))
        .ordinary(),
    Case::new("one-page", "3 segments on one page", |setting| workspace(setting, 3)).ordinary(),
    Case::new("full-last-page", "200 segments: the last page is full", |setting| {
        workspace(setting, 200)
    })
    .ordinary(),
    Case::new("empty", "no segments", |setting| workspace(setting, 0)),
    Case::new("pages-of-50", "pages have 50 segments", |setting| {
        workspace(setting, USUAL).with_page_size(50)
    }),
    Case::new("pages-of-150", "pages have 150 segments", |setting| {
        workspace(setting, USUAL).with_page_size(150)
    }),
    Case::new("short-page", "page 1 has 60 of its 100 segments, once", |setting| {
        once(setting, cut_page(setting, 60))
    }),
    Case::new("empty-page", "page 1 is empty once", |setting| once(setting, cut_page(setting, 0))),
    Case::new("empty-page-always", "page 1 is always empty, and page 2 is not", |setting| {
        always(setting, cut_page(setting, 0))
    }),
    Case::new("page-ignored", "every page is page 0", |setting| {
        faulty(setting, [Fault::ignore_page().forever()])
    }),
    Case::new("last-page-repeated", "pages after the last repeat the last one", last_repeated),
    Case::new("sort-ignored", "`sort_direction` is ignored", |setting| {
        faulty(setting, [Fault::ignore_sort_direction().forever()])
    }),
    Case::new("unordered", "page 1 repeats a segment of page 0 in place of its first", unordered),
    Case::new("duplicate-row", "page 1 has its first segment twice", duplicate_row),
    Case::new("end-is-404", "pages after the last are a 404", |setting| {
        let faults = (2..20).map(|page| Fault::status(404).page(page).forever());
        workspace(setting, 200).with_faults(faults.collect())
    }),
    Case::new("stale-cache", "a cache answers page 1 with an old copy (`Age: 3600`)", stale_cache),
];

/// Page 1 with its first rows only.
fn cut_page(setting: &Setting<'_>, keep: usize) -> Fault {
    let mut page = page_json(&workspace(setting, USUAL), 1, SortDirection::Asc);
    rows(&mut page).truncate(keep);
    Fault::body(page.to_string()).sort_direction(SortDirection::Asc)
}

fn last_repeated(setting: &Setting<'_>) -> Workspace {
    let mut workspace = workspace(setting, USUAL);
    let mut script = Script::new();

    for direction in [SortDirection::Asc, SortDirection::Desc] {
        let last = page_json(&workspace, 2, direction).to_string();
        for page in 3..40 {
            let fault = Fault::body(last.clone()).page(page).sort_direction(direction);
            script = script.then(fault.forever());
        }
    }

    workspace.set_faults(script);
    workspace
}

fn unordered(setting: &Setting<'_>) -> Workspace {
    let workspace = workspace(setting, USUAL);
    let mut first = page_json(&workspace, 0, SortDirection::Asc);
    let mut second = page_json(&workspace, 1, SortDirection::Asc);
    rows(&mut second)[0] = rows(&mut first)[99].take();

    let fault = Fault::body(second.to_string()).page(1).sort_direction(SortDirection::Asc);
    workspace.with_faults(Script::new().then(fault.forever()))
}

fn duplicate_row(setting: &Setting<'_>) -> Workspace {
    let workspace = workspace(setting, USUAL);
    let mut page = page_json(&workspace, 1, SortDirection::Asc);
    let first = rows(&mut page)[0].clone();
    rows(&mut page).push(first);

    let fault = Fault::body(page.to_string()).page(1).sort_direction(SortDirection::Asc);
    workspace.with_faults(Script::new().then(fault.forever()))
}

/// The copy is from before 50 segments were archived, so that page 1 repeats half of page 0 and
/// lacks half of its own.
fn stale_cache(setting: &Setting<'_>) -> Workspace {
    let mut workspace = workspace(setting, USUAL + 50);
    let old = page_json(&workspace, 1, SortDirection::Asc);
    let archived: Vec<_> =
        workspace.segments().take(50).map(|segment| segment.id().to_owned()).collect();
    for id in archived {
        workspace.archive(&id).expect("it is listed");
    }

    let old = json!({ "segments": old["segments"], "message": "success" }).to_string();
    let fault = Fault::body(old).page(1).sort_direction(SortDirection::Asc);
    let cached = fault.header("age", "3600").header("x-cache", "HIT").delayed(Duration::ZERO);
    workspace.with_faults(Script::new().then(cached.forever()))
}
