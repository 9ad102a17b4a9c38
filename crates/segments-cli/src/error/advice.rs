//! What to do about an error of the core, in the terms of this program.

use segments_core::error::{GaveUp, NotProven, PagingError, ResponseError};
use segments_core::{Endpoint, Error, ErrorKind, TransportErrorKind};

/// The core's advice, with the flags of this program.
pub(super) fn advice(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotProven(NotProven::OrderContradicted) => {
            "look for a proxy or gateway that drops the query; --goal walk reads such a list \
             without a proof"
                .into()
        }
        ErrorKind::NotProven(NotProven::ShortPage { .. }) => {
            "run again; if it stays, the server hides segments behind its paging, and --goal walk \
             reads such a list without a proof"
                .into()
        }
        ErrorKind::NotProven(_) => {
            format!("{}; --keep-partial writes what was seen", error.advice())
        }
        ErrorKind::RateLimited if error.gave_up() == Some(GaveUp::Wait) => {
            format!("{}, or allow longer waits with --max-wait", error.advice())
        }
        ErrorKind::RateLimited | ErrorKind::Server if may_be_a_limiter(error) => {
            "try again later, with --window 1 and more tries (--max-attempts): the answer does \
             not say how long to wait, as is usual for a rate limiter in a proxy or gateway"
                .into()
        }
        ErrorKind::RateLimited | ErrorKind::Server if error.gave_up() == Some(GaveUp::Attempts) => {
            format!("{}, or allow more tries with --max-attempts", error.advice())
        }
        ErrorKind::Transport(failure) if failure.kind() == TransportErrorKind::Tls => {
            "check the base URL and this machine's clock and root certificates; --ca-file adds one"
                .into()
        }
        ErrorKind::Transport(failure) if failure.kind() == TransportErrorKind::Timeout => {
            "check the network, or allow more time for each attempt with --timeout".into()
        }
        ErrorKind::Paging(PagingError::PageLimit { .. }) => {
            "raise --max-pages if the workspace is really that large".into()
        }
        ErrorKind::Paging(PagingError::RequestLimit { .. }) => {
            "raise --max-requests if the workspace is really that large".into()
        }
        ErrorKind::Paging(PagingError::MemoryLimit { .. }) => {
            "raise --max-memory if the workspace is really that large; --goal walk needs least"
                .into()
        }
        ErrorKind::Response(ResponseError::Http(failure))
            if failure.kind() == TransportErrorKind::HeadTooLarge =>
        {
            "look for a proxy or gateway that adds headers, or raise --max-head".into()
        }
        ErrorKind::Response(ResponseError::Http(failure))
            if failure.kind() == TransportErrorKind::BodyTooLarge =>
        {
            "a page of 100 segments has some 16 KiB; raise --max-body if yours are really that long"
                .into()
        }
        ErrorKind::Response(ResponseError::Json(malformed))
            if malformed.kind().is_invalid_text() =>
        {
            "rename that segment or tag in the dashboard, or add --replace-invalid-text".into()
        }
        ErrorKind::Response(ResponseError::Cached(_)) => {
            "find the cache in between, and have it pass these requests through; --goal walk \
             reads such answers, and claims nothing"
                .into()
        }
        ErrorKind::Deadline => {
            "allow more time; with --checkpoint FILE the next run goes on where this one stopped"
                .into()
        }
        _ => error.advice(),
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
