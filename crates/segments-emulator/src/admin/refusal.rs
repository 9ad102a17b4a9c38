use std::fmt;

use http::header::ALLOW;
use http::{HeaderValue, Response, StatusCode};

use crate::admin::response;
use crate::json_error::JsonError;
use crate::workspace::error::EditError;

/// Why an admin request is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    NotLoopback,
    OtherOrigin,
    NotJson,
    NoSuchRoute,
    /// With the methods that are allowed, as in `Allow`.
    Method(&'static str),
    BodyTooLarge,
    BodyUnreadable,
    BodyTimeout,
    Json(JsonError),
    Edit(EditError),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotLoopback | Self::OtherOrigin => StatusCode::FORBIDDEN,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NoSuchRoute | Self::Edit(EditError::NotFound) => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Edit(EditError::AlreadyExists) => StatusCode::CONFLICT,
            Self::BodyUnreadable | Self::Json(_) | Self::Edit(EditError::Invalid) => {
                StatusCode::BAD_REQUEST
            }
        }
    }

    pub(crate) fn into_response(self) -> Response<Vec<u8>> {
        let mut response = response::message(self.status(), &self.to_string());
        if let Self::Method(allowed) = self {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
        }
        response
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotLoopback => {
                "the admin routes answer only this machine, and only with a loopback Host header"
            }
            Self::OtherOrigin => "the admin routes do not answer web pages of another origin",
            Self::NotJson => "the Content-Type must be application/json",
            Self::NoSuchRoute => "there is no such admin route",
            Self::Method(allowed) => {
                return write!(f, "the method must be {}", allowed.replace(", ", " or "));
            }
            Self::BodyTooLarge => "the body is larger than 1 MiB",
            Self::BodyUnreadable => "the body cannot be read",
            Self::BodyTimeout => "the body took longer than 10 s",
            Self::Json(error) => return error.fmt(f),
            Self::Edit(error) => return error.fmt(f),
        })
    }
}

impl From<EditError> for Refusal {
    fn from(error: EditError) -> Self {
        Self::Edit(error)
    }
}
