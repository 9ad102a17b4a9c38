use std::time::Duration;

use http::{Method, Response, StatusCode};
use segments_core::Segment;
use serde::Serialize;

use crate::admin::edit::Edit;
use crate::admin::refusal::Refusal;
use crate::admin::response::{json, message};
use crate::faults::script::Script;
use crate::workspace::Workspace;

/// The start of every admin path.
pub(crate) const PREFIX: &str = "/_emulator/";

/// The largest body, in bytes.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// How long a body may take.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Answers an admin request that may be answered.
pub(crate) fn answer(
    workspace: &mut Workspace,
    method: &Method,
    path: &str,
    body: &[u8],
) -> Result<Response<Vec<u8>>, Refusal> {
    let route = path.strip_prefix(PREFIX).ok_or(Refusal::NoSuchRoute)?;
    let is_get = method == Method::GET;
    let is_post = method == Method::POST;

    let edit = match route {
        "log" if is_get => return Ok(json(StatusCode::OK, workspace.log())),
        "segments" if is_get => return Ok(json(StatusCode::OK, &AllSegments::of(workspace))),
        "faults" if is_get => return Ok(json(StatusCode::OK, &Faults::of(workspace))),
        "faults" if method == Method::PUT => Edit::Faults,
        "create" if is_post => Edit::Create,
        "archive" if is_post => Edit::Archive,
        "restore" if is_post => Edit::Restore,
        "rename" if is_post => Edit::Rename,
        "retag" if is_post => Edit::Retag,
        "tracking" if is_post => Edit::Tracking,

        "log" | "segments" => return Err(Refusal::Method("GET")),
        "faults" => return Err(Refusal::Method("GET, PUT")),
        "create" | "archive" | "restore" | "rename" | "retag" | "tracking" => {
            return Err(Refusal::Method("POST"));
        }
        _ => return Err(Refusal::NoSuchRoute),
    };

    edit.apply(workspace, body)?;
    Ok(message(StatusCode::OK, "success"))
}

#[derive(Serialize)]
struct Faults<'a> {
    faults: &'a Script,
    fired: Vec<u32>,
}

impl<'a> Faults<'a> {
    fn of(workspace: &'a Workspace) -> Self {
        let script = workspace.script();
        Self { faults: script, fired: script.fired().collect() }
    }
}

#[derive(Serialize)]
struct AllSegments<'a> {
    segments: Vec<SegmentRecord<'a>>,
}

#[derive(Serialize)]
struct SegmentRecord<'a> {
    #[serde(flatten)]
    segment: &'a Segment,
    archived: bool,
}

impl<'a> AllSegments<'a> {
    fn of(workspace: &'a Workspace) -> Self {
        let record = |(segment, archived)| SegmentRecord { segment, archived };
        Self { segments: workspace.all_segments().map(record).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segments::sample::sample;

    fn ask(workspace: &mut Workspace, method: &str, route: &str, body: &str) -> (u16, String) {
        let method = method.parse().unwrap();
        let answered = answer(workspace, &method, &format!("{PREFIX}{route}"), body.as_bytes());
        let response = answered.unwrap_or_else(Refusal::into_response);
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
            ("POST", "create", "", "ends too early"),
            ("POST", "create", "5", "expected"),
            ("POST", "create", "{}", "id is missing"),
            ("POST", "create", &format!(r#"{{"name":"n",{rest}}}"#), "id is missing"),
            ("POST", "create", &format!(r#"{{"id":"x",{rest}}}"#), "name is missing"),
            ("POST", "create", r#"{"id":"x","name":"n"}"#, "analytics_tracking_enabled is missing"),
            ("POST", "create", &format!(r#"{{"id":"","name":"n",{rest}}}"#), "id is empty"),
            ("POST", "create", &format!(r#"{{"id":"x","id":"y",{rest}}}"#), "id appears twice"),
            ("POST", "create", &format!(r#"{{"id":5,"name":"n",{rest}}}"#), "id: invalid type"),
            ("POST", "archive", "", "ends too early"),
            ("POST", "archive", "{}", "missing field `id`"),
            ("POST", "restore", r#"{"id":null}"#, "id: invalid type"),
            ("POST", "rename", r#"{"id":"x"}"#, "missing field `name`"),
            ("POST", "retag", r#"{"id":"x","tags":[null]}"#, "tags[0]: invalid type"),
            ("POST", "tracking", r#"{"id":"x","analytics_tracking_enabled":1}"#, "invalid type"),
            ("PUT", "faults", r#"[{"kind":{"status":{"code":99}}}]"#, "[0]: the status code"),
            ("PUT", "faults", r#"[{"kind":{"status":{"code":"x"}}}]"#, "[0].kind.status.code: inv"),
            ("PUT", "faults", r#"[{},{"kind":"explode"}]"#, "[1].kind"),
        ] {
            let (status, text) = ask(&mut workspace, method, route, body);
            let body_json: serde_json::Value = serde_json::from_str(&text).unwrap();
            let message = body_json["message"].as_str().unwrap();
            assert_eq!(status, 400, "{route} {body}: {message}");
            assert!(message.contains(reason), "{route} {body}: {message}");
        }

        assert_eq!(ask(&mut workspace, "GET", "segments", ""), before);
        assert_eq!(ask(&mut workspace, "GET", "faults", "").1, r#"{"faults":[],"fired":[]}"#);
    }

    #[test]
    fn a_refused_request_changes_nothing() {
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
}
