use std::collections::HashMap;
use std::time::Duration;

use http::header::{
    ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER,
    TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use segments_core::request::InvalidListRequest;
use segments_core::response::{RateLimit, Timestamp};
use segments_core::{ListRequest, Segment, SortDirection};
use serde::Serialize;

use crate::faults::fault::{Fault, Kind};
use crate::workspace::Workspace;
use crate::workspace::delivery::{Delivery, Manner};
use crate::workspace::encoding::accepts_gzip;
use crate::workspace::gzip::gzip;
use crate::workspace::headers;
use crate::workspace::key::{Access, access};
use crate::workspace::log::Answered;

/// Texts that no recording shows.
mod invented {
    pub(super) const NOT_FOUND: &str = "Not Found";
    pub(super) const METHOD: &str = "Method Not Allowed";
    pub(super) const SLASH: &str = "Access Denied";
    pub(super) const PERMISSION: &str = "Provided API key not authorized for this endpoint";
    pub(super) const OVER_LIMIT: &str = "Rate limit exceeded";
    pub(super) const HTML: &str =
        "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>";
}

/// An answer before it has its common headers.
struct Draft {
    status: StatusCode,
    body: Vec<u8>,
    rate: Option<RateLimit>,
    headers: HeaderMap,
    delivery: Delivery,
    fault: Option<usize>,
    /// The bytes are those that a script named, and go out as they are.
    verbatim: bool,
    /// It comes from a limiter in front, and not from Braze.
    foreign: bool,
}

impl Draft {
    fn new(status: StatusCode, body: Vec<u8>, rate: RateLimit) -> Self {
        Self {
            status,
            body,
            rate: Some(rate),
            headers: HeaderMap::new(),
            delivery: Delivery::default(),
            fault: None,
            verbatim: false,
            foreign: false,
        }
    }

    /// An error in the documented shape.
    fn error(status: StatusCode, message: &str, rate: RateLimit) -> Self {
        #[derive(Serialize)]
        struct Body<'a> {
            message: &'a str,
        }
        Self::new(status, json(&Body { message }), rate)
    }

    fn header(mut self, name: http::HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    fn manner(mut self, manner: Manner) -> Self {
        self.delivery.manner = manner;
        self
    }
}

impl Workspace {
    pub(crate) fn respond(
        &mut self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        list: Result<ListRequest, InvalidListRequest>,
        now: Duration,
    ) -> Response<Vec<u8>> {
        let draft = self.draft(method, path, headers, list, now);
        self.answers += 1;
        let asked = list.ok();
        self.log.push(Answered {
            number: 0,
            at: Timestamp::from_unix(now.as_secs()),
            method: method.clone(),
            page: asked.map(|list| list.page),
            sort_direction: asked.and_then(|list| list.sort_direction),
            status: draft.status.as_u16(),
            fault: draft.fault,
        });
        finish(draft, self.answers, now, accepts_gzip(headers))
    }

    fn draft(
        &mut self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        list: Result<ListRequest, InvalidListRequest>,
        now: Duration,
    ) -> Draft {
        // Observed on a 401: the three headers are there and empty.
        let uncounted = RateLimit::default();
        let refuse = |status, message: &str| Draft::error(status, message, uncounted);
        if list == Err(InvalidListRequest::Path) {
            let slash = path.strip_suffix('/') == Some(ListRequest::PATH);
            return if slash {
                refuse(StatusCode::FORBIDDEN, invented::SLASH)
            } else {
                refuse(StatusCode::NOT_FOUND, invented::NOT_FOUND)
            };
        }
        if method != Method::GET {
            return refuse(StatusCode::METHOD_NOT_ALLOWED, invented::METHOD).header(ALLOW, "GET");
        }
        match access(&self.keys, headers) {
            Access::Granted => {}
            Access::Denied => return refuse(StatusCode::FORBIDDEN, invented::PERMISSION),
            Access::Unknown(sent) => {
                let message = format!("Invalid API key: {}", String::from_utf8_lossy(sent));
                return refuse(StatusCode::UNAUTHORIZED, &message);
            }
        }
        let Some(rate) = self.quota.take(now) else {
            let rate = self.quota.state();
            return Draft::error(StatusCode::TOO_MANY_REQUESTS, invented::OVER_LIMIT, rate);
        };
        let list = match list {
            Ok(list) => list,
            Err(unusable) => {
                return Draft::error(StatusCode::BAD_REQUEST, &unusable.to_string(), rate);
            }
        };
        match self.script.act(list, now) {
            Some((rule, fault)) => {
                let draft = self.faulty(fault, list, rate, now);
                Draft { fault: Some(rule), ..draft }
            }
            None => self.ordinary(list, rate),
        }
    }

    fn ordinary(&mut self, list: ListRequest, rate: RateLimit) -> Draft {
        let direction = list.sort_direction.unwrap_or_default();
        let key = (list.page, direction == SortDirection::Desc);
        if let Some((body, etag)) = self.rendered.pages.get(&key) {
            let mut draft = Draft::new(StatusCode::OK, body.clone(), rate);
            draft.headers.insert(ETAG, etag.clone());
            return draft;
        }
        let body = self.page(list).to_http().into_body();
        let etag = headers::etag(&body);
        self.rendered.keep(key, &body, &etag);
        let mut draft = Draft::new(StatusCode::OK, body, rate);
        draft.headers.insert(ETAG, etag);
        draft
    }

    fn faulty(&mut self, fault: Fault, list: ListRequest, rate: RateLimit, now: Duration) -> Draft {
        let ok = |body: Vec<u8>| Draft::new(StatusCode::OK, body, rate);
        let mut draft = match fault.kind {
            Kind::Ordinary => self.ordinary(list, rate),
            Kind::Status { code, message } => {
                let status =
                    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let usual = status.canonical_reason().unwrap_or("Error");
                let draft = Draft::error(status, message.as_deref().unwrap_or(usual), rate);
                if status == StatusCode::METHOD_NOT_ALLOWED {
                    draft.header(ALLOW, "GET")
                } else {
                    draft
                }
            }
            Kind::RateLimited { reset_in, retry_after, bare } => {
                let reset = Timestamp::from_unix(now.as_secs().saturating_add(reset_in));
                let rate = RateLimit { remaining: Some(0), reset: Some(reset), ..rate };
                let status = StatusCode::TOO_MANY_REQUESTS;
                let mut draft = Draft::error(status, invented::OVER_LIMIT, rate);
                if bare {
                    draft.rate = None;
                }
                match retry_after {
                    Some(seconds) => draft.header(RETRY_AFTER, &seconds.to_string()),
                    None => draft,
                }
            }
            Kind::LeakyBucket { code, .. } => limited(code, rate),
            Kind::Html => {
                ok(invented::HTML.into()).header(CONTENT_TYPE, "text/html; charset=UTF-8")
            }
            Kind::Message(message) => ok(self.page_with(list, &message, &[])),
            Kind::Errors(errors) => ok(self.page_with(list, "success", &errors)),
            Kind::MissingSegments => ok(br#"{"message":"success"}"#.into()),
            Kind::NullSegments => ok(br#"{"segments":null,"message":"success"}"#.into()),
            Kind::Body(bytes) => Draft { verbatim: true, ..ok(bytes) },
            Kind::Redirect(url) => {
                Draft::new(StatusCode::FOUND, Vec::new(), rate).header(LOCATION, &url)
            }
            Kind::Gzip => {
                let mut draft = self.ordinary(list, rate).header(CONTENT_ENCODING, "gzip");
                draft.body = gzip(&draft.body);
                draft
            }
            Kind::BothFramings => {
                let draft = self.ordinary(list, rate);
                let len = draft.body.len().to_string();
                draft.header(CONTENT_LENGTH, &len).header(TRANSFER_ENCODING, "chunked")
            }
            Kind::Cut(after) => {
                let draft = self.ordinary(list, rate);
                let after = after.min(draft.body.len() - 1);
                draft.manner(Manner::Cut { after })
            }
            Kind::Stall(after) => {
                let draft = self.ordinary(list, rate);
                let after = after.min(draft.body.len() - 1);
                draft.manner(Manner::Stall { after })
            }
            Kind::Drip(millis) => {
                let every = Duration::from_millis(millis);
                self.ordinary(list, rate).manner(Manner::Drip { every })
            }
            Kind::DripHead(millis) => {
                let every = Duration::from_millis(millis);
                self.ordinary(list, rate).manner(Manner::DripHead { every })
            }
            Kind::Endless => self.ordinary(list, rate).manner(Manner::Endless),
            Kind::Close => self.ordinary(list, rate).manner(Manner::Close),
            Kind::Reset(after) => self.ordinary(list, rate).manner(Manner::Reset { after }),
            Kind::Verbatim(bytes) => self.ordinary(list, rate).manner(Manner::Verbatim(bytes)),
            Kind::IgnorePage => self.ordinary(ListRequest { page: 0, ..list }, rate),
            Kind::IgnoreSortDirection => {
                self.ordinary(ListRequest { sort_direction: None, ..list }, rate)
            }
        };
        draft.delivery.delay = fault.delay;
        draft.headers.extend(fault.headers);
        draft
    }

    fn page_with(&self, list: ListRequest, message: &str, errors: &[String]) -> Vec<u8> {
        #[derive(Serialize)]
        struct Body<'a> {
            segments: Vec<Segment>,
            #[serde(skip_serializing_if = "<[String]>::is_empty")]
            errors: &'a [String],
            message: &'a str,
        }
        json(&Body { segments: self.page(list).segments().collect(), errors, message })
    }
}

/// What nginx's `limit_req` answers.
fn limited(code: u16, rate: RateLimit) -> Draft {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    // nginx calls 503 so, and the others by their usual names.
    let said = match code {
        503 => "503 Service Temporarily Unavailable".to_owned(),
        _ => status.to_string(),
    };
    let body = format!(
        "<html>\r\n<head><title>{said}</title></head>\r\n<body>\r\n<center><h1>{said}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    Draft { foreign: true, verbatim: true, ..Draft::new(status, body.into(), rate) }
}

fn finish(mut draft: Draft, number: u64, now: Duration, gzip: bool) -> Response<Vec<u8>> {
    // The tag is that of the body before it is compressed, as recorded.
    if draft.status.is_success() && !draft.headers.contains_key(ETAG) {
        let etag = headers::etag(&draft.body);
        draft.headers.insert(ETAG, etag);
    }
    if gzip {
        compress(&mut draft);
    }

    let Draft { status, body, rate, headers: own, delivery, foreign, .. } = draft;
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let mut headers = if foreign {
        headers::of_nginx(now)
    } else {
        headers::recorded(status.is_success(), number, now, rate.unwrap_or_default())
    };
    if rate.is_none() {
        for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
            headers.remove(name);
        }
    }
    headers.extend(own);
    *response.headers_mut() = headers;
    if delivery != Delivery::default() {
        response.extensions_mut().insert(delivery);
    }
    response
}

/// Compresses the body, unless a script has its own say in the bytes or in their framing.
fn compress(draft: &mut Draft) {
    let framed = [CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING];
    let own = draft.verbatim || framed.iter().any(|name| draft.headers.contains_key(name));
    // Blanks follow an endless body, and none may follow a gzip member.
    if own || draft.body.is_empty() || draft.delivery.manner == Manner::Endless {
        return;
    }

    draft.body = gzip(&draft.body);
    draft.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    if let Manner::Cut { after } | Manner::Stall { after } = &mut draft.delivery.manner {
        *after = (*after).min(draft.body.len() - 1);
    }
}

fn json<T: Serialize>(body: &T) -> Vec<u8> {
    serde_json::to_vec(body).expect("texts and lists have a JSON form")
}

/// Pages that were written already, until the list changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rendered {
    pages: HashMap<(u32, bool), (Vec<u8>, HeaderValue)>,
}

impl Rendered {
    /// About 4 MiB of ordinary pages.
    const CAPACITY: usize = 256;

    pub(crate) fn clear(&mut self) {
        self.pages.clear();
    }

    fn keep(&mut self, key: (u32, bool), body: &[u8], etag: &HeaderValue) {
        if self.pages.len() == Self::CAPACITY {
            self.pages.clear();
        }
        self.pages.insert(key, (body.to_vec(), etag.clone()));
    }
}
