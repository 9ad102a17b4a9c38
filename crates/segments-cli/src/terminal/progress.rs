//! The progress line: how far the export is, and what it waits for.

use std::fmt::Write;
use std::time::{Duration, Instant, SystemTime};

use segments_core::export::{Exchange, Outcome};
use segments_core::{Error, ErrorKind};

use crate::text::clock::time_of_day;
use crate::text::escape::{columns, cut};
use crate::text::plural::plural;

/// A longer wait is announced where there is no progress line.
const LONG: Duration = Duration::from_secs(10);

/// Waits whose ends are nearer to each other count as one.
const SAME: Duration = Duration::from_secs(1);

const RATE_LIMITED: &str = "Rate limited until";

/// What the progress line shows.
#[derive(Debug)]
pub(crate) struct ProgressCounters {
    started: Instant,
    segments: u64,
    pages: u64,
    failures: u64,
    in_flight: u64,
    wait: Option<Wait>,
    /// The end of the last wait that was announced.
    announced: Option<Instant>,
}

/// Why fewer requests than usual, or none, are sent at the moment.
#[derive(Debug)]
struct Wait {
    cause: &'static str,
    until: Instant,
    time_of_day: String,
}

impl ProgressCounters {
    pub(crate) fn new(now: Instant) -> Self {
        let (segments, pages, failures, in_flight) = (0, 0, 0, 0);
        Self { started: now, segments, pages, failures, in_flight, wait: None, announced: None }
    }

    /// Counts a request that is in flight from now on.
    pub(crate) fn request_sent(&mut self) {
        self.in_flight += 1;
    }

    pub(crate) fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// Counts segments.
    pub(crate) fn add_segments(&mut self, count: usize) {
        self.segments += count as u64;
    }

    /// Counts a request by its outcome.
    pub(crate) fn count(&mut self, exchange: &Exchange, now: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match exchange.outcome() {
            Outcome::Page { .. } => {
                self.pages += 1;
                self.rate_limited(exchange.pause(), now);
            }
            Outcome::Retry { error, after } => {
                self.failures += 1;
                self.start_wait(cause(error), *after, now);
            }
            _ => {}
        }
    }

    /// The rate limit allows no request for this time.
    pub(crate) fn rate_limited(&mut self, time: Duration, now: Instant) {
        self.start_wait(RATE_LIMITED, time, now);
    }

    /// Of several waits the one that ends last is shown, with its cause. Responses that come
    /// meanwhile name the same end a little later, which changes nothing.
    fn start_wait(&mut self, cause: &'static str, time: Duration, now: Instant) {
        let Some(until) = now.checked_add(time).filter(|_| !time.is_zero()) else { return };

        let is_last = self.wait.as_ref().is_none_or(|wait| wait.until + SAME < until);
        if is_last {
            let end = SystemTime::now().checked_add(time);
            let time_of_day = end.map(time_of_day).unwrap_or_default();
            self.wait = Some(Wait { cause, until, time_of_day });
        }
    }

    /// A line about a long wait, once for each.
    pub(crate) fn new_wait(&mut self, now: Instant) -> Option<String> {
        let Wait { cause, until, time_of_day } = self.wait.as_ref()?;
        let left = until.saturating_duration_since(now);

        // Pages that were refused together wait a little less or more than each other.
        let is_announced = self.announced.is_some_and(|announced| *until <= announced + LONG);
        if left <= LONG || is_announced {
            return None;
        }
        self.announced = Some(*until);
        Some(format!("{cause} {time_of_day}, for {} s", left.as_secs_f64().ceil()))
    }

