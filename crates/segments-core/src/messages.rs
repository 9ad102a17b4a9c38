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
mod file;

const PAGE: ListRequest = ListRequest { page: 3, sort_direction: Some(SortDirection::Asc) };

/// Failures of the transport that are the fault of an answer.
const HTTP: [TransportErrorKind; 4] = [
    TransportErrorKind::BodyTooLarge,
    TransportErrorKind::HeadTooLarge,
    TransportErrorKind::InvalidHttp,
    TransportErrorKind::Http2Only,
];

fn next_failure(kind: TransportErrorKind) -> Option<TransportErrorKind> {
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
        K::InvalidHttp => K::Http2Only,
        K::Http2Only => K::NoFileDescriptor,
        K::NoFileDescriptor => K::Other,
        K::Other => return None,
    })
}

fn next_problem(problem: JsonErrorKind) -> Option<JsonErrorKind> {
    use JsonErrorKind as P;
    Some(match problem {
        P::Truncated { .. } => P::Utf8 { offset: 4711 },
        P::Utf8 { .. } => P::Surrogate { offset: 4711 },
        P::Surrogate { .. } => P::ControlCharacter { offset: 4711 },
        P::ControlCharacter { .. } => P::InvalidId,
        P::InvalidId => P::Syntax { line: 1, column: 4711 },
        P::Syntax { .. } => P::Missing,
        P::Missing => P::Duplicate,
        P::Duplicate => P::Empty,
        P::Empty => P::Expected("a string"),
        P::Expected(_) => P::TooDeep,
        P::TooDeep => P::TooLarge,
        P::TooLarge => return None,
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

fn next_protocol(fault: &ResponseError) -> Option<ResponseError> {
    use ResponseError as F;
    Some(match fault {
        F::Status => F::Redirect { host: Some("login.example".into()) },
        F::Redirect { host: Some(_) } => F::Redirect { host: None },
        F::Redirect { host: None } => F::Html,
        F::Html => F::Encoding,
        F::Encoding => F::Framing,
        F::Framing => F::EmptyBody,
        F::EmptyBody => {
            F::Json(JsonError::new(JsonPath::Page, JsonErrorKind::Truncated { offset: 4711 }))
        }
        F::Json(malformed) => match next_problem(malformed.kind()) {
            Some(problem) => {
                let field = matches!(
                    problem,
                    JsonErrorKind::Syntax { .. } | JsonErrorKind::TooDeep | JsonErrorKind::TooLarge
                );
                let id = JsonPath::Field(17, Field::Id);
                let place = match problem {
                    JsonErrorKind::InvalidId => id,
                    _ if field => JsonPath::Page,
                    _ => JsonPath::Field(17, Field::Name),
                };
                F::Json(JsonError::new(place, problem))
            }
            None => F::NoSegments { found: Some("catalogs".into()) },
        },
        F::NoSegments { found: Some(_) } => F::NoSegments { found: None },
        F::NoSegments { found: None } => F::Cached(CacheSign::Age(1)),
        F::Cached(sign) => next_sign(*sign).map_or(F::NoSuchPage, F::Cached),
        F::NoSuchPage => F::Message,
        F::Message => F::Http(TransportError::new(HTTP[0], "")),
        F::Http(failure) => {
            let mut kinds = HTTP.into_iter().skip_while(|kind| *kind != failure.kind());
            F::Http(TransportError::new(kinds.nth(1)?, ""))
        }
    })
}

fn next_paging(fault: &PagingError) -> Option<PagingError> {
    use PagingError as F;
    Some(match fault {
        F::RepeatedPage { .. } => F::NoProgress { pages: 3 },
        F::NoProgress { .. } => F::RepeatedId { row: 99 },
        F::RepeatedId { .. } => F::RowsAfterEnd { end: 2 },
        F::RowsAfterEnd { .. } => F::PageLimit { pages: 1 },
        F::PageLimit { pages: 1 } => F::PageLimit { pages: 100 },
        F::PageLimit { .. } => F::RequestLimit { requests: 1 },
        F::RequestLimit { requests: 1 } => F::RequestLimit { requests: 100 },
        F::RequestLimit { .. } => F::MemoryLimit { bytes: 40 << 20 },
        F::MemoryLimit { .. } => return None,
    })
}

fn next_not_proven(why: NotProven) -> Option<NotProven> {
    use NotProven as N;
    Some(match why {
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

fn next_reason(reason: &ErrorKind) -> Option<ErrorKind> {
    use ErrorKind as R;
    Some(match reason {
        R::Refused => R::RateLimited,
        R::RateLimited => R::Server,
        R::Server => R::Transport(TransportError::new(TransportErrorKind::Dns, "")),
        R::Transport(failure) => {
            let mut kinds = successors(Some(failure.kind()), |kind| next_failure(*kind)).skip(1);
            match kinds.find(|kind| !HTTP.contains(kind)) {
                Some(kind) => R::Transport(TransportError::new(kind, "")),
                None => R::Response(ResponseError::Status),
            }
        }
        R::Response(fault) => match next_protocol(fault) {
            Some(fault) => R::Response(fault),
            None => R::Paging(PagingError::RepeatedPage { of: PAGE }),
        },
        R::Paging(fault) => match next_paging(fault) {
            Some(fault) => R::Paging(fault),
            None => R::Deadline,
        },
        R::Deadline => R::NotProven(NotProven::Gaps { gaps: 1 }),
        R::NotProven(why) => match next_not_proven(*why) {
            Some(why) => R::NotProven(why),
            None => R::HandedOut { segments: 1 },
        },
        R::HandedOut { segments: 1 } => R::HandedOut { segments: 2 },
        R::HandedOut { .. } => return None,
    })
}

fn next_gave_up(why: GaveUp) -> Option<GaveUp> {
    Some(match why {
        GaveUp::Attempts => GaveUp::Budget,
        GaveUp::Budget => GaveUp::Wait,
        GaveUp::Wait => GaveUp::Deadline,
        GaveUp::Deadline => return None,
    })
}

fn next_evidence(anomalies: &Anomaly) -> Option<Anomaly> {
    use Anomaly as E;
    let id = || "0eaf8f6a".to_owned();
    Some(match anomalies {
        E::Duplicate { .. } => E::AttributesChanged { id: id() },
        E::AttributesChanged { .. } => E::ShortPage { request: PAGE, rows: 1 },
        E::ShortPage { rows: 1, .. } => E::ShortPage { request: PAGE, rows: 99 },
        E::ShortPage { .. } => E::LongPage { request: PAGE, rows: 150 },
        E::LongPage { .. } => E::SegmentsMissing { request: PAGE },
        E::SegmentsMissing { .. } => E::Cached { request: PAGE, sign: CacheSign::Age(1) },
        E::Cached { sign, .. } => match next_sign(*sign) {
            Some(sign) => E::Cached { request: PAGE, sign },
            None => E::TextReplaced { id: id() },
        },
        E::TextReplaced { .. } => E::MinorErrors { request: PAGE },
        E::MinorErrors { .. } => return None,
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

/// As an export gives it: with its page, and the facts of an answer.
fn on_a_page(reason: ErrorKind, status: u16, id: Option<&str>) -> Error {
    let id = id.map(Into::into);
    Error::new(reason).with_response(status, id, None).on(PAGE, 1)
}

#[test]
fn messages_of_errors() {
    let mut out = String::new();
    let first = ErrorKind::Refused;
    for reason in successors(Some(first), next_reason) {
        with_advice(&mut out, &Error::new(reason));
    }
    file::check_section("segments-core: reasons", &out);
}

#[test]
fn messages_with_the_facts_of_an_answer() {
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
    for why in successors(Some(GaveUp::Attempts), |why| next_gave_up(*why)) {
        let error = Error::new(ErrorKind::Server).with_response(503, None, None).on(PAGE, 5);
        add(&error.with_gave_up(why));
    }
    file::check_section("segments-core: with the facts of an answer", &out);
}

#[test]
fn messages_of_evidence() {
    let mut out = String::new();
    let first = Anomaly::Duplicate { id: "0eaf8f6a".to_owned(), request: PAGE };
    for anomalies in successors(Some(first), next_evidence) {
        writeln!(out, "{anomalies}").unwrap();
    }
    file::check_section("segments-core: anomalies in reports", &out);
}

#[test]
fn messages_of_what_is_not_taken() {
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
    file::check_section("segments-core: what is not taken", &out);
}
