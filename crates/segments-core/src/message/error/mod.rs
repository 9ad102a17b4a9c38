mod response_error;
mod transport_error;

use std::fmt;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::message::headers::{CacheSign, Timestamp, WaitHint};
use crate::message::request::ListRequest;

pub use response_error::{NotProven, PagingError, ResponseError};
pub use transport_error::{TransportError, TransportErrorKind};

/// Why there is no page, or no list: the facts, owned.
///
/// `Display` says what happened and where, [`Error::advice`] what to do next. It never holds the
/// key, nothing of a body but the server's own `message` (key struck out, escaped, cut at 256
/// characters), and no type of another crate.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    facts: Box<Facts>,
}

#[derive(Clone, PartialEq, Eq)]
struct Facts {
    kind: ErrorKind,
    request: Option<ListRequest>,
    attempts: u32,
    status: Option<u16>,
    request_id: Option<Box<str>>,
    server_message: Option<Box<str>>,
    hint: Option<WaitHint>,
    gave_up: Option<GaveUp>,
    /// The body was HTML: what answered is not Braze.
    html: bool,
}

/// Why a request that could have been sent again was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GaveUp {
    /// The page had all its attempts.
    Attempts,
    /// The export had all its retries.
    Budget,
    /// The server asks for a longer wait than allowed.
    Wait,
    /// The deadline comes before the next attempt could.
    Deadline,
}

