//! The admin routes of [`Server`](crate::Server): edits, faults and log for tests that are not
//! written in Rust. Braze has nothing like them; all of this is invented.
//!
//! | route | body | does |
//! |---|---|---|
//! | `POST /_emulator/create` | a segment, all four fields | [`Workspace::create`] |
//! | `POST /_emulator/archive` | `{"id":"…"}` | [`Workspace::archive`] |
//! | `POST /_emulator/restore` | `{"id":"…"}` | [`Workspace::restore`] |
//! | `POST /_emulator/rename` | `{"id":"…","name":"…"}` | [`Workspace::rename`] |
//! | `POST /_emulator/retag` | `{"id":"…","tags":["…"]}` | [`Workspace::retag`] |
//! | `POST /_emulator/tracking` | `{"id":"…","analytics_tracking_enabled":true}` | [`Workspace::set_tracking`] |
//! | `GET /_emulator/faults` | | `{"faults":[…],"fired":[…]}`: the rules, and how often each acted |
//! | `PUT /_emulator/faults` | a [`Script`] | [`Workspace::set_faults`] |
//! | `GET /_emulator/log` | | the [`Log`](crate::Log): `{"total":…,"entries":[…]}` |
//! | `GET /_emulator/segments` | | all segments, oldest first, each with `archived` |
//!
//! A change answers `{"message":"success"}`. Otherwise the `message` says what is wrong: 400 for a
//! body that cannot be read, 404 for an unknown id or route, 405 for another method, 409 for an id
//! that exists, 413 for a body over 1 MiB.
//!
//! No key is asked for. Instead these routes answer only peers on the loopback, only under a `Host`
//! of the loopback (so that a web page which had its own name resolved to 127.0.0.1 gets nothing),
//! and changes only as `Content-Type: application/json` (which a web page of another origin cannot
//! send unasked); everyone else gets 403 or 415. They cost no allowance and are not in the log.

use std::net::{IpAddr, SocketAddr};

