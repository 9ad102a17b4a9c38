//! The progress line: how far the export is, and what it waits for.

use std::time::{Duration, Instant, SystemTime};

use segments_core::export::{Exchange, Outcome};
use segments_core::{Error, ErrorKind};

use super::facts::join;
use crate::text::clock::time_of_day;
use crate::text::escape::columns;
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
    in_flight: usize,
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

    /// Counts segments.
    pub(crate) fn add_segments(&mut self, count: usize) {
        self.segments += count as u64;
    }

    /// Notes how many requests have no response yet, and returns how many had none before.
    pub(crate) fn in_flight(&mut self, requests: usize) -> usize {
        std::mem::replace(&mut self.in_flight, requests)
    }

    /// Counts a request by its outcome.
    pub(crate) fn count(&mut self, exchange: &Exchange, now: Instant) {
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
        let lasts = |wait: &&Wait| wait.until.saturating_duration_since(now).as_secs() > 0;
        if let Some(wait) = self.wait.as_ref().filter(lasts) {
            // What is left counts down, so how long it runs is no news.
            return join(&format!("{}; ", wait.form(width, now)), &self.facts(None), width);
        }

        let elapsed = now.saturating_duration_since(self.started);
        let facts = self.facts(Some(elapsed));
        let reading = "Reading: ";
        // Where it is narrow, a fact is worth more than the word.
        let is_whole = columns(&join(reading, &facts, usize::MAX)) <= width;
        join(if is_whole { reading } else { "" }, &facts, width)
    }

    /// What has been done, the most important first.
    fn facts(&self, elapsed: Option<Duration>) -> Vec<String> {
        let mut facts = Vec::new();
        if self.segments > 0 {
            facts.push(plural(self.segments, "segment"));
        }
        facts.push(plural(self.pages, "page"));
        if self.in_flight > 0 {
            facts.push(format!("{} in flight", self.in_flight));
        }
        facts.extend(elapsed.map(|elapsed| duration(elapsed.as_secs())));
        if self.failures > 0 {
            facts.push(plural(self.failures, "failed attempt"));
        }
        facts
    }
}

impl Wait {
    /// As much of it as fits, at least its end.
    fn form(&self, width: usize, now: Instant) -> String {
        let Self { cause, until, time_of_day } = self;
        let left = until.saturating_duration_since(now);
        let left = duration(left.as_secs() + u64::from(left.subsec_nanos() > 0));

        let forms = [
            format!("{cause} {time_of_day} ({left})"),
            format!("{cause} {time_of_day}"),
            format!("until {time_of_day} ({left})"),
        ];
        let fits = |form: &String| columns(form) <= width;
        forms.into_iter().find(fits).unwrap_or_else(|| format!("until {time_of_day}"))
    }
}

/// A time in whole seconds, or in minutes if it is long.
fn duration(seconds: u64) -> String {
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds / 60) }
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
    use std::fmt::Write;

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
            (79, "Rate limited until 14:05:10 (42 s); 100 segments, 1 page, 2 failed attempts"),
            (58, "Rate limited until 14:05:10 (42 s); 100 segments, 1 page"),
            (48, "Rate limited until 14:05:10 (42 s); 100 segments"),
            (47, "Rate limited until 14:05:10 (42 s)"),
            (34, "Rate limited until 14:05:10 (42 s)"),
            (33, "Rate limited until 14:05:10"),
            (27, "Rate limited until 14:05:10"),
            (26, "until 14:05:10 (42 s)"),
            (20, "until 14:05:10"),
            (14, "until 14:05:10"),
            (9, "until 14…"),
        ] {
            assert_eq!(progress.line(width, now), line);
        }
        let over = now + Duration::from_secs(42);
        let line = "Reading: 100 segments, 1 page, 42 s, 2 failed attempts";
        assert_eq!(progress.line(79, over), line);

        let nearly_over = now + Duration::from_millis(40_500);
        assert!(progress.line(79, nearly_over).contains(" (2 s); "));
        assert!(waiting(3_600, now).line(79, now).contains(" (60 min); "));
    }

    #[test]
    fn where_it_is_narrow_the_counts_come_first() {
        let now = Instant::now();
        let mut progress = ProgressCounters::new(now);
        (progress.segments, progress.pages, progress.failures) = (100, 1, 1);
        progress.in_flight(4);
        let now = now + Duration::from_secs(1);
        for (width, line) in [
            (65, "Reading: 100 segments, 1 page, 4 in flight, 1 s, 1 failed attempt"),
            (64, "100 segments, 1 page, 4 in flight, 1 s, 1 failed attempt"),
            (55, "100 segments, 1 page, 4 in flight, 1 s"),
            (37, "100 segments, 1 page, 4 in flight"),
            (32, "100 segments, 1 page"),
            (19, "100 segments"),
            (11, ""),
        ] {
            assert_eq!(progress.line(width, now), line);
        }
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
        (reading.segments, reading.pages, reading.in_flight) = (1_200, 12, 4);
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
