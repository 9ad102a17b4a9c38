use std::fmt;

use crate::message::error::{TransportError, TransportErrorKind};
use crate::message::headers::CacheSign;
use crate::message::json::JsonError;

/// How a response can fail to be a page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseError {
    /// Another status: 400, 404, 204, 501, 101, …
    Status,
    /// 3xx. Never followed, because the new host would receive the key.
    Redirect {
        /// The host of `Location`, if it names one.
        host: Option<Box<str>>,
    },
    /// HTML: a login page, a firewall's page, another server. Also for 401 and 403.
    Html,
    /// The body is compressed, although compression was not requested.
    Encoding,
    /// Both `Content-Length` and `Transfer-Encoding`: two readers could see two bodies.
    Framing,
    /// 200 without a body.
    EmptyBody,
    /// The body is not JSON, or not a page.
    Json(JsonError),
    /// The body reports success without a list of segments: it has another list in its place, or
    /// the whole list is empty and no response had the key `segments`.
    NoSegments {
        /// The JSON key of the array or object in its place: sanitized like
        /// [`Error::server_message`](crate::Error::server_message).
        found: Option<Box<str>>,
    },
    /// The response is older than its request, because it came from a cache.
    Cached(CacheSign),
    /// 400, 404, 410, 416 or 422 for a page after others that were read. Braze returns an empty
    /// list instead (inferred from its other clients).
    NoSuchPage,
    /// The body's `message` is not `success`, the only value recorded for a list.
    Message,
    /// A size limit was exceeded, or the response is not HTTP.
    Http(TransportError),
}

impl ResponseError {
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::Status => "check the base URL, and see the server's message",
            Self::Redirect { .. } => {
                "redirects are never followed, because the new host would receive the key; use the \
                 REST host itself as the base URL"
            }
            Self::Html => {
                "check the base URL: dashboards, login pages and firewalls respond with HTML"
            }
            Self::Http(error) if error.kind() == TransportErrorKind::Http2Only => {
                "check the host and the port; requests use HTTP/1.1, which a gateway in front of \
                 the server can accept"
            }
            Self::Encoding | Self::Framing | Self::Http(_) => {
                "look for a proxy or gateway that alters responses"
            }
            Self::Json(error) if error.kind().is_invalid_text() => {
                "rename the segment or tag in Braze, or have invalid text replaced with U+FFFD"
            }
            Self::NoSegments { .. } => {
                "check the base URL, and look for a gateway that alters responses"
            }
            Self::Cached(_) => {
                "configure the cache in front of Braze to pass these requests through; a walk \
                 accepts such responses, but claims nothing"
            }
            Self::NoSuchPage => {
                "Braze returns an empty list for a page after the last; look for a gateway or a \
                 mock server that does not"
            }
            Self::EmptyBody | Self::Json(_) => {
                "check the base URL; if it is right, report this to Braze, or to this project if \
                 the response is a valid page"
            }
            Self::Message => "see the server's message",
        }
    }
}

impl std::error::Error for ResponseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            Self::Http(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status => f.write_str("the response is not a page"),
            Self::Redirect { host: Some(host) } => {
                write!(f, "the server redirects to {host}")
            }
            Self::Redirect { host: None } => f.write_str("the server redirects"),
            Self::Html => f.write_str("the response is HTML, not a page"),
            Self::Encoding => {
                f.write_str("the response is compressed, although compression was not requested")
            }
            Self::Framing => {
                f.write_str("the response has both Content-Length and Transfer-Encoding")
            }
            Self::EmptyBody => f.write_str("the response body is empty"),
            Self::Json(error) => write!(f, "the response is not a valid page: {error}"),
            Self::NoSegments { found: Some(key) } => {
                write!(f, "the response has no segments, but \"{key}\" in their place")
            }
            Self::NoSegments { found: None } => {
                f.write_str("the list is empty, and no response had the key \"segments\"")
            }
            Self::Cached(sign) => write!(f, "the response came from a cache: {sign}"),
            Self::NoSuchPage => f.write_str(
                "the server reports that this page does not exist, although earlier pages do",
            ),
            Self::Message => f.write_str("the response does not report success"),
            Self::Http(error) => error.fmt(f),
        }
    }
}
