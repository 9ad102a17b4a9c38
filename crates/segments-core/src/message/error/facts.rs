use std::fmt;

use crate::message::counted::counted;
use crate::message::error::{ErrorKind, GaveUp, ResponseError};
use crate::message::headers::{Timestamp, WaitHint};
use crate::message::request::ListRequest;

/// Everything known about an error.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) kind: ErrorKind,
    pub(super) request: Option<ListRequest>,
    pub(super) attempts: u32,
    pub(super) status: Option<u16>,
    pub(super) request_id: Option<Box<str>>,
    pub(super) server_message: Option<Box<str>>,
    pub(super) hint: Option<WaitHint>,
    pub(super) gave_up: Option<GaveUp>,
    /// The body is HTML, so the response is not Braze's.
    pub(super) html: bool,
}

impl Facts {
    pub(super) fn new(kind: ErrorKind) -> Self {
        Self {
            kind,
            request: None,
            attempts: 0,
            status: None,
            request_id: None,
            server_message: None,
            hint: None,
            gave_up: None,
            html: false,
        }
    }

    pub(super) fn retry_at(&self) -> Option<Timestamp> {
        self.hint.and_then(|hint| hint.until)
    }

    pub(super) fn advice(&self) -> String {
        match &self.kind {
            ErrorKind::Refused => {
                "check that the key is complete and not in quotes, that it belongs to this \
                 instance, that it has the permission segments.list, and that its IP allowlist \
                 includes this machine"
                    .into()
            }
            ErrorKind::RateLimited | ErrorKind::Server => self.advice_on_waiting(),
            ErrorKind::Transport(error) => error.kind().advice().into(),
            ErrorKind::Response(ResponseError::Html) if self.status != Some(200) => {
                "check the base URL; if it is right, ask the operator of the firewall or proxy to \
                 let these requests through"
                    .into()
            }
            ErrorKind::Response(ResponseError::Status) if self.html => {
                "check the base URL: Braze's API never responds with HTML".into()
            }
            ErrorKind::Response(error) => error.advice().into(),
            ErrorKind::Paging(error) => error.advice().into(),
            ErrorKind::NotProven(reason) => reason.advice().into(),
            ErrorKind::Deadline => "allow more time, or more requests in flight".into(),
            ErrorKind::HandedOut { .. } => {
                "collect every batch into one List, and pass it to collect_rest".into()
            }
        }
    }

    /// After a 429 or a 5xx.
    fn advice_on_waiting(&self) -> String {
        if let Some(hint) = self.hint {
            return match hint.until {
                Some(until) => format!("try again after {until}"),
                None => format!("try again in {} s", hint.wait.as_secs()),
            };
        }

        // Braze says when its quota is renewed, and gives each response an id.
        let is_limiter = match self.kind {
            ErrorKind::RateLimited => true,
            _ => self.status == Some(503) && self.request_id.is_none(),
        };
        if is_limiter {
            "try again later, with one request in flight and more attempts: the response does not \
             say how long to wait, as is usual for a rate limiter in a proxy or gateway"
                .into()
        } else if self.request_id.is_some() {
            "try again later; if it persists, give the request id to Braze support".into()
        } else {
            "try again later; the response has no request id, so it may come from a proxy or \
             gateway in front of Braze"
                .into()
        }
    }

    fn fmt_kind(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ErrorKind::Refused if self.status == Some(403) => {
                f.write_str("the server denied access")
            }
            ErrorKind::Refused => f.write_str("the server rejected the key"),
            ErrorKind::RateLimited => f.write_str("the rate limit was exceeded"),
            ErrorKind::Server => f.write_str("the server failed"),
            ErrorKind::Transport(error) => write!(f, "{error}"),
            ErrorKind::Response(ResponseError::Html) if self.status != Some(200) => {
                f.write_str("something in front of Braze rejected the request with an HTML page")
            }
            ErrorKind::Response(error) => write!(f, "{error}"),
            ErrorKind::Paging(error) => write!(f, "{error}"),
            ErrorKind::Deadline => f.write_str("the export ran out of time"),
            ErrorKind::NotProven(reason) => write!(f, "{reason}"),
            ErrorKind::HandedOut { segments } => {
                let (count, were) =
                    (counted(*segments, "segment"), if *segments == 1 { "was" } else { "were" });
                write!(f, "{count} {were} handed out before, so the rest is not the whole list")
            }
        }
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(request) = self.request {
            write!(f, "{}: ", request.place())?;
        }

        self.fmt_kind(f)?;

        if let Some(status) = self.status.filter(|status| *status != 200) {
            write!(f, ", status {status}")?;
        }
        if let Some(message) = &self.server_message {
            write!(f, ", message \"{message}\"")?;
        }
        if self.attempts > 1 {
            write!(f, ", after {} attempts", self.attempts)?;
        }
        if let Some(gave_up) = self.gave_up {
            write!(f, "{gave_up}")?;
        }
        match &self.request_id {
            Some(id) => write!(f, " [request id {id}]"),
            None => Ok(()),
        }
    }
}
