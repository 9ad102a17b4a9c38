use std::fmt;

use serde::Serialize;

use crate::message::counted::counted;
use crate::message::error::{TransportError, TransportErrorKind};
use crate::message::headers::CacheSign;
use crate::message::json::JsonError;
use crate::message::request::ListRequest;

/// How an answer can fail to be a page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseError {
    /// A status that is neither a page nor anything else known: 400, 404, 204, 501, 101, …
    Status,
    /// 3xx. Never followed: the key would go along.
    Redirect {
        /// The host that it points to, if it names one.
        host: Option<Box<str>>,
    },
    /// HTML: a login page, a firewall's page, another server.
    Html,
    /// A `Content-Encoding` that was not asked for.
    Encoding,
    /// `Content-Length` and `Transfer-Encoding` at once: two readers could see two bodies.
    Framing,
    /// 200 without a body.
    EmptyBody,
    /// The JSON is not a page.
    Json(JsonError),
    /// A success that is no list of segments: it has another list in its place, or nothing was
    /// read and no answer had the key `segments`.
    NoSegments {
        /// The key of an array or an object that stands in its place: key struck out, escaped, at
        /// most 256 characters.
        found: Option<Box<str>>,
    },
    /// The page is older than the question: a cache answered in the server's place.
    Cached(CacheSign),
    /// 400, 404, 410, 416 or 422 for a page behind others that were read. Braze answers such a page
    /// with an empty list.
    NoSuchPage,
    /// The server's `message` is not `success`.
    Message,
    /// The transport's limits were exceeded, or it could not read the answer as HTTP.
    Http(TransportError),
}

/// How pages can fail to make a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PagingError {
    /// The page is the same as an earlier one: the server does not page.
    RepeatedPage {
        /// The earlier one.
        of: ListRequest,
    },
    /// Several pages in a row held nothing new.
    NoProgress {
        /// How many.
        pages: u32,
    },
    /// One page holds a segment twice.
    RepeatedId {
        /// Where it stands the second time, counted from 0.
        row: usize,
    },
    /// There are rows behind the end of the list: it changed while it was read.
    RowsAfterEnd {
        /// The empty page before it.
        end: u32,
    },
    /// More pages than the plan allows.
    PageLimit {
        /// The limit.
        pages: u32,
    },
    /// More requests than the plan allows.
    RequestLimit {
        /// The limit.
        requests: u64,
    },
    /// More memory than the plan allows.
    MemoryLimit {
        /// The limit, in bytes.
        bytes: usize,
    },
}

/// Why a goal was not reached. The report has the particulars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotProven {
    /// At these many places no answer shows two neighbours side by side.
    Gaps {
        /// How many.
        gaps: usize,
    },
    /// By the number of its pages the list has at least so many segments more than were seen.
    Missing {
        /// How many.
        segments: u64,
    },
    /// A page was shorter than others although more followed: the server hides segments behind its
    /// paging, and nobody can count them.
    ShortPage {
        /// Which.
        request: ListRequest,
        /// How many segments it had.
        rows: usize,
    },
    /// Answers show segments in contradicting orders: `sort_direction` is ignored, or the order
    /// of the list is not stable.
    OrderContradicted,
    /// No two passes in a row agree: the list changed during every one.
    NotStabilised {
        /// How many there were.
        passes: u32,
    },
}

impl fmt::Display for NotProven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gaps { gaps: 1 } => f.write_str(
                "not proven complete: one pair of neighbours was never seen side by side",
            ),
            Self::Gaps { gaps } => {
                write!(
                    f,
                    "not proven complete: {gaps} pairs of neighbours were never seen side by side"
                )
            }
            Self::Missing { segments } => {
                let were = if *segments == 1 { "was" } else { "were" };
                write!(
                    f,
                    "not proven complete: by its number of pages the list has at least {} that \
                     {were} not seen",
                    counted(*segments, "segment")
                )
            }
            Self::ShortPage { request, rows } => {
                write!(f, "not proven: {}", request.place())?;
                write!(f, " had {} although more followed", counted(*rows, "segment"))
            }
            Self::OrderContradicted => f.write_str(
                "not proven: the server gives contradicting orders, or ignores \
                 sort_direction",
            ),
            Self::NotStabilised { passes } => {
                write!(f, "no snapshot: of {} no two in a row agree", counted(*passes, "pass"))
            }
        }
    }
}