/// The kinds of reason. Each ends the program `segments` with an exit code of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// 401 or 403: the key is not taken, or lacks the permission `segments.list`. Final.
    Refused,
    /// 429: the allowance of the workspace is used up.
    RateLimited,
    /// 408, 425 or any 5xx but 501 and 505: the server's trouble, worth another try.
    Server,
    /// There was no whole answer.
    Transport(TransportError),
    /// An answer that is no page.
    Response(ResponseError),
    /// Pages that do not fit together, or a limit on their number.
    Paging(PagingError),
    /// The time for the whole export ran out.
    Deadline,
    /// Everything was read, and does not prove what the goal promises.
    NotProven(NotProven),
    /// A whole list was asked for when parts of it had been handed out already.
    HandedOut {
        /// How many segments.
        segments: u64,
    },
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        let facts = Facts {
            kind,
            request: None,
            attempts: 0,
            status: None,
            request_id: None,
            server_message: None,
            hint: None,
            gave_up: None,
            html: false,
        };
        Self { facts: Box::new(facts) }
    }

    pub(crate) fn answered(
        mut self,
        status: u16,
        request_id: Option<Box<str>>,
        server_message: Option<Box<str>>,
    ) -> Self {
        self.facts.status = Some(status);
        self.facts.request_id = request_id;
        self.facts.server_message = server_message;
        self
    }

    pub(crate) fn because(mut self, kind: ErrorKind) -> Self {
        self.facts.kind = kind;
        self
    }

    pub(crate) fn with_hint(mut self, hint: Option<WaitHint>) -> Self {
        self.facts.hint = hint;
        self
    }

    pub(crate) fn with_html(mut self, html: bool) -> Self {
        self.facts.html = html;
        self
    }

    pub(crate) fn with_gave_up(mut self, gave_up: GaveUp) -> Self {
        self.facts.gave_up = Some(gave_up);
        self
    }

    /// Whether an export that ended like this can reach its goal from its
    /// [`Checkpoint`](crate::Checkpoint): not if its pages do not fit together, prove nothing, or
    /// may have come out of a cache.
    /// What ended it may have passed then, and a limit can be raised.
    pub fn is_resumable(&self) -> bool {
        match &self.facts.kind {
            ErrorKind::Paging(fault) => fault.is_limit(),
            ErrorKind::NotProven(_)
            | ErrorKind::Response(ResponseError::Cached(CacheSign::RepeatedRequestId)) => false,
            _ => true,
        }
    }

    pub(crate) fn on(mut self, request: ListRequest, attempts: u32) -> Self {
        self.facts.request = Some(request);
        self.facts.attempts = attempts;
        self
    }

    /// Which kind it is.
    pub fn kind(&self) -> &ErrorKind {
        &self.facts.kind
    }

    /// Which page it is about, if one.
    pub fn request(&self) -> Option<ListRequest> {
        self.facts.request
    }

    /// How often that page was asked for; 0 outside an export.
    pub fn attempts(&self) -> u32 {
        self.facts.attempts
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.facts.status
    }

    /// The answer's `X-Request-Id`, for Braze's support.
    pub fn request_id(&self) -> Option<&str> {
        self.facts.request_id.as_deref()
    }

    /// The server's own `message`: key struck out, control characters escaped, at most 256
    /// characters.
    pub fn server_message(&self) -> Option<&str> {
        self.facts.server_message.as_deref()
    }

    /// How long the server asked to wait, counted from its answer.
    pub fn wait(&self) -> Option<Duration> {
        self.facts.hint.map(|hint| hint.wait)
    }

    /// When that wait is over, on the server's clock.
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.facts.hint.and_then(|hint| hint.until)
    }

    /// Why it was not tried again, if it could have been.
    pub fn gave_up(&self) -> Option<GaveUp> {
        self.facts.gave_up
    }

    /// What to do next: one sentence.
    pub fn advice(&self) -> String {
        match &self.facts.kind {
            ErrorKind::Refused => {
                "check that the key is whole and without quotes, that it belongs to \
                 this instance, that it has the permission segments.list, and that its list of \
                 allowed addresses includes this one"
                    .into()
            }
            ErrorKind::RateLimited | ErrorKind::Server if self.wait().is_some() => {
                match (self.retry_at(), self.wait()) {
                    (Some(until), _) => format!("try again after {until}"),
                    (_, wait) => {
                        format!("try again in {} s", wait.unwrap_or_default().as_secs())
                    }
                }
            }
            ErrorKind::RateLimited => advice_on_limiter().into(),
            ErrorKind::Server if self.request_id().is_some() => {
                "try again later; if it stays, give Braze the request id".into()
            }
            ErrorKind::Server if self.status() == Some(503) => advice_on_limiter().into(),
            ErrorKind::Server => {
                "try again later; the answer has no request id, so it may come from a proxy or \
                 gateway in front of Braze"
                    .into()
            }
            ErrorKind::Transport(failure) => advice_on_failure(failure.kind()).into(),
            ErrorKind::Response(ResponseError::Html) if self.status() != Some(200) => {
                "ask the operator of the firewall or proxy in between to let these requests \
                 through, and check the base URL"
                    .into()
            }
            ErrorKind::Response(ResponseError::Status) if self.facts.html => {
                "check the base URL: Braze's API never answers in HTML".into()
            }
            ErrorKind::Response(fault) => fault.advice().into(),
            ErrorKind::Paging(fault) => fault.advice().into(),
            ErrorKind::NotProven(NotProven::OrderContradicted) => {
                "look for a proxy or gateway that drops the query; a walk reads such a list \
                 without a proof"
                    .into()
            }
            ErrorKind::NotProven(NotProven::ShortPage { .. }) => {
                "run again; if it stays, the server hides segments behind its paging, and a walk \
                 reads such a list without a proof"
                    .into()
            }
            ErrorKind::NotProven(_) => {
                "run again when fewer segments are being created and archived".into()
            }
            ErrorKind::Deadline => "allow more time, or more requests in flight".into(),
            ErrorKind::HandedOut { .. } => {
                "put all that is handed out into one List, and give it to collect_rest".into()
            }
        }
    }
}

