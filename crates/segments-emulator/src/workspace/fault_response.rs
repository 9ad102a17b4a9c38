use std::time::Duration;

use http::StatusCode;
use http::header::{
    ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER, TRANSFER_ENCODING,
};
use segments_core::ListRequest;
use segments_core::response::{RateLimit, Timestamp};

use crate::faults::fault::Fault;
use crate::faults::kind::FaultKind;
use crate::workspace::Workspace;
use crate::workspace::delivery::DeliveryMode;
use crate::workspace::draft::Draft;
use crate::workspace::encoding::gzip;
use crate::workspace::messages;

const HTML: &str =
    "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>";

/// Responses of a script.
impl Workspace {
    pub(crate) fn fault_response(
        &mut self,
        fault: Fault,
        request: ListRequest,
        rate_limit: RateLimit,
        now: Duration,
    ) -> Draft {
        let ok = |body: Vec<u8>| Draft::new(StatusCode::OK, body, rate_limit);

        let mut draft = match fault.kind {
            FaultKind::Ordinary => self.page_response(request, rate_limit),
            FaultKind::Status { code, message } => status(code, message.as_deref(), rate_limit),
            FaultKind::RateLimited { reset_in, retry_after, bare } => {
                let reset = Timestamp::from_unix(now.as_secs().saturating_add(reset_in));
                let rate_limit = RateLimit { remaining: Some(0), reset: Some(reset), ..rate_limit };
                rate_limited(rate_limit, retry_after, bare)
            }
            FaultKind::LeakyBucket { code, .. } => nginx_refusal(code, rate_limit),
            FaultKind::Html => ok(HTML.into()).header(CONTENT_TYPE, "text/html; charset=UTF-8"),
            FaultKind::Message(message) => ok(self.page_body(request, &message, &[])),
            FaultKind::Errors(errors) => {
                let body = self.page_body(request, "success", &errors);
                Draft { page: Some(request), ..ok(body) }
            }
            FaultKind::MissingSegments => ok(br#"{"message":"success"}"#.into()),
            FaultKind::NullSegments => ok(br#"{"segments":null,"message":"success"}"#.into()),
            FaultKind::Body(bytes) => Draft { is_verbatim: true, ..ok(bytes) },
            FaultKind::Redirect(url) => {
                Draft::new(StatusCode::FOUND, Vec::new(), rate_limit).header(LOCATION, &url)
            }
            FaultKind::Gzip => {
                let mut draft =
                    self.page_response(request, rate_limit).header(CONTENT_ENCODING, "gzip");
                draft.body = gzip(&draft.body);
                draft
            }
            FaultKind::BothFramings => {
                let draft = self.page_response(request, rate_limit);
                let length = draft.body.len().to_string();
                draft.header(CONTENT_LENGTH, &length).header(TRANSFER_ENCODING, "chunked")
            }
            FaultKind::IgnorePage => {
                self.page_response(ListRequest { page: 0, ..request }, rate_limit)
            }
            FaultKind::IgnoreSortDirection => {
                self.page_response(ListRequest { sort_direction: None, ..request }, rate_limit)
            }
            FaultKind::Cut(after) => {
                let draft = self.page_response(request, rate_limit);
                let after = draft.limit_cut(after);
                draft.delivered(DeliveryMode::Cut { after })
            }
            FaultKind::Stall(after) => {
                let draft = self.page_response(request, rate_limit);
                let after = draft.limit_cut(after);
                draft.delivered(DeliveryMode::Stall { after })
            }
            FaultKind::Drip(millis) => {
                let every = Duration::from_millis(millis);
                self.page_response(request, rate_limit).delivered(DeliveryMode::Drip { every })
            }
            FaultKind::DripHead(millis) => {
                let every = Duration::from_millis(millis);
                self.page_response(request, rate_limit).delivered(DeliveryMode::DripHead { every })
            }
            FaultKind::Endless => {
                self.page_response(request, rate_limit).delivered(DeliveryMode::Endless)
            }
            FaultKind::Close => {
                self.page_response(request, rate_limit).delivered(DeliveryMode::Close)
            }
            FaultKind::Reset(after) => {
                self.page_response(request, rate_limit).delivered(DeliveryMode::Reset { after })
            }
            FaultKind::Verbatim(bytes) => {
                self.page_response(request, rate_limit).delivered(DeliveryMode::Verbatim(bytes))
            }
        };

        draft.delivery.delay = fault.delay;
        draft.headers.extend(fault.headers);
        draft
    }
}

fn status(code: u16, message: Option<&str>, rate_limit: RateLimit) -> Draft {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reason_phrase = status.canonical_reason().unwrap_or("Error");
    let draft = Draft::error(status, message.unwrap_or(reason_phrase), rate_limit);

    // A 405 must have `Allow` (RFC 9110, 15.5.6).
    if status == StatusCode::METHOD_NOT_ALLOWED { draft.header(ALLOW, "GET") } else { draft }
}

fn rate_limited(rate_limit: RateLimit, retry_after: Option<u64>, bare: bool) -> Draft {
    let mut draft = Draft::error(StatusCode::TOO_MANY_REQUESTS, messages::RATE_LIMITED, rate_limit);
    if bare {
        draft.rate_limit = None;
    }

    match retry_after {
        Some(seconds) => draft.header(RETRY_AFTER, &seconds.to_string()),
        None => draft,
    }
}

/// What nginx's `limit_req` answers.
fn nginx_refusal(code: u16, rate_limit: RateLimit) -> Draft {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    // nginx has a phrase of its own for 503.
    let title = match code {
        503 => "503 Service Temporarily Unavailable".to_owned(),
        _ => status.to_string(),
    };
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );

    let draft = Draft::new(status, body.into(), rate_limit);
    Draft { is_from_nginx: true, is_verbatim: true, ..draft }
}
