//! What one response tells, for people and for programs.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use segments_core::response::{RateLimit, Timestamp};
use segments_core::{Endpoint, Instance};
use serde::Serialize;

use super::recorder::Head;
use crate::args::CheckFormat;
use crate::error::CommandError;
use crate::text::clock::{rough, time_of_day};
use crate::text::plural::plural;

/// The outcome of a check.
#[derive(Debug, Serialize)]
pub(super) struct Finding<'a> {
    ok: bool,
    endpoint: String,
    /// The published instance that this endpoint belongs to.
    instance: Option<&'static str>,
    segments_on_first_page: Option<usize>,
    /// What the response says of the quota, if there was a response.
    rate_limit: Option<RateLimit>,
    /// How far the clock of this machine is ahead of the server's, at least; negative if behind.
    clock_ahead_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a CommandError>,
}

#[derive(Serialize)]
struct WorkspaceLine<'a> {
    workspace: &'a str,
    #[serde(flatten)]
    finding: &'a Finding<'a>,
}

impl<'a> Finding<'a> {
    /// `sent` is when the request was sent.
    pub(super) fn new(
        endpoint: &Endpoint,
        outcome: &'a Result<usize, CommandError>,
        head: Option<&Head>,
        sent: SystemTime,
    ) -> Self {
        let date = head.and_then(|head| {
            let date = head.headers.get(http::header::DATE)?.to_str().ok()?;
            let date = Timestamp::from_http_date(date)?;
            Some(ahead(date, sent, head.received))
        });
        Self {
            ok: outcome.is_ok(),
            endpoint: endpoint.to_string(),
            instance: endpoint.instance().map(Instance::name),
            segments_on_first_page: outcome.as_ref().ok().copied(),
            rate_limit: head.map(|head| RateLimit::from_headers(&head.headers)),
            clock_ahead_seconds: date,
            error: outcome.as_ref().err(),
        }
    }

    /// Nothing was sent.
    pub(super) fn without_request(
        endpoint: &Endpoint,
        outcome: &'a Result<usize, CommandError>,
    ) -> Self {
        Self::new(endpoint, outcome, None, SystemTime::now())
    }

    /// One line about one of many workspaces, whose names have up to `width` columns.
    pub(super) fn line(&self, workspace: &str, width: usize, format: CheckFormat) -> String {
        match format {
            CheckFormat::Json => {
                let line = WorkspaceLine { workspace, finding: self };
                serde_json::to_string(&line).expect("it has no map with other keys") + "\n"
            }
            CheckFormat::Text => format!("{workspace:<width$}  {}\n", self.sentence()),
        }
    }

    fn sentence(&self) -> String {
        if let Some(error) = self.error {
            return format!("failed ({}): {error}", error.exit() as u8);
        }

        let segments = self.segments_on_first_page.unwrap_or_default() as u64;
        let mut parts = vec![format!("{} on the first page", plural(segments, "segment"))];
        parts.extend(self.rate_limit.as_ref().and_then(quota));
        parts.extend(self.clock_ahead_seconds.filter(|ahead| *ahead != 0).map(clock));
        format!("ok: {}", parts.join("; "))
    }

    pub(super) fn written(&self, format: CheckFormat) -> String {
        match format {
            CheckFormat::Json => {
                let json = serde_json::to_string(self).expect("it has no map with other keys");
                json + "\n"
            }
            CheckFormat::Text => self.text(),
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let mut line = |name: &str, text: &str| {
            // Writing to a `String` cannot fail.
            let _ = writeln!(out, "{name:<9} {text}");
        };

        let instance = self.instance.map(|name| format!(" ({name})")).unwrap_or_default();
        line("endpoint", &format!("{}{instance}", self.endpoint));
        if let Some(segments) = self.segments_on_first_page {
            line("key", "accepted, with the permission segments.list");
            line("list", &format!("{} on the first page", plural(segments as u64, "segment")));
        }
        if let Some(quota) = self.rate_limit.as_ref().and_then(quota) {
            line("quota", &quota);
        }
        if let Some(ahead) = self.clock_ahead_seconds {
            line("clock", &clock(ahead));
        }
        out
    }
}

/// How far this machine is ahead, in whole seconds. A date has no fractions, and was made between
/// the two times: within that the clocks agree.
fn ahead(date: Timestamp, sent: SystemTime, received: SystemTime) -> i64 {
    let seconds = |time: SystemTime| {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    };
    let date = i64::try_from(date.as_unix()).unwrap_or(i64::MAX);

    let (earliest, latest) = (seconds(sent) - 1, seconds(received));
    if date < earliest {
        earliest - date
    } else if date > latest + 1 {
        latest + 1 - date
    } else {
        0
    }
}

fn quota(limit: &RateLimit) -> Option<String> {
    let mut text = match (limit.remaining?, limit.limit) {
        (left, Some(limit)) => format!("{left} of {limit} requests left"),
        (left, None) => format!("{} left", plural(left, "request")),
    };
    if let Some(reset) = limit.reset {
        let reset = UNIX_EPOCH + Duration::from_secs(reset.as_unix());
        let _ = write!(text, ", which resets at {}", time_of_day(reset));
    }
    Some(text)
}

fn clock(ahead: i64) -> String {
    let time = rough(Duration::from_secs(ahead.unsigned_abs()));
    match ahead {
        0 => "agrees with the server's".to_owned(),
        1.. => format!("this machine is {time} ahead of the server"),
        _ => format!("this machine is {time} behind the server"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_agree_within_what_a_date_can_tell() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let date = Timestamp::from_unix;
        for (server, sent, received, expected) in [
            (100, 100, 100, 0),
            (100, 101, 101, 0),
            (101, 100, 100, 0),
            (100, 90, 130, 0),
            (100, 161, 161, 60),
            (161, 100, 100, -60),
        ] {
            assert_eq!(ahead(date(server), at(sent), at(received)), expected, "{server} {sent}");
        }
        assert_eq!(clock(7300), "this machine is 2 hours ahead of the server");
        assert_eq!(clock(-1), "this machine is 1 second behind the server");
    }
}
