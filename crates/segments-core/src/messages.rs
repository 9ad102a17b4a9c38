//! Every text of this crate that a user can see, as `docs/messages.txt` has it.
//!
//! Each kind is a chain: from one variant to the next, in a `match` without a wildcard, so that a
//! new variant does not compile before it has its place here.

use std::fmt::Write as _;
use std::iter::successors;
use std::time::Duration;

use crate::export::checkpoint::ResumeError;
use crate::export::seen::anomaly::Anomaly;
use crate::export::strategy::goal::{Goal, UnknownGoal};
use crate::message::api::InvalidUserAgent;
use crate::message::error::{
    Error, ErrorKind, GaveUp, NotProven, PagingError, ResponseError, TransportError,
    TransportErrorKind,
};
use crate::message::headers::{CacheSign, Timestamp, WaitHint};
use crate::message::json::{Field, JsonError, JsonErrorKind, JsonPath};
use crate::message::request::{
    Instance, InvalidApiKey, InvalidEndpoint, InvalidListRequest, ListRequest, SortDirection,
    UnknownSortDirection,
};
use crate::message::response::InvalidSegment;

#[path = "../../../tests/messages.rs"]
pub(crate) mod file;

const PAGE: ListRequest = ListRequest { page: 3, sort_direction: Some(SortDirection::Asc) };

/// Transport errors that are about a response.
const HTTP: [TransportErrorKind; 4] = [
    TransportErrorKind::BodyTooLarge,
    TransportErrorKind::HeadTooLarge,
    TransportErrorKind::InvalidHttp,
    TransportErrorKind::Http2Only,
];

fn next_transport_error_kind(kind: TransportErrorKind) -> Option<TransportErrorKind> {
    use TransportErrorKind as K;
    Some(match kind {
        K::Dns => K::Connect,
        K::Connect => K::Tls,
        K::Tls => K::Proxy,
        K::Proxy => K::ProxyRefused,
        K::ProxyRefused => K::ProxyUnavailable,
        K::ProxyUnavailable => K::Timeout,
        K::Timeout => K::Closed,
        K::Closed => K::StaleConnection,
        K::StaleConnection => K::BodyTooLarge,
        K::BodyTooLarge => K::HeadTooLarge,
        K::HeadTooLarge => K::InvalidHttp,
        K::InvalidHttp => K::Redirect,
        K::Redirect => K::Http2Only,
        K::Http2Only => K::NoFileDescriptor,
        K::NoFileDescriptor => K::Other,
        K::Other => return None,
    })
}

fn next_json_error_kind(kind: JsonErrorKind) -> Option<JsonErrorKind> {
    use JsonErrorKind as K;
    Some(match kind {
        K::Truncated { .. } => K::Utf8 { offset: 4711 },
        K::Utf8 { .. } => K::Surrogate { offset: 4711 },
        K::Surrogate { .. } => K::ControlCharacter { offset: 4711 },
        K::ControlCharacter { .. } => K::InvalidId,
        K::InvalidId => K::Syntax { line: 1, column: 4711 },
        K::Syntax { .. } => K::Missing,
        K::Missing => K::Duplicate,
        K::Duplicate => K::Empty,
        K::Empty => K::Expected("a string"),
        K::Expected(_) => K::TooDeep,
        K::TooDeep => K::TooLarge,
        K::TooLarge => return None,
    })
}

fn next_sign(sign: CacheSign) -> Option<CacheSign> {
    Some(match sign {
        CacheSign::Age(1) => CacheSign::Age(37),
        CacheSign::Age(_) => CacheSign::Hit,
        CacheSign::Hit => CacheSign::RepeatedRequestId,
        CacheSign::RepeatedRequestId => return None,
    })
}

fn next_response_error(error: &ResponseError) -> Option<ResponseError> {
    use ResponseError as E;
    Some(match error {
        E::Status => E::Redirect { host: Some("login.example".into()) },
        E::Redirect { host: Some(_) } => E::Redirect { host: None },
        E::Redirect { host: None } => E::Html,
        E::Html => E::Encoding,
        E::Encoding => E::Framing,
        E::Framing => E::EmptyBody,
        E::EmptyBody => {
            E::Json(JsonError::new(JsonPath::Page, JsonErrorKind::Truncated { offset: 4711 }))
        }
        E::Json(error) => match next_json_error_kind(error.kind()) {
            Some(kind) => {
                let is_about_the_page = matches!(
                    kind,
                    JsonErrorKind::Syntax { .. } | JsonErrorKind::TooDeep | JsonErrorKind::TooLarge
                );
                let path = match kind {
                    JsonErrorKind::InvalidId => JsonPath::Field(17, Field::Id),
                    _ if is_about_the_page => JsonPath::Page,
                    _ => JsonPath::Field(17, Field::Name),
                };
                E::Json(JsonError::new(path, kind))
            }
            None => E::NoSegments { found: Some("catalogs".into()) },
        },
        E::NoSegments { found: Some(_) } => E::NoSegments { found: None },
        E::NoSegments { found: None } => E::Cached(CacheSign::Age(1)),
        E::Cached(sign) => next_sign(*sign).map_or(E::NoSuchPage, E::Cached),
        E::NoSuchPage => E::Message,
        E::Message => E::Http(TransportError::new(HTTP[0], "")),
        E::Http(error) => {
            let mut kinds = HTTP.into_iter().skip_while(|kind| *kind != error.kind());
            E::Http(TransportError::new(kinds.nth(1)?, ""))
        }
    })
}

