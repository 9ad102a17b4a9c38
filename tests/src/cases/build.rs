//! How a case is written down.

use std::time::Duration;

use segments_core::{Goal, Page, Segment, SortDirection};
use segments_emulator::{Fault, Workspace, sample};

use super::case::{Case, Expected, Limits};
use crate::peer::Peer;
use crate::world::KEY;

/// A walk over so many segments, of which nothing goes wrong.
pub(super) fn case(row: &'static str, name: &'static str, count: usize) -> Case {
    listing(row, name, sample(count, 1))
}

/// A walk over these.
pub(super) fn listing(row: &'static str, name: &'static str, list: Vec<Segment>) -> Case {
    let limits = Limits {
        goal: Goal::Walk,
        attempts: 5,
        max_wait: Duration::from_secs(60),
        timeout: Duration::from_secs(10),
        max_pages: 100,
        sort: SortDirection::Asc,
    };

    let workspace = Workspace::new().with_segments(list.clone());
    let peer = Peer::Emulator(Box::new(workspace));
    let expected = Expected { list, ..Expected::default() };
    Case { row, name, peer, wire: false, key: KEY, limits, expected }
}

/// The second of two pages is answered like this once, and is then well.
pub(super) fn once(row: &'static str, name: &'static str, fault: Fault) -> Case {
    case(row, name, 150).fault(fault.page(1)).retries(1)
}

/// The second of two pages is never answered otherwise, and two attempts are allowed.
pub(super) fn always(row: &'static str, name: &'static str, fault: Fault) -> Case {
    case(row, name, 150).attempts(2).fault(fault.page(1).forever()).tries(2)
}

/// Every page is answered like this, which is the end at the first time.
pub(super) fn at_once(row: &'static str, name: &'static str, fault: Fault) -> Case {
    case(row, name, 150).fault(fault.forever()).tries(1).ends("protocol")
}

/// Every page is answered like this, which is the end at the second time.
pub(super) fn twice(row: &'static str, name: &'static str, fault: Fault) -> Case {
    case(row, name, 150).fault(fault.forever()).tries(2).ends("protocol")
}

/// Page 0 has this body, and behind it is nothing; these segments come out.
pub(super) fn taken(
    row: &'static str,
    name: &'static str,
    body: impl Into<Vec<u8>>,
    list: Vec<Segment>,
) -> Case {
    let body = Fault::body(body).page(0).forever();
    let mut case = case(row, name, 0).fault(body);
    case.expected.list = list;
    case
}

/// Page 0 has this body, which is no page, and is asked for twice.
pub(super) fn no_page(row: &'static str, name: &'static str, body: impl Into<Vec<u8>>) -> Case {
    twice(row, name, Fault::body(body))
}

/// An answer of 200 as bytes, with these lines in its head and its length declared.
pub(super) fn answer(lines: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{lines}content-length: {length}\r\n\
         \r\n{body}"
    )
    .into_bytes()
}

/// The body of a page with these rows as they are.
pub(super) fn rows(rows: &str) -> String {
    format!(r#"{{"segments":[{rows}],"message":"success"}}"#)
}

/// The body of a page of these segments.
pub(super) fn body(list: &[Segment]) -> Vec<u8> {
    list.iter().cloned().collect::<Page>().to_http().into_body()
}

/// A page of three.
pub(super) fn page_of_three() -> String {
    String::from_utf8(body(&letters("abc"))).expect("text")
}

/// A segment to each letter.
pub(super) fn letters(ids: &str) -> Vec<Segment> {
    ids.chars().map(|id| segment(&id.to_string(), &format!("segment {id}"))).collect()
}

pub(super) fn segment(id: &str, name: &str) -> Segment {
    Segment::new(id, name, true, ["a tag", ""]).expect("an id")
}

impl Case {
    /// Ends for this reason.
    pub(super) fn ends(mut self, reason: &'static str) -> Self {
        self.expected.reason = reason;
        self.expected.retries = None;
        self
    }

    pub(super) fn fault(mut self, fault: Fault) -> Self {
        let Peer::Emulator(workspace) = &mut self.peer else {
            panic!("{}: no emulator", self.name)
        };
        let script = workspace.script().clone().then(fault);
        workspace.set_faults(script);
        self
    }

    /// The workspace has pages of this length.
    pub(super) fn pages_of(mut self, segments: u32) -> Self {
        if let Peer::Emulator(workspace) = &mut self.peer {
            workspace.set_page_size(segments);
        }
        self
    }

    pub(super) fn peer(self, peer: Peer) -> Self {
        Self { peer, wire: true, ..self }
    }

    /// It takes a socket.
    pub(super) fn wire(self) -> Self {
        Self { wire: true, ..self }
    }

    pub(super) fn goal(mut self, goal: Goal) -> Self {
        self.limits.goal = goal;
        self
    }

    pub(super) fn newest_first(mut self) -> Self {
        self.limits.sort = SortDirection::Desc;
        self.expected.list.reverse();
        self
    }

    pub(super) fn attempts(mut self, attempts: u32) -> Self {
        self.limits.attempts = attempts;
        self
    }

    pub(super) fn timeout(mut self, millis: u64) -> Self {
        self.limits.timeout = Duration::from_millis(millis);
        self
    }

    pub(super) fn max_wait(mut self, seconds: u64) -> Self {
        self.limits.max_wait = Duration::from_secs(seconds);
        self
    }

    pub(super) fn max_pages(mut self, pages: u32) -> Self {
        self.limits.max_pages = pages;
        self
    }

    pub(super) fn says(mut self, words: &'static str) -> Self {
        self.expected.says = words;
        self
    }

    pub(super) fn tries(mut self, tries: u32) -> Self {
        self.expected.tries = Some(tries);
        self
    }

    pub(super) fn retries(mut self, retries: u64) -> Self {
        self.expected.retries = Some(retries);
        self
    }

    pub(super) fn anomalies(mut self, kind: &'static str) -> Self {
        self.expected.anomalies = kind;
        self
    }

    pub(super) fn waits(mut self, seconds: u64) -> Self {
        self.expected.waits = Duration::from_secs(seconds);
        self
    }
}
