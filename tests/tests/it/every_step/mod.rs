//! A fault at every step: one export has K requests; each kind of fault meets each of them in turn,
//! and the list is whole, or the export ends with the right reason.

mod core;
mod sockets;

use std::collections::HashSet;
use std::time::Duration;

use segments_core::{Error, Goal, Plan, Report, Segment};
use segments_emulator::{Fault, Script, Workspace, sample};
use segments_tests::world::KEY;

const GOALS: [Goal; 3] = [Goal::Walk, Goal::Complete, Goal::Snapshot];

/// What may come of a fault that happens once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// It costs a retry and nothing else.
    Passing,
    /// The same, but only once on a page: a second time it is `protocol`.
    ForgivenOnce,
    /// It is the end, for this reason.
    Final(&'static str),
    /// It may not be noticed, or shows that the list makes no sense.
    Odd,
}

use Class::{Final, ForgivenOnce, Odd, Passing};

/// Every kind of fault.
fn kinds() -> Vec<(Fault, Class)> {
    let seconds = Duration::from_secs;
    let statuses = [408, 425, 500, 502, 503, 504, 507, 520, 524, 529, 598];
    let mut kinds: Vec<_> = statuses.map(|code| (Fault::status(code), Passing)).into();

    kinds.extend(
        [201, 204, 206, 304, 400, 404, 407, 501, 999]
            .map(|code| (Fault::status(code), Final("protocol"))),
    );

    kinds.extend([0, 40, 300].map(|after| (Fault::cut(after), Passing)));
    kinds.extend([0, 40, 800].map(|after| (Fault::reset(after), Passing)));

    kinds.extend([
        (Fault::rate_limited(Duration::ZERO), Passing),
        (Fault::rate_limited(seconds(40)), Passing),
        (Fault::rate_limited(seconds(4000)), Final("rate_limited")),
        (Fault::status(503).header("retry-after", "7"), Passing),
        (Fault::close(), Passing),
        (Fault::stall(40), Passing),
        (Fault::delay(seconds(60)), Passing),
        (Fault::drip(seconds(1)), Passing),
        (Fault::drip_head(seconds(1)), Passing),
        (Fault::drip(Duration::from_millis(1)), Passing),
        (Fault::body(&b"{\"segments\":[{\"id\""[..]), Passing),
        (Fault::body(&b"{\"segments\":[}"[..]), ForgivenOnce),
        (Fault::body(&b"\xff\xfe"[..]), ForgivenOnce),
        (Fault::null_segments(), ForgivenOnce),
        (Fault::verbatim(&b"what?\r\n\r\n"[..]), ForgivenOnce),
        (Fault::status(401), Final("refused")),
        (Fault::status(403), Final("refused")),
        (Fault::html(), Final("protocol")),
        (Fault::redirect("https://evil.example/"), Final("protocol")),
        (Fault::gzip(), Final("protocol")),
        (Fault::message("another"), Final("protocol")),
        (Fault::empty_body(), Final("protocol")),
        (Fault::both_framings(), Final("protocol")),
        (Fault::endless(), Final("protocol")),
        (Fault::errors(["minor"]), Passing),
        (Fault::missing_segments(), Odd),
        (Fault::ignore_page(), Odd),
        (Fault::ignore_sort_direction(), Odd),
        (Fault::body(&br#"{"segments":[],"message":"success"}"#[..]), Odd),
    ]);

    kinds
}

/// Three pages, the last of them short.
fn workspace(faults: impl IntoIterator<Item = Fault>) -> Workspace {
    let script: Script = faults.into_iter().collect();
    Workspace::new()
        .with_key(KEY)
        .with_segments(sample(10, 1))
        .with_page_size(4)
        .with_faults(script)
}

fn plan(goal: Goal, window: u16) -> Plan {
    let mut plan = Plan::new(goal);
    plan.window = window;
    plan.page_size = 4;
    plan
}

/// Panics unless what came of an export fits the faults that it met.
fn judge(
    what: &str,
    (goal, window): (Goal, u16),
    classes: &[Class],
    result: Result<Report, Error>,
    list: &[Segment],
) {
    let truth = sample(10, 1);
    let said = format!("{result:?} {result:#?}");

    assert!(!said.contains("CANARY"), "{what}: {said}");

    let ids: HashSet<_> = list.iter().map(Segment::id).collect();
    assert_eq!(ids.len(), list.len(), "{what}: {list:?}");

    match result {
        Ok(report) => {
            // Of several requests in flight some are behind the end, and nobody waits for them.
            let finals = classes.iter().any(|class| matches!(class, Final(_)));
            assert!(!finals || window > 1, "{what}: it went on");
            assert_eq!(report.segments, list.len() as u64, "{what}");
            // A walk takes the server's word for where the list ends.
            let cut = goal == Goal::Walk && classes.contains(&Odd);
            assert!(list == truth || cut && truth.starts_with(list), "{what}: {report} {list:?}");
        }
        Err(error) => {
            let reason = error.kind().name();
            let unreadable = classes.iter().filter(|class| **class == ForgivenOnce).count();
            let allowed = |class: &Class| match class {
                Passing => false,
                ForgivenOnce => unreadable > 1 && reason == "protocol",
                Final(expected) => reason == *expected,
                Odd => ["paging", "not_proven"].contains(&reason),
            };
            assert!(classes.iter().any(allowed), "{what}: {error}");
            assert!(goal != Goal::Walk || truth.starts_with(list), "{what}: {list:?}");
        }
    }
}