fn next_paging_error(error: &PagingError) -> Option<PagingError> {
    use PagingError as E;
    Some(match error {
        E::RepeatedPage { .. } => E::NoProgress { pages: 3 },
        E::NoProgress { .. } => E::RepeatedId { row: 99 },
        E::RepeatedId { .. } => E::RowsAfterEnd { end: 2 },
        E::RowsAfterEnd { .. } => E::PageLimit { pages: 1 },
        E::PageLimit { pages: 1 } => E::PageLimit { pages: 100 },
        E::PageLimit { .. } => E::RequestLimit { requests: 1 },
        E::RequestLimit { requests: 1 } => E::RequestLimit { requests: 100 },
        E::RequestLimit { .. } => E::MemoryLimit { bytes: 40 << 20 },
        E::MemoryLimit { .. } => return None,
    })
}

fn next_not_proven(reason: NotProven) -> Option<NotProven> {
    use NotProven as N;
    Some(match reason {
        N::Gaps { gaps: 1 } => N::Gaps { gaps: 2 },
        N::Gaps { .. } => N::Missing { segments: 1 },
        N::Missing { segments: 1 } => N::Missing { segments: 2 },
        N::Missing { .. } => N::ShortPage { request: PAGE, rows: 99 },
        N::ShortPage { .. } => N::OrderContradicted,
        N::OrderContradicted => N::NotStabilised { passes: 1 },
        N::NotStabilised { passes: 1 } => N::NotStabilised { passes: 8 },
        N::NotStabilised { .. } => return None,
    })
}

fn next_error_kind(kind: &ErrorKind) -> Option<ErrorKind> {
    use ErrorKind as K;
    Some(match kind {
        K::Refused => K::RateLimited,
        K::RateLimited => K::Server,
        K::Server => K::Transport(TransportError::new(TransportErrorKind::Dns, "")),
        K::Transport(error) => {
            let mut kinds =
                successors(Some(error.kind()), |kind| next_transport_error_kind(*kind)).skip(1);
            match kinds.find(|kind| *kind != TransportErrorKind::Redirect && !HTTP.contains(kind)) {
                Some(kind) => K::Transport(TransportError::new(kind, "")),
                None => K::Response(ResponseError::Status),
            }
        }
        K::Response(error) => match next_response_error(error) {
            Some(error) => K::Response(error),
            None => K::Paging(PagingError::RepeatedPage { of: PAGE }),
        },
        K::Paging(error) => match next_paging_error(error) {
            Some(error) => K::Paging(error),
            None => K::Deadline,
        },
        K::Deadline => K::NotProven(NotProven::Gaps { gaps: 1 }),
        K::NotProven(reason) => match next_not_proven(*reason) {
            Some(reason) => K::NotProven(reason),
            None => K::HandedOut { segments: 1 },
        },
        K::HandedOut { segments: 1 } => K::HandedOut { segments: 2 },
        K::HandedOut { .. } => return None,
    })
}

fn next_gave_up(gave_up: GaveUp) -> Option<GaveUp> {
    Some(match gave_up {
        GaveUp::Attempts => GaveUp::Budget,
        GaveUp::Budget => GaveUp::Wait,
        GaveUp::Wait => GaveUp::Deadline,
        GaveUp::Deadline => return None,
    })
}

fn next_anomaly(anomaly: &Anomaly) -> Option<Anomaly> {
    use Anomaly as A;
    let id = || "0eaf8f6a".to_owned();
    Some(match anomaly {
        A::Duplicate { .. } => A::AttributesChanged { id: id() },
        A::AttributesChanged { .. } => A::ShortPage { request: PAGE, rows: 1 },
        A::ShortPage { rows: 1, .. } => A::ShortPage { request: PAGE, rows: 99 },
        A::ShortPage { .. } => A::LongPage { request: PAGE, rows: 150 },
        A::LongPage { .. } => A::SegmentsMissing { request: PAGE },
        A::SegmentsMissing { .. } => A::Cached { request: PAGE, sign: CacheSign::Age(1) },
        A::Cached { sign, .. } => match next_sign(*sign) {
            Some(sign) => A::Cached { request: PAGE, sign },
            None => A::TextReplaced { id: id() },
        },
        A::TextReplaced { .. } => A::MinorErrors { request: PAGE },
        A::MinorErrors { .. } => return None,
    })
}

fn next_resume_error(error: ResumeError) -> Option<ResumeError> {
    use ResumeError as E;
    Some(match error {
        E::Version { .. } => E::Endpoint,
        E::Endpoint => E::Goal { found: Goal::Walk },
        E::Goal { .. } => E::SortDirection { found: SortDirection::Desc },
        E::SortDirection { .. } => E::Single { found: PAGE },
        E::Single { .. } => E::NotSingle,
        E::NotSingle => E::Failed,
        E::Failed => E::Damaged,
        E::Damaged => return None,
    })
}

