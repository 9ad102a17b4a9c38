//! What a server does instead of answering with the page, for [`segments_emulator`].

use std::ops::Range;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use segments_core::SortDirection;
use segments_emulator::{Fault, Script};

/// Up to four faults, of [`passing`] and of [`lasting`] ones, each for one of the first pages or for
/// any request. Shrinks to no fault, and to `503` once.
///
/// ```
/// use proptest::prelude::*;
/// use segments_emulator::Script;
/// use segments_proptest::faults;
///
/// proptest!(|(script in faults::script())| {
///     let json = serde_json::to_string(&script)?;
///     prop_assert_eq!(json.parse::<Script>()?, script);
/// });
/// ```
pub fn script() -> impl Strategy<Value = Script> + Clone {
    vec(placed(), 0..=4).prop_map(Script::from_iter)
}

/// A fault for one of the first pages, or for any request.
pub(crate) fn placed() -> impl Strategy<Value = Fault> + Clone {
    let fault = prop_oneof![3 => passing(), 2 => lasting()];
    (fault, place()).prop_map(|(fault, place)| place.of(fault)).boxed()
}

/// A fault that another attempt does not meet: a status that may pass, a rate limit, a connection
/// that ends early, stalls or is slow. A client that retries gets the whole list all the same.
///
/// ```
/// use proptest::prelude::*;
/// use segments_proptest::faults;
///
/// proptest!(|(fault in faults::passing())| {
///     prop_assert_eq!(fault.times, Some(1));
/// });
/// ```
pub fn passing() -> impl Strategy<Value = Fault> + Clone {
    let bytes = prop_oneof![0_usize..40, 0_usize..3000];
    let seconds = |range: Range<u64>| range.prop_map(Duration::from_secs);
    prop_oneof![
        4 => select(vec![503_u16, 500, 502, 504, 408, 425, 507, 520, 524, 529, 598])
            .prop_map(Fault::status),
        2 => seconds(0..200).prop_map(Fault::rate_limited),
        1 => (0_u32..9)
            .prop_map(|wait| Fault::status(503).header("retry-after", wait.to_string())),
        4 => bytes.clone().prop_map(Fault::cut),
        1 => bytes.prop_map(Fault::stall),
        2 => Just(Fault::close()),
        // A fault that does not even delay changes nothing, and no script can hold it.
        1 => seconds(1..60).prop_map(Fault::delay),
        1 => (0_u64..10).prop_map(|every| Fault::drip(Duration::from_millis(every))),
    ]
    .boxed()
}

/// A fault that stays or deceives: no list can be had, or none that is right, and a right client
/// says so.
///
/// It refuses, redirects, answers with HTML, with JSON that is no page, with another page or in
/// another order than was asked for.
///
/// ```
/// use proptest::prelude::*;
/// use segments_emulator::{Script, Workspace};
/// use segments_proptest::faults;
///
/// proptest!(|(fault in faults::lasting())| {
///     let workspace = Workspace::new().with_faults(Script::new().then(fault));
///     prop_assert_eq!(workspace.script().faults().len(), 1);
/// });
/// ```
pub fn lasting() -> impl Strategy<Value = Fault> + Clone {
    let kind = prop_oneof![
        2 => Just(Fault::html()),
        1 => Just(Fault::message("failure")),
        2 => Just(Fault::missing_segments()),
        1 => Just(Fault::null_segments()),
        1 => Just(Fault::empty_body()),
        2 => Just(Fault::body(EMPTY_PAGE)),
        1 => Just(Fault::redirect("https://example.com/")),
        1 => select(vec![401_u16, 403, 404, 400, 501]).prop_map(Fault::status),
        2 => Just(Fault::ignore_page()),
        2 => Just(Fault::ignore_sort_direction()),
    ];
    (kind, any::<bool>())
        .prop_map(|(fault, ever)| if ever { fault.forever() } else { fault })
        .boxed()
}

const EMPTY_PAGE: &str = r#"{"segments":[],"message":"success"}"#;

#[derive(Debug, Clone)]
struct Place {
    page: Option<u32>,
    order: Option<SortDirection>,
    after: u32,
}

fn place() -> impl Strategy<Value = Place> + Clone {
    let page = prop_oneof![3 => (0_u32..6).prop_map(Some), 1 => Just(None)];
    let order = prop_oneof![
        4 => Just(None),
        1 => Just(Some(SortDirection::Asc)),
        1 => Just(Some(SortDirection::Desc)),
    ];
    let after = prop_oneof![3 => Just(0), 1 => 0_u32..4];
    (page, order, after).prop_map(|(page, order, after)| Place { page, order, after })
}

impl Place {
    fn of(self, mut fault: Fault) -> Fault {
        fault.page = self.page;
        fault.sort_direction = self.order;
        fault.after(self.after)
    }
}

/// One fault of each kind that a client can fail at, the most usual first.
pub(crate) fn simplest() -> impl Iterator<Item = Fault> {
    let faults = [
        Fault::status(503),
        Fault::close(),
        Fault::cut(1),
        Fault::html(),
        Fault::body(EMPTY_PAGE),
        Fault::missing_segments(),
        Fault::message("failure"),
        Fault::ignore_page(),
    ];
    faults.into_iter()
}

/// The same fault once, for any order, at once, on an earlier page.
pub(crate) fn simpler(fault: &Fault) -> Vec<Fault> {
    let mut simpler = Vec::new();
    if fault.times != Some(1) {
        simpler.push(fault.clone().times(1));
    }
    if fault.sort_direction.is_some() {
        let mut any = fault.clone();
        any.sort_direction = None;
        simpler.push(any);
    }
    if fault.after > 0 {
        simpler.push(fault.clone().after(fault.after - 1));
    }
    if fault.page != Some(0) {
        simpler.push(fault.clone().page(fault.page.unwrap_or(1) - 1));
    }
    simpler
}
