use http::StatusCode;
use http::header::ETAG;
use segments_core::response::RateLimit;
use segments_core::{ListRequest, Segment};
use serde::Serialize;

use crate::workspace::Workspace;
use crate::workspace::draft::{Draft, json};
use crate::workspace::headers;

/// Responses with a page.
impl Workspace {
    /// The usual response.
    pub(crate) fn page_response(&mut self, request: ListRequest, rate_limit: RateLimit) -> Draft {
        let (body, etag) = if let Some(cached) = self.page_cache.get(request) {
            cached.clone()
        } else {
            let body = self.page(request).to_http().into_body();
            let etag = headers::etag(&body);
            self.page_cache.insert(request, &body, &etag);
            (body, etag)
        };

        let mut draft = Draft::new(StatusCode::OK, body, rate_limit);
        draft.page = Some(request);
        draft.headers.insert(ETAG, etag);
        draft
    }

    /// The body of a page with another message, or with minor errors.
    pub(crate) fn page_body(
        &self,
        request: ListRequest,
        message: &str,
        errors: &[String],
    ) -> Vec<u8> {
        #[derive(Serialize)]
        struct Body<'a> {
            segments: Vec<Segment>,
            #[serde(skip_serializing_if = "<[String]>::is_empty")]
            errors: &'a [String],
            message: &'a str,
        }

        json(&Body { segments: self.page(request).segments().collect(), errors, message })
    }
}