impl ResponseError {
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::Status => "check the base URL and the message",
            Self::Redirect { .. } => {
                "redirects are never followed, because the key would be sent along; use the REST \
                 host itself as the base URL"
            }
            Self::Html => {
                "check the base URL: a dashboard, a login page or a firewall answers in HTML"
            }
            Self::Http(failure) if failure.kind() == TransportErrorKind::Http2Only => {
                "check host and port; requests are sent as HTTP/1.1, which a gateway in front of \
                 the server can offer"
            }
            Self::Encoding | Self::Framing | Self::Http(_) => {
                "check for a proxy or gateway in between that alters answers"
            }
            Self::Json(malformed) if malformed.kind().is_invalid_text() => {
                "rename what is there, or read it with U+FFFD in place of invalid text"
            }
            Self::NoSegments { .. } => {
                "check the base URL, and check for a gateway in between that alters answers"
            }
            Self::Cached(_) => {
                "find the cache in between, and have it pass these requests through; a walk reads \
                 such answers, and claims nothing"
            }
            Self::NoSuchPage => {
                "Braze answers a page after the last with an empty list; check for a gateway or a \
                 mock server that does not"
            }
            Self::EmptyBody | Self::Json(_) => {
                "check the base URL; if it is right, report this to Braze, or to this project if \
                 the answer is a valid page"
            }
            Self::Message => "see what the message asks for",
        }
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status => f.write_str("the answer is not a page"),
            Self::Redirect { host: Some(host) } => {
                write!(f, "the server redirects to the host {host}")
            }
            Self::Redirect { host: None } => f.write_str("the server redirects"),
            Self::Html => f.write_str("the answer is HTML, not a page"),
            Self::Encoding => f.write_str("the answer is compressed, which was not asked for"),
            Self::Framing => {
                f.write_str("the answer has both Content-Length and Transfer-Encoding")
            }
            Self::EmptyBody => f.write_str("the answer is empty"),
            Self::Json(malformed) => write!(f, "the answer is not a page: {malformed}"),
            Self::NoSegments { found: Some(key) } => {
                write!(f, "the answer has no segments, but \"{key}\" in their place")
            }
            Self::NoSegments { found: None } => {
                f.write_str("the list is empty, and no answer had the key \"segments\"")
            }
            Self::Cached(sign) => write!(f, "the answer came from a cache: {sign}"),
            Self::NoSuchPage => {
                f.write_str("the server has no such page, although it had earlier ones")
            }
            Self::Message => f.write_str("the answer is not a success"),
            Self::Http(failure) => failure.fmt(f),
        }
    }
}

impl PagingError {
    pub(crate) const fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::PageLimit { .. } | Self::RequestLimit { .. } | Self::MemoryLimit { .. }
        )
    }

    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::RepeatedPage { .. } | Self::NoProgress { .. } => {
                "the server seems to ignore the page number; check for a proxy, gateway or cache in between"
            }
            Self::RepeatedId { .. } => "report this to Braze: an id must be unique within a page",
            Self::RowsAfterEnd { .. } => "the list changed while it was read; run again",
            Self::PageLimit { .. } | Self::RequestLimit { .. } | Self::MemoryLimit { .. } => {
                "raise the limit if the workspace is really that large"
            }
        }
    }
}

impl fmt::Display for PagingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RepeatedPage { of } => {
                write!(f, "it has the same segments as {}", of.place())
            }
            Self::NoProgress { pages } => {
                write!(f, "{} in a row had nothing new", counted(*pages, "page"))
            }
            Self::RepeatedId { row } => {
                write!(f, "a segment appears twice, the second time in row {row}")
            }
            Self::RowsAfterEnd { end } => {
                write!(f, "there are segments after page {end}, which was empty")
            }
            Self::PageLimit { pages } => {
                write!(f, "the list has more than {}", counted(*pages, "page"))
            }
            Self::RequestLimit { requests } => {
                write!(f, "the export needs more than {}", counted(*requests, "request"))
            }
            Self::MemoryLimit { bytes } => {
                write!(f, "the list needs more than {} of memory", counted(*bytes, "byte"))
            }
        }
    }
}