/// The error, and below it what to do.
fn with_advice(out: &mut String, error: &Error) {
    writeln!(out, "{error}\n    {}", error.advice()).unwrap();
}

/// As an export gives it: with its page, and the facts of a response.
fn on_a_page(kind: ErrorKind, status: u16, id: Option<&str>) -> Error {
    let id = id.map(Into::into);
    Error::new(kind).with_response(status, id, None).on(PAGE, 1)
}

#[test]
fn messages_of_errors() {
    let mut out = String::new();
    let first = ErrorKind::Refused;
    for kind in successors(Some(first), next_error_kind) {
        with_advice(&mut out, &Error::new(kind));
    }
    file::check_section("segments-core: kinds of errors", &out);
}

#[test]
fn messages_with_the_facts_of_a_response() {
    let mut out = String::new();
    let mut add = |error: &Error| with_advice(&mut out, error);
    let id = Some("6e73e372");

    add(&on_a_page(ErrorKind::Refused, 401, id));
    add(&on_a_page(ErrorKind::Refused, 403, id));
    add(&on_a_page(ErrorKind::Response(ResponseError::Html), 403, None).with_html(true));
    add(&on_a_page(ErrorKind::Response(ResponseError::Html), 200, None).with_html(true));
    add(&on_a_page(ErrorKind::Response(ResponseError::Status), 404, None).with_html(true));
    for (status, id) in [(429, id), (429, None)] {
        add(&on_a_page(ErrorKind::RateLimited, status, id));
    }
    for (status, id) in [(500, id), (503, id), (503, None), (502, None)] {
        add(&on_a_page(ErrorKind::Server, status, id));
    }
    let message = Some("Canvas not found".into());
    add(&Error::new(ErrorKind::Response(ResponseError::Message)).with_response(200, None, message));

    let until = Some(Timestamp::from_unix(1_592_427_600));
    for (seconds, until) in [(1, None), (90, None), (90, until)] {
        let hint = Some(WaitHint { wait: Duration::from_secs(seconds), until });
        add(&on_a_page(ErrorKind::RateLimited, 429, id).with_hint(hint));
    }
    for gave_up in successors(Some(GaveUp::Attempts), |it| next_gave_up(*it)) {
        let error = Error::new(ErrorKind::Server).with_response(503, None, None).on(PAGE, 5);
        add(&error.with_gave_up(gave_up));
    }
    file::check_section("segments-core: with the facts of a response", &out);
}

#[test]
fn messages_of_anomalies() {
    let mut out = String::new();
    let first = Anomaly::Duplicate { id: "0eaf8f6a".to_owned(), request: PAGE };
    for anomaly in successors(Some(first), next_anomaly) {
        writeln!(out, "{anomaly}").unwrap();
    }
    file::check_section("segments-core: anomalies in reports", &out);
}

#[test]
fn messages_of_invalid_values() {
    let mut out = String::new();
    let first = ResumeError::Version { found: 1 };

    for error in successors(Some(first), |error| next_resume_error(*error)) {
        writeln!(out, "{error}").unwrap();
    }

    for key in
        ["", "\u{feff}a", "Bearer abc", "https://rest.example", "sch\u{fc}ssel", "<your-key>"]
    {
        writeln!(out, "{}", crate::ApiKey::new(key).unwrap_err()).unwrap();
    }

    writeln!(out, "{}", InvalidApiKey::TooLong { len: 5000 }).unwrap();

    for url in [
        "rest.example",
        "ftp://rest.example",
        "https://https://rest.example",
        "https://user:password@rest.example",
        "https://rest.example.",
        "https://rest.example:99999",
        "https://rest.example?page=1",
        "https://rest.example/a//b",
        "https://rest.example/segments/list",
        "https://rest.iad-01.braze.com/x",
        "http://rest.example",
        "https://dashboard-01.braze.com",
        "\u{feff}https://rest.example",
    ] {
        writeln!(out, "{}", crate::Endpoint::new(url).unwrap_err()).unwrap();
    }

    writeln!(out, "{}", InvalidEndpoint::NotRest { instance: Instance::Eu01 }).unwrap();

    for name in ["iad-01", "us-9", "dashboard-01", "moon"] {
        if let Err(error) = name.parse::<Instance>() {
            writeln!(out, "{error}").unwrap();
        }
    }

    writeln!(out, "{UnknownGoal}\n{UnknownSortDirection}\n{InvalidUserAgent}").unwrap();
    let requests = [
        InvalidListRequest::Path,
        InvalidListRequest::Page,
        InvalidListRequest::PageTooLarge,
        InvalidListRequest::SortDirection,
    ];

    for error in requests {
        writeln!(out, "{error}").unwrap();
    }

    writeln!(out, "{}\n{}", InvalidSegment::EmptyId, InvalidSegment::TooLarge).unwrap();
    file::check_section("segments-core: invalid values", &out);
}
