//! A response as a value that can be stored.

mod bytes;
mod headers;
mod redaction;

use http::{HeaderMap, Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::message::request::ApiKey;

/// What of a response decides what it means, without the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordedResponse {
    #[serde(with = "status")]
    status: StatusCode,
    #[serde(with = "headers")]
    headers: HeaderMap,
    #[serde(with = "bytes")]
    body: Vec<u8>,
}

impl RecordedResponse {
    /// The response, and whether the key was redacted in it.
    pub(crate) fn new(response: &Response<impl AsRef<[u8]>>, key: &ApiKey) -> (Self, bool) {
        let (headers, in_headers) = headers::kept(response.headers(), key);
        let body = redaction::redacted(response.body().as_ref(), key);

        let in_body = body.is_some();
        let body = body.unwrap_or_else(|| response.body().as_ref().to_vec());
        (Self { status: response.status(), headers, body }, in_headers || in_body)
    }

    pub(crate) fn into_http(self) -> Response<Vec<u8>> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

mod status {
    use http::StatusCode;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    // The signature that serde asks for.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(super) fn serialize<S: Serializer>(
        status: &StatusCode,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(status.as_u16())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<StatusCode, D::Error> {
        StatusCode::from_u16(u16::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
