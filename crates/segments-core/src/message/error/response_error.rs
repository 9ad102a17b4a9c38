use std::fmt;

use crate::message::error::{TransportError, TransportErrorKind};
use crate::message::headers::CacheSign;
use crate::message::json::JsonError;

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
            Self::Http(error) if error.kind() == TransportErrorKind::Http2Only => {
                "check host and port; requests are sent as HTTP/1.1, which a gateway in front of \
                 the server can offer"
            }
            Self::Encoding | Self::Framing | Self::Http(_) => {
                "check for a proxy or gateway in between that alters answers"
            }
            Self::Json(error) if error.kind().is_invalid_text() => {
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
            Self::Json(error) => write!(f, "the answer is not a page: {error}"),
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
            Self::Http(error) => error.fmt(f),
        }
    }
}