    /// The line, no wider than `width`. A wait comes first, and its end is never cut off.
    pub(crate) fn line(&self, width: usize, now: Instant) -> String {
        let done = self.done(now);
        let lasts = |wait: &&Wait| wait.until.saturating_duration_since(now).as_secs() > 0;

        let line = if let Some(wait) = self.wait.as_ref().filter(lasts) {
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
        let mut done = String::new();
        // Writing to a `String` cannot fail.
        if self.segments > 0 {
            let _ = write!(done, "{}, ", plural(self.segments, "segment"));
        }
        let seconds = now.saturating_duration_since(self.started).as_secs();
        let _ = write!(done, "{}, {seconds} s", plural(self.pages, "page"));

        let _ = match self.failures {
            0 => Ok(()),
            1 => write!(done, ", 1 failed attempt"),
            n => write!(done, ", {n} failed attempts"),
        };
        done
    }
}

/// The words before the time at which the wait ends.
fn cause(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::RateLimited => RATE_LIMITED,
        ErrorKind::Server => "Server error, waiting until",
        ErrorKind::Transport(_) => "No response, waiting until",
        _ => "Invalid response, waiting until",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(seconds: u64, now: Instant) -> ProgressCounters {
        let mut progress = ProgressCounters::new(now);
        (progress.segments, progress.pages, progress.failures) = (100, 1, 2);
        progress.rate_limited(Duration::from_secs(seconds), now);
        progress.wait.as_mut().unwrap().time_of_day = "14:05:10".to_owned();
        progress
    }

    #[test]
    fn a_wait_comes_first_and_is_never_cut() {
        let now = Instant::now();
        let progress = waiting(42, now);
        for (width, line) in [
            (79, "Rate limited until 14:05:10; 100 segments, 1 page, 0 s, 2 failed attempts"),
            (39, "Rate limited until 14:05:10; 100 segme…"),
            (31, "Rate limited until 14:05:10; 1…"),
            (30, "Rate limited until 14:05:10"),
            (27, "Rate limited until 14:05:10"),
            (26, "until 14:05:10"),
            (19, "until 14:05:10"),
        ] {
            assert_eq!(progress.line(width, now), line);
        }
        let over = now + Duration::from_secs(42);
        let line = "Reading: 100 segments, 1 page, 42 s, 2 failed attempts";
        assert_eq!(progress.line(79, over), line);
    }

    #[test]
    fn where_it_is_narrow_the_counts_come_first() {
        let now = Instant::now();
        let mut progress = ProgressCounters::new(now);
        (progress.segments, progress.pages) = (100, 1);
        let now = now + Duration::from_secs(1);
        assert_eq!(progress.line(34, now), "Reading: 100 segments, 1 page, 1 s");
        assert_eq!(progress.line(33, now), "100 segments, 1 page, 1 s");
        assert_eq!(progress.line(19, now), "100 segments, 1 pa…");
    }

    #[test]
    fn a_long_wait_is_told_once() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut progress = waiting(42, now);
        assert_eq!(progress.new_wait(now).unwrap(), "Rate limited until 14:05:10, for 42 s");
        assert_eq!(progress.new_wait(now), None);
        // Another page of the same refusal, and then another refusal.
        progress.rate_limited(Duration::from_secs(44), now);
        assert_eq!(progress.new_wait(now), None);
        progress.start_wait("Server error, waiting until", Duration::from_secs(60), now);
        assert!(progress.new_wait(now).unwrap().starts_with("Server error, waiting until "));
        progress.rate_limited(Duration::from_millis(60_100), now);
        let line = progress.line(79, now);
        assert!(line.starts_with("Server error"), "{line}");
        progress.rate_limited(Duration::from_secs(11), after(60));
        assert!(progress.new_wait(after(60)).unwrap().ends_with(", for 11 s"));
        assert_eq!(waiting(10, now).new_wait(now), None);
    }

    #[test]
    fn messages_of_the_progress_line() {
        let now = Instant::now();
        let mut reading = ProgressCounters::new(now);
        (reading.segments, reading.pages) = (1_200, 12);
        let mut failing = waiting(1, now);
        failing.start_wait("Server error, waiting until", Duration::from_secs(60), now);
        failing.wait.as_mut().unwrap().time_of_day = "14:05:10".to_owned();
        failing.failures = 1;

        let mut out = String::new();
        let later = now + Duration::from_secs(3);
        for width in [79, 39, 19] {
            writeln!(out, "{width} columns").unwrap();
            for progress in [&ProgressCounters::new(now), &reading, &failing, &waiting(42, now)] {
                writeln!(out, "    {}", progress.line(width, later)).unwrap();
            }
        }
        writeln!(out, "without a terminal\n    {}", failing.new_wait(now).unwrap()).unwrap();
        crate::messages::file::check_section("segments: progress", &out);
    }
}
