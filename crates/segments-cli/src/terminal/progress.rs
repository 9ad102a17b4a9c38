//! What the progress line says: how far the export is, and what it waits for.

use std::fmt::Write;
use std::time::{Duration, Instant, SystemTime};

use segments_core::export::{Exchange, Outcome};
use segments_core::{Error, ErrorKind};

use crate::text::clock::time_of_day;
use crate::text::escape::{columns, cut};

/// A wait that is longer is told where nobody sees the progress line.
const LONG: Duration = Duration::from_secs(10);

/// Ends of a wait that are nearer to each other are the same.
const SAME: Duration = Duration::from_secs(1);

const RATE_LIMITED: &str = "Rate limited until";

/// What the progress line counts.
#[derive(Debug)]
pub(crate) struct ProgressCounters {
    since: Instant,
    segments: u64,
    pages: u64,
    failures: u64,
    wait: Option<Wait>,
    /// Until when a wait has been told.
    told: Option<Instant>,
}

/// Why nothing, or not everything, is asked for at the moment.
#[derive(Debug)]
struct Wait {
    cause: &'static str,
    until: Instant,
    time_of_day: String,
}

impl ProgressCounters {
    pub(crate) fn new(now: Instant) -> Self {
        Self { since: now, segments: 0, pages: 0, failures: 0, wait: None, told: None }
    }

    /// Counts segments.
    pub(crate) fn add(&mut self, segments: usize) {
        self.segments += segments as u64;
    }

    /// Counts an exchange.
    pub(crate) fn count(&mut self, exchange: &Exchange, now: Instant) {
        match exchange.outcome() {
            Outcome::Page { .. } => {
                self.pages += 1;
                self.pause(exchange.pause(), now);
            }
            Outcome::Retry { error, after } => {
                self.failures += 1;
                self.wait(cause(error), *after, now);
            }
            _ => {}
        }
    }

    /// The rate limit allows no request for this time.
    pub(crate) fn pause(&mut self, time: Duration, now: Instant) {
        self.wait(RATE_LIMITED, time, now);
    }

    /// Of several waits the last to end counts, with its cause; answers that come meanwhile name
    /// the same end a little later.
    fn wait(&mut self, cause: &'static str, time: Duration, now: Instant) {
        let Some(until) = now.checked_add(time).filter(|_| !time.is_zero()) else { return };
        if self.wait.as_ref().is_none_or(|wait| wait.until + SAME < until) {
            let time = SystemTime::now().checked_add(time);
            let time_of_day = time.map(time_of_day).unwrap_or_default();
            self.wait = Some(Wait { cause, until, time_of_day });
        }
    }

    /// A line about a long wait, once for each.
    pub(crate) fn news(&mut self, now: Instant) -> Option<String> {
        let Wait { cause, until, time_of_day } = self.wait.as_ref()?;
        let left = until.saturating_duration_since(now);
        // Pages that were refused together wait a little less or more than each other.
        let told = self.told.is_some_and(|told| *until <= told + LONG);
        if left <= LONG || told {
            return None;
        }
        self.told = Some(*until);
        Some(format!("{cause} {time_of_day}, for {} s", left.as_secs_f64().ceil()))
    }

    /// The line, within so many columns. A wait comes first, and is shortened to its end.
    pub(crate) fn line(&self, width: usize, now: Instant) -> String {
        let done = self.done(now);
        let seconds = |wait: &Wait| wait.until.saturating_duration_since(now).as_secs();
        let line = if let Some(wait) = self.wait.as_ref().filter(|wait| seconds(wait) > 0) {
            let reason = format!("{} {}", wait.cause, wait.time_of_day);
            match width.checked_sub(columns(&reason)) {
                None => format!("until {}", wait.time_of_day),
                Some(room @ 4..) => format!("{reason}; {}", cut(&done, room - 2)),
                Some(_) => reason,
            }
        } else {
            let line = format!("Reading: {done}");
            if columns(&line) > width { done } else { line }
        };
        cut(&line, width).into_owned()
    }

    fn done(&self, now: Instant) -> String {
        let plural = |count| if count == 1 { "" } else { "s" };
        let (segments, pages) = (self.segments, self.pages);
        let seconds = now.saturating_duration_since(self.since).as_secs();
        let mut done = String::new();
        // Writing to a `String` cannot fail.
        if segments > 0 {
            let _ = write!(done, "{segments} segment{}, ", plural(segments));
        }
        let _ = write!(done, "{pages} page{}, {seconds} s", plural(pages));
        let _ = match self.failures {
            0 => Ok(()),
            1 => write!(done, ", 1 failed try"),
            n => write!(done, ", {n} failed tries"),
        };
        done
    }
}

/// What stands before the time at which the wait ends.
fn cause(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::RateLimited => RATE_LIMITED,
        ErrorKind::Server => "Server error, waiting until",
        ErrorKind::Transport(_) => "No answer, waiting until",
        _ => "Unreadable, waiting until",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(seconds: u64, now: Instant) -> ProgressCounters {
        let mut tally = ProgressCounters::new(now);
        (tally.segments, tally.pages, tally.failures) = (100, 1, 2);
        tally.pause(Duration::from_secs(seconds), now);
        tally.wait.as_mut().unwrap().time_of_day = "14:05:10".to_owned();
        tally
    }

    #[test]
    fn a_wait_comes_first_and_is_never_cut() {
        let now = Instant::now();
        let tally = waiting(42, now);
        for (width, line) in [
            (79, "Rate limited until 14:05:10; 100 segments, 1 page, 0 s, 2 failed tries"),
            (39, "Rate limited until 14:05:10; 100 segme…"),
            (31, "Rate limited until 14:05:10; 1…"),
            (30, "Rate limited until 14:05:10"),
            (27, "Rate limited until 14:05:10"),
            (26, "until 14:05:10"),
            (19, "until 14:05:10"),
        ] {
            assert_eq!(tally.line(width, now), line);
        }
        let over = now + Duration::from_secs(42);
        let line = "Reading: 100 segments, 1 page, 42 s, 2 failed tries";
        assert_eq!(tally.line(79, over), line);
    }

    #[test]
    fn where_it_is_narrow_the_counts_come_first() {
        let now = Instant::now();
        let mut tally = ProgressCounters::new(now);
        (tally.segments, tally.pages) = (100, 1);
        let now = now + Duration::from_secs(1);
        assert_eq!(tally.line(34, now), "Reading: 100 segments, 1 page, 1 s");
        assert_eq!(tally.line(33, now), "100 segments, 1 page, 1 s");
        assert_eq!(tally.line(19, now), "100 segments, 1 pa…");
    }

    #[test]
    fn a_long_wait_is_told_once() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut tally = waiting(42, now);
        assert_eq!(tally.news(now).unwrap(), "Rate limited until 14:05:10, for 42 s");
        assert_eq!(tally.news(now), None);
        // Another page of the same refusal, and then another refusal.
        tally.pause(Duration::from_secs(44), now);
        assert_eq!(tally.news(now), None);
        tally.wait("Server error, waiting until", Duration::from_secs(60), now);
        assert!(tally.news(now).unwrap().starts_with("Server error, waiting until "));
        tally.pause(Duration::from_millis(60_100), now);
        let line = tally.line(79, now);
        assert!(line.starts_with("Server error"), "{line}");
        tally.pause(Duration::from_secs(11), after(60));
        assert!(tally.news(after(60)).unwrap().ends_with(", for 11 s"));
        assert_eq!(waiting(10, now).news(now), None);
    }
}
