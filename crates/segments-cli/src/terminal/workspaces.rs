//! The progress line of several workspaces.

use std::time::Instant;

use super::facts::join;
use crate::text::plural::plural;

/// What it shows.
#[derive(Debug)]
pub(super) struct WorkspaceCounters {
    started: Instant,
    total: u64,
    done: u64,
    failed: u64,
    segments: u64,
    in_flight: usize,
}

impl WorkspaceCounters {
    pub(super) fn new(total: u64, now: Instant) -> Self {
        Self { started: now, total, done: 0, failed: 0, segments: 0, in_flight: 0 }
    }

    /// Counts a workspace that has ended.
    pub(super) fn ended(&mut self, is_whole: bool) {
        self.done += 1;
        self.failed += u64::from(!is_whole);
    }

    pub(super) fn add_segments(&mut self, count: usize) {
        self.segments += count as u64;
    }

    /// Of one workspace so many requests have no response, where it was `before` until now.
    pub(super) fn in_flight(&mut self, before: usize, requests: usize) {
        self.in_flight = (self.in_flight + requests).saturating_sub(before);
    }

    /// The line, no wider than `width`; what matters most comes first.
    pub(super) fn line(&self, width: usize, now: Instant) -> String {
        let failed = match self.failed {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        };
        let facts = [
            plural(self.segments, "segment"),
            format!("{} in flight", self.in_flight),
            format!("{} s", now.saturating_duration_since(self.started).as_secs()),
        ];
        let of = plural(self.total, "workspace");
        join(&format!("{} of {of}{failed}: ", self.done), &facts, width)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_matters_most_comes_first() {
        let now = Instant::now();
        let mut counters = WorkspaceCounters::new(200, now);
        counters.add_segments(1200);
        counters.in_flight(0, 4);
        counters.in_flight(0, 1);
        counters.in_flight(4, 2);
        let later = now + Duration::from_secs(7);
        let line = "0 of 200 workspaces: 1200 segments, 3 in flight, 7 s";
        assert_eq!(counters.line(79, later), line);

        counters.ended(true);
        counters.ended(false);
        counters.in_flight(2, 0);
        counters.in_flight(1, 0);
        let line = "2 of 200 workspaces, 1 failed: 1200 segments, 0 in flight, 7 s";
        assert_eq!(counters.line(79, later), line);
        let narrow = "2 of 200 workspaces, 1 failed: 1200 segments";
        assert_eq!(counters.line(44, later), narrow);
        assert_eq!(counters.line(43, later), "2 of 200 workspaces, 1 failed");

        let one = WorkspaceCounters::new(1, now);
        assert_eq!(one.line(79, now), "0 of 1 workspace: 0 segments, 0 in flight, 0 s");
    }
}