use http::header::{ALLOW, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use segments_core::Segment;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::faults::script::Script;
use crate::json_path::path_to_error;
use crate::workspace::Workspace;
use crate::workspace::error::EditError;

/// Where the admin routes begin.
pub const PREFIX: &str = "/_emulator/";

/// The longest body of an admin request, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// Why a peer gets no admin route, if it gets none.
pub(crate) fn refusal(
    peer: SocketAddr,
    method: &Method,
    headers: &HeaderMap,
) -> Option<Response<Vec<u8>>> {
    if !peer.ip().to_canonical().is_loopback() || !is_local_host(headers) {
        return Some(message(StatusCode::FORBIDDEN, "only from this machine"));
    }
    // Another method is refused by what answers, which names those that are allowed.
    if !matches!(*method, Method::POST | Method::PUT) {
        return None;
    }
    let json = headers.get(CONTENT_TYPE).is_some_and(|value| is_json(value.as_bytes()));
    if !json {
        let text = "the Content-Type must be application/json";
        return Some(message(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    None
}

/// Whether the one `Host` names the loopback, with or without a port.
fn is_local_host(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(authority) = http::uri::Authority::try_from(host.as_bytes()) else { return false };
    let name = authority.host();
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let ip = bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    !authority.as_str().contains('@') && (ip || name.eq_ignore_ascii_case("localhost"))
}

fn is_json(value: &[u8]) -> bool {
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
}

/// Carries an admin request out.
pub(crate) fn answer(
    workspace: &mut Workspace,
    method: &Method,
    path: &str,
    body: &[u8],
) -> Response<Vec<u8>> {
    let Some(route) = path.strip_prefix(PREFIX) else {
        return message(StatusCode::NOT_FOUND, "no such route");
    };
    let allowed = match route {
        "create" | "archive" | "restore" | "rename" | "retag" | "tracking" => "POST",
        "faults" => "GET, PUT",
        "log" | "segments" => "GET",
        _ => return message(StatusCode::NOT_FOUND, "no such route"),
    };
    if !allowed.split(", ").any(|one| one == method.as_str()) {
        let mut response = message(StatusCode::METHOD_NOT_ALLOWED, "another method is needed");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
        return response;
    }
    match (route, method == Method::GET) {
        ("faults", true) => {
            #[derive(Serialize)]
            struct Faults<'a> {
                faults: &'a Script,
                fired: Vec<u32>,
            }
            let script = workspace.script();
            json(StatusCode::OK, &Faults { faults: script, fired: script.fired().collect() })
        }
        ("log", _) => json(StatusCode::OK, workspace.log()),
        ("segments", _) => json(StatusCode::OK, &Segments::of(workspace)),
        _ => match change(workspace, route, body) {
            Ok(()) => message(StatusCode::OK, "success"),
            Err(refused) => message(refused.status(), &refused.to_string()),
        },
    }
}

fn change(workspace: &mut Workspace, route: &str, body: &[u8]) -> Result<(), Refused> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Id {
        id: String,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Name {
        id: String,
        name: String,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Tags {
        id: String,
        tags: Vec<String>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Tracking {
        id: String,
        analytics_tracking_enabled: bool,
    }
    match route {
        "create" => workspace.create(read::<Segment>(body)?)?,
        "archive" => workspace.archive(&read::<Id>(body)?.id)?,
        "restore" => workspace.restore(&read::<Id>(body)?.id)?,
        "rename" => {
            let Name { id, name } = read(body)?;
            workspace.rename(&id, &name)?;
        }
        "retag" => {
            let Tags { id, tags } = read(body)?;
            workspace.retag(&id, tags)?;
        }
        "tracking" => {
            let Tracking { id, analytics_tracking_enabled } = read(body)?;
            workspace.set_tracking(&id, analytics_tracking_enabled)?;
        }
        _ => workspace.set_faults(read(body)?),
    }
    Ok(())
}

enum Refused {
    Unreadable(String),
    Edit(EditError),
}

impl Refused {
    fn status(&self) -> StatusCode {
        match self {
            Self::Edit(EditError::Unknown) => StatusCode::NOT_FOUND,
            Self::Edit(EditError::Exists) => StatusCode::CONFLICT,
            Self::Edit(EditError::Invalid) | Self::Unreadable(_) => StatusCode::BAD_REQUEST,
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(reason) => f.write_str(reason),
            Self::Edit(error) => error.fmt(f),
        }
    }
}

impl From<EditError> for Refused {
    fn from(error: EditError) -> Self {
        Self::Edit(error)
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    let unreadable = |error: serde_json::Error| {
        let path = std::str::from_utf8(body).ok().and_then(path_to_error::<T>);
        Refused::Unreadable(match path {
            Some(path) => format!("{path}: {error}"),
            None => error.to_string(),
        })
    };
    serde_json::from_slice(body).map_err(unreadable)
}

#[derive(Serialize)]
struct Segments<'a> {
    segments: Vec<Record<'a>>,
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(flatten)]
    segment: &'a Segment,
    archived: bool,
}

impl<'a> Segments<'a> {
    fn of(workspace: &'a Workspace) -> Self {
        let record = |(segment, archived)| Record { segment, archived };
        Self { segments: workspace.records().map(record).collect() }
    }
}

pub(crate) fn message(status: StatusCode, text: &str) -> Response<Vec<u8>> {
    #[derive(Serialize)]
    struct Message<'a> {
        message: &'a str,
    }
    json(status, &Message { message: text })
}

fn json<T: Serialize>(status: StatusCode, body: &T) -> Response<Vec<u8>> {
    let body = serde_json::to_vec(body).expect("texts and numbers have a JSON form");
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let value = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, value);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segments::sample::sample;

    fn ask(workspace: &mut Workspace, method: &str, route: &str, body: &str) -> (u16, String) {
        let method = method.parse().unwrap();
        let response = answer(workspace, &method, &format!("{PREFIX}{route}"), body.as_bytes());
        let status = response.status().as_u16();
        (status, String::from_utf8(response.into_body()).unwrap())
    }

    #[test]
    fn each_route_does_what_its_method_does() {
        let mut workspace = Workspace::new();
        let a = r#"{"id":"a","name":"A","analytics_tracking_enabled":true,"tags":["x"]}"#;
        for (route, body) in [
            ("create", a),
            ("create", r#"{"id":"b","name":"B","analytics_tracking_enabled":true,"tags":[]}"#),
            ("archive", r#"{"id":"a"}"#),
            ("archive", r#"{"id":"b"}"#),
            ("restore", r#"{"id":"a"}"#),
            ("rename", r#"{"id":"a","name":"Z"}"#),
            ("retag", r#"{"id":"a","tags":["y","z"]}"#),
            ("tracking", r#"{"id":"a","analytics_tracking_enabled":false}"#),
        ] {
            let expected = (200, r#"{"message":"success"}"#.to_owned());
            assert_eq!(ask(&mut workspace, "POST", route, body), expected, "{route}");
        }
        let expected = concat!(
            r#"{"segments":[{"id":"a","name":"Z","analytics_tracking_enabled":false,"#,
            r#""tags":["y","z"],"archived":false},"#,
            r#"{"id":"b","name":"B","analytics_tracking_enabled":true,"tags":[],"archived":true}]}"#
        );
        let all = ask(&mut workspace, "GET", "segments", "");
        assert_eq!(all, (200, expected.to_owned()));
        assert_eq!(ask(&mut workspace, "POST", "create", a).0, 409);
    }

    #[test]
    fn faults_are_set_and_shown() {
        let mut workspace = Workspace::new();
        let script = r#"[{"page":3,"times":2,"kind":{"status":{"code":503}}}]"#;
        assert_eq!(ask(&mut workspace, "PUT", "faults", script).0, 200);
        let expected = r#"{"faults":[{"page":3,"after":0,"times":2,"delay_ms":0,"kind":{"status":{"code":503}}}],"fired":[0]}"#;
        assert_eq!(ask(&mut workspace, "GET", "faults", "").1, expected);
        assert_eq!(ask(&mut workspace, "PUT", "faults", r#"[{"pag":3}]"#).0, 400);
        assert_eq!(ask(&mut workspace, "GET", "faults", "").1, expected);
    }

    #[test]
    fn every_refusal_has_a_reason() {
        let rest = r#""analytics_tracking_enabled":true,"tags":[]"#;
        let mut workspace = Workspace::new().with_segments(sample(2, 1));
        let before = ask(&mut workspace, "GET", "segments", "");
        for (method, route, body, reason) in [
            ("POST", "create", "", "EOF"),
            ("POST", "create", "5", "expected"),
            ("POST", "create", "{}", "id is missing"),
            ("POST", "create", &format!(r#"{{"name":"n",{rest}}}"#), "id is missing"),
            ("POST", "create", &format!(r#"{{"id":"x",{rest}}}"#), "name is missing"),
            ("POST", "create", r#"{"id":"x","name":"n"}"#, "analytics_tracking_enabled is missing"),
            ("POST", "create", &format!(r#"{{"id":"","name":"n",{rest}}}"#), "id is empty"),
            ("POST", "create", &format!(r#"{{"id":"x","id":"y",{rest}}}"#), "id appears twice"),
            ("POST", "create", &format!(r#"{{"id":5,"name":"n",{rest}}}"#), "id: invalid type"),
            ("POST", "archive", "", "EOF"),
            ("POST", "archive", "{}", "missing field `id`"),
            ("POST", "restore", r#"{"id":null}"#, "id: invalid type"),
            ("POST", "rename", r#"{"id":"x"}"#, "missing field `name`"),
            ("POST", "retag", r#"{"id":"x","tags":[null]}"#, "tags[0]: invalid type"),
            ("POST", "tracking", r#"{"id":"x","analytics_tracking_enabled":1}"#, "invalid type"),
            ("PUT", "faults", r#"[{"kind":{"status":{"code":99}}}]"#, "[0]: the code of a status"),
            ("PUT", "faults", r#"[{"kind":{"status":{"code":"x"}}}]"#, "[0].kind.status.code: inv"),
            ("PUT", "faults", r#"[{},{"kind":"explode"}]"#, "[1].kind"),
        ] {
            let (status, said) = ask(&mut workspace, method, route, body);
            let said: serde_json::Value = serde_json::from_str(&said).unwrap();
            let said = said["message"].as_str().unwrap();
            assert_eq!(status, 400, "{route} {body}: {said}");
            assert!(said.contains(reason), "{route} {body}: {said}");
        }
        assert_eq!(ask(&mut workspace, "GET", "segments", ""), before);
        assert_eq!(ask(&mut workspace, "GET", "faults", "").1, r#"{"faults":[],"fired":[]}"#);
    }

    #[test]
    fn what_is_wrong_changes_nothing() {
        let mut workspace = Workspace::new().with_segments(sample(2, 1));
        let before = ask(&mut workspace, "GET", "segments", "");
        for (method, route, body, status) in [
            ("POST", "archive", r#"{"id":"nobody"}"#, 404),
            ("POST", "archive", "", 400),
            ("POST", "archive", r#"{"id":"x","really":true}"#, 400),
            ("POST", "create", r#"{"id":""}"#, 400),
            ("POST", "nothing", "{}", 404),
            ("GET", "archive", "", 405),
            ("POST", "faults", "[]", 405),
            ("DELETE", "segments", "", 405),
        ] {
            assert_eq!(ask(&mut workspace, method, route, body).0, status, "{method} {route}");
        }
        assert_eq!(ask(&mut workspace, "GET", "segments", ""), before);
    }

    #[test]
    fn only_the_loopback_is_let_in() {
        let status = |peer: &str, host: &str, method: Method, kind: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
            let refused = refusal(SocketAddr::new(peer.parse().unwrap(), 9), &method, &headers);
            refused.map(|response| response.status().as_u16())
        };
        let json = "application/json; charset=utf-8";
        for host in ["127.0.0.1:80", "localhost", "LOCALHOST:1", "[::1]:80", "127.9.9.9"] {
            assert_eq!(status("127.0.0.1", host, Method::POST, json), None, "{host}");
        }
        for host in
            ["evil.example", "127.0.0.1.evil.example", "a@localhost", "10.0.0.1", "", "[::2]"]
        {
            assert_eq!(status("::1", host, Method::GET, json), Some(403), "{host}");
        }
        assert_eq!(status("::ffff:127.0.0.1", "localhost", Method::GET, json), None);
        assert_eq!(status("10.0.0.1", "localhost", Method::GET, json), Some(403));
        assert_eq!(status("::1", "localhost", Method::PUT, "text/plain"), Some(415));
        assert_eq!(status("::1", "localhost", Method::GET, "text/plain"), None);
    }
}
