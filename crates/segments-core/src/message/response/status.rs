//! What a status other than 200 means.

use http::header::LOCATION;
use http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;

use crate::message::error::{ErrorKind, ResponseError};
use crate::message::request::ApiKey;
use crate::message::response::server_text::sanitized;

pub(super) fn error_kind(
    status: StatusCode,
    headers: &HeaderMap,
    is_html: bool,
    key: &ApiKey,
) -> ErrorKind {
    match status.as_u16() {
        // Braze responds with JSON: this is a firewall's page, and the key never reached Braze.
        401 | 403 if is_html => ErrorKind::Response(ResponseError::Html),
        401 | 403 => ErrorKind::Refused,
        429 => ErrorKind::RateLimited,
        // Not implemented, HTTP version not supported: a retry would not help.
        501 | 505 => ErrorKind::Response(ResponseError::Status),
        408 | 425 | 500..=599 => ErrorKind::Server,
        // 304 has no target, and no request here is conditional.
        300..=303 | 305..=399 => {
            let host = redirect_host(headers).map(|host| sanitized(&host, key));
            ErrorKind::Response(ResponseError::Redirect { host })
        }
        _ => ErrorKind::Response(ResponseError::Status),
    }
}

/// The `message` of an error's body, or its `error`, which Braze's newest endpoints use.
pub(super) fn message(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        message: Option<String>,
        error: Option<String>,
    }
    let Body { message, error } = serde_json::from_slice(body).ok()?;
    message.or(error)
}

fn redirect_host(headers: &HeaderMap) -> Option<String> {
    let target: Uri = headers.get(LOCATION)?.to_str().ok()?.parse().ok()?;
    target.host().map(str::to_owned)
}