/// The first sentence: what happened, on which page.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = &*self.facts;
        if let Some(request) = facts.request {
            write!(f, "{}: ", request.place())?;
        }
        match &facts.kind {
            ErrorKind::Refused if facts.status == Some(403) => {
                f.write_str("the server refused access")
            }
            ErrorKind::Refused => f.write_str("the server refused the key"),
            ErrorKind::RateLimited => f.write_str("the rate limit is reached"),
            ErrorKind::Server => f.write_str("the server failed"),
            ErrorKind::Transport(failure) => failure.fmt(f),
            ErrorKind::Response(ResponseError::Html) if facts.status != Some(200) => {
                f.write_str("something in front of Braze refused the request, with an HTML page")
            }
            ErrorKind::Response(fault) => fault.fmt(f),
            ErrorKind::Paging(fault) => fault.fmt(f),
            ErrorKind::Deadline => f.write_str("the time for the export ran out"),
            ErrorKind::NotProven(why) => why.fmt(f),
            ErrorKind::HandedOut { segments } => {
                let plural = if *segments == 1 { " was" } else { "s were" };
                write!(f, "{segments} segment{plural} handed out before, so the rest is no list")
            }
        }?;
        if let Some(status) = facts.status.filter(|status| *status != 200) {
            write!(f, ", status {status}")?;
        }
        if let Some(message) = &facts.server_message {
            write!(f, ", message \"{message}\"")?;
        }
        if facts.attempts > 1 {
            write!(f, ", after {} attempts", facts.attempts)?;
        }
        match facts.gave_up {
            Some(GaveUp::Budget) => f.write_str(", with no retry left for this export"),
            Some(GaveUp::Wait) => f.write_str(", and the wait it asks for is longer than allowed"),
            Some(GaveUp::Deadline) => f.write_str(", and the deadline leaves no time to try again"),
            Some(GaveUp::Attempts) | None => Ok(()),
        }?;
        match &facts.request_id {
            Some(id) => write!(f, " [request id {id}]"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("reason", &self.facts.kind)
            .field("text", &self.to_string())
            .finish()
    }
}

impl std::error::Error for Error {}

/// For reports: `reason`, `text`, `advice`, and the facts that there are.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let facts = &*self.facts;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("reason", facts.kind.name())?;
        map.serialize_entry("text", &self.to_string())?;
        map.serialize_entry("advice", &self.advice())?;
        map.serialize_entry("page", &facts.request.map(|request| request.page))?;
        let direction = facts.request.and_then(|request| request.sort_direction);
        map.serialize_entry("sort_direction", &direction)?;
        map.serialize_entry("attempts", &facts.attempts)?;
        map.serialize_entry("status", &facts.status)?;
        map.serialize_entry("request_id", &facts.request_id)?;
        map.serialize_entry("server_message", &facts.server_message)?;
        map.serialize_entry("retry_at", &self.retry_at())?;
        map.serialize_entry("gave_up", &facts.gave_up)?;
        map.end()
    }
}

impl ErrorKind {
    /// The kind as one word, for machines.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::RateLimited => "rate_limited",
            Self::Server => "server",
            Self::Transport(_) => "transport",
            Self::Response(_) => "protocol",
            Self::Paging(_) => "paging",
            Self::Deadline => "deadline",
            Self::NotProven(_) => "not_proven",
            Self::HandedOut { .. } => "handed_out",
        }
    }
}

/// Braze says when its allowance starts anew; whoever says nothing may be anybody on the way.
const fn advice_on_limiter() -> &'static str {
    "try again later, with one request in flight and more attempts: the answer does not say how \
     long to wait, as is usual for a rate limiter in a proxy or gateway"
}

const fn advice_on_failure(kind: TransportErrorKind) -> &'static str {
    match kind {
        TransportErrorKind::Dns => "check the host's name, and the network",
        TransportErrorKind::Connect => {
            "check host and port, the network, and whether the server runs"
        }
        TransportErrorKind::Tls => {
            "check the base URL and this machine's clock and root certificates; a root of your own \
             can be added"
        }
        TransportErrorKind::Proxy => "check the proxy's address, and whether it runs",
        TransportErrorKind::ProxyRefused => {
            "check the proxy's credentials, and whether it allows this host"
        }
        TransportErrorKind::ProxyUnavailable => {
            "try again later; if it stays, ask who runs the proxy whether it reaches this host"
        }
        TransportErrorKind::NoFileDescriptor => {
            "allow this process more open files (ulimit -n), or fewer requests in flight"
        }
        TransportErrorKind::Timeout => "check the network, or allow more time for one try",
        _ => "check the network; try again",
    }
}
