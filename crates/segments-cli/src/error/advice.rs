//! What to do about an error of the core, in the terms of this program.

use segments_core::error::{GaveUp, NotProven, PagingError, ResponseError};
use segments_core::{Endpoint, Error, ErrorKind, TransportError, TransportErrorKind};

/// With what the client says that a connection took too long, and was not refused.
const NO_CONNECTION_WITHIN: &str = "no connection within ";

/// The core's advice, with the flags of `segments export`.
pub(super) fn advice_with_flags(error: &Error) -> String {
    let own = match error.kind() {
        ErrorKind::NotProven(why) => not_proven(*why),
        ErrorKind::RateLimited | ErrorKind::Server => return overloaded(error),
        ErrorKind::Transport(failure) => transport(failure),
        ErrorKind::Paging(limit) => paging(limit),
        ErrorKind::Response(fault) => response(fault),
        ErrorKind::Deadline => Some(
            "allow more time with --deadline; with --checkpoint FILE the next run resumes where this \
             one stopped",
        ),
        _ => None,
    };
    match (own, error.kind()) {
        (Some(own), _) => own.to_owned(),
        (None, ErrorKind::NotProven(_)) => {
            format!("{}; --keep-partial writes what was seen", error.advice())
        }
        (None, _) => error.advice(),
    }
}

/// The flags that a text names.
pub(super) fn flags(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| word.starts_with("--"))
}

fn not_proven(why: NotProven) -> Option<&'static str> {
    match why {
        NotProven::OrderContradicted => Some(
            "look for a proxy or gateway that drops the query; --goal walk reads such a list \
             without proof",
        ),
        NotProven::ShortPage { .. } => Some(
            "run again; if it persists, the server leaves segments out of its pages, and --goal \
             walk reads such a list without proof",
        ),
        _ => None,
    }
}

fn overloaded(error: &Error) -> String {
    let advice = error.advice();
    match error.gave_up() {
        Some(GaveUp::Wait) if *error.kind() == ErrorKind::RateLimited => {
            format!("{advice}, or allow longer waits with --max-wait")
        }
        _ if may_be_a_limiter(error) => {
            "try again later, with --window 1 and more attempts (--max-attempts): the response \
             does not say how long to wait, as is usual for a rate limiter in a proxy or gateway"
                .into()
        }
        Some(GaveUp::Attempts) => format!("{advice}; --max-attempts allows more attempts"),
        _ => advice,
    }
}

fn transport(failure: &TransportError) -> Option<&'static str> {
    match failure.kind() {
        TransportErrorKind::Connect if failure.detail().starts_with(NO_CONNECTION_WITHIN) => Some(
            "check the host, the port and the network, or allow more time for the connection with \
             --connect-timeout",
        ),
        TransportErrorKind::Tls => Some(
            "check the base URL and this machine's clock and root certificates; --ca-file adds one",
        ),
        TransportErrorKind::NoFileDescriptor => Some(
            "allow this process more open files (ulimit -n), or use fewer requests in flight \
             (--window)",
        ),
        TransportErrorKind::Timeout => {
            Some("check the network, or allow more time for each attempt with --timeout")
        }
        _ => None,
    }
}

fn paging(limit: &PagingError) -> Option<&'static str> {
    match limit {
        PagingError::PageLimit { .. } => {
            Some("raise --max-pages if the workspace is really that large")
        }
        PagingError::RequestLimit { .. } => {
            Some("raise --max-requests if the workspace is really that large")
        }
        PagingError::MemoryLimit { .. } => Some(
            "raise --max-memory if the workspace is really that large; --goal walk into NDJSON or \
             CSV, without --checkpoint, needs the least",
        ),
        _ => None,
    }
}

fn response(fault: &ResponseError) -> Option<&'static str> {
    match fault {
        ResponseError::Http(failure) if failure.kind() == TransportErrorKind::HeadTooLarge => {
            Some("look for a proxy or gateway that adds headers, or raise --max-head")
        }
        ResponseError::Http(failure) if failure.kind() == TransportErrorKind::BodyTooLarge => Some(
            "a page of 100 segments has some 16 KiB; raise --max-body if yours are really that long",
        ),
        ResponseError::Json(malformed) if malformed.kind().is_invalid_text() => {
            Some("rename that segment or tag in the dashboard, or add --replace-invalid-text")
        }
        ResponseError::Cached(_) => Some(
            "configure the cache in front of Braze to pass these requests through; --goal walk accepts \
             such responses, and claims nothing",
        ),
        _ => None,
    }
}

/// Whether something refused because there were too many requests, and did not say for how long.
fn may_be_a_limiter(error: &Error) -> bool {
    let limited = *error.kind() == ErrorKind::RateLimited;
    let overloaded = error.status() == Some(503) && error.request_id().is_none();
    error.wait().is_none() && (limited || overloaded)
}

/// The endpoint, if it may be what is wrong.
pub(super) fn at(error: &Error, endpoint: &Endpoint) -> String {
    match (error.kind(), endpoint.instance()) {
        (ErrorKind::Refused, Some(instance)) => format!(", at {instance} ({endpoint})"),
        (ErrorKind::Refused | ErrorKind::Transport(_) | ErrorKind::Response(_), _) => {
            format!(", at {endpoint}")
        }
        _ => String::new(),
    }
}
