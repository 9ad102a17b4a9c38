use std::time::Duration;

use http::{Method, Response, StatusCode, Uri};
use segments_core::Segment;
use serde::Serialize;

use crate::admin::change::Change;
use crate::admin::fault_state::FaultState;
use crate::admin::overview::{Overview, Query};
use crate::admin::refusal::Refusal;
use crate::admin::response::{json, message};
use crate::workspace::Workspace;

/// The start of every admin path.
pub(crate) const PREFIX: &str = "/_emulator/";

/// The largest body, in bytes.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// How long a body may take.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// An admin request that may be answered.
#[derive(Debug)]
pub(crate) struct AdminRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) body: &'a [u8],
    /// The time since the Unix epoch.
    pub(crate) now: Duration,
}

pub(crate) fn answer(
    workspace: &mut Workspace,
    request: &AdminRequest<'_>,
) -> Result<Response<Vec<u8>>, Refusal> {
    let route = request.uri.path().strip_prefix(PREFIX).ok_or(Refusal::NoSuchRoute)?;
    let is_get = request.method == Method::GET;
    let is_post = request.method == Method::POST;
    let is_put = request.method == Method::PUT;

    let change = match route {
        "log" if is_get => return Ok(json(StatusCode::OK, workspace.log())),
        "segments" if is_get => return Ok(json(StatusCode::OK, &AllSegments::of(workspace))),
        "faults" if is_get => return Ok(json(StatusCode::OK, &FaultState::of(workspace))),
        "planned" if is_get => return Ok(json(StatusCode::OK, workspace.schedule.planned())),
        "overview" if is_get => {
            let query = Query::of(request.uri);
            return Ok(json(StatusCode::OK, &Overview::of(workspace, &query, request.now)));
        }
        "faults" if is_put => Change::Faults,
        "planned" if is_put => Change::Planned,
        "create" if is_post => Change::Create,
        "archive" if is_post => Change::Archive,
        "restore" if is_post => Change::Restore,
        "rename" if is_post => Change::Rename,
        "retag" if is_post => Change::Retag,
        "tracking" if is_post => Change::Tracking,

        "log" | "segments" | "overview" => return Err(Refusal::Method("GET")),
        "faults" | "planned" => return Err(Refusal::Method("GET, PUT")),
        "create" | "archive" | "restore" | "rename" | "retag" | "tracking" => {
            return Err(Refusal::Method("POST"));
        }
        _ => return Err(Refusal::NoSuchRoute),
    };

    change.apply(workspace, request.body)?;
    Ok(message(StatusCode::OK, "success"))
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
    use http::Request;
    use serde_json::{Value, json};

    use super::*;
    use crate::faults::fault::Fault;
    use crate::faults::script::Script;
    use crate::segments::sample::sample;

    /// 2020-06-17 20:57:03 UTC.
    const NOW: Duration = Duration::from_secs(1_592_427_423);

    fn ask(workspace: &mut Workspace, method: &str, route: &str, body: &str) -> (u16, String) {
        let (method, uri) = (method.parse().unwrap(), format!("{PREFIX}{route}").parse().unwrap());
        let body = body.as_bytes();
        let request = AdminRequest { method: &method, uri: &uri, body, now: NOW };
        let answered = answer(workspace, &request);
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
    fn edits_are_planned_shown_and_made() {
        let mut workspace = Workspace::new().with_key("k").with_segments(sample(3, 1));
        let id = workspace.segments().next().unwrap().id().to_owned();
        let plan = format!(
            r#"[{{"after_page":0,"edit":{{"archive":"{id}"}}}},{{"after_page":1,"edit":{{"rename":{{"id":"{id}","name":"Z"}}}}}}]"#
        );
        assert_eq!(ask(&mut workspace, "PUT", "planned", &plan).0, 200);
        assert_eq!(ask(&mut workspace, "GET", "planned", ""), (200, plan));

        read(&mut workspace, 1);
        assert_eq!((workspace.len(), workspace.get(&id).unwrap().name()), (3, "Z"));
        read(&mut workspace, 0);
        assert_eq!(workspace.len(), 2);
        assert_eq!(ask(&mut workspace, "GET", "planned", ""), (200, "[]".to_owned()));

        for wrong in ["{}", r#"[{"edit":{"archive":"a"}}]"#, r#"[{"after_page":0,"edit":"close"}]"#]
        {
            assert_eq!(ask(&mut workspace, "PUT", "planned", wrong).0, 400, "{wrong}");
        }
    }

    fn read(workspace: &mut Workspace, page: u32) {
        let request = Request::get(format!("/segments/list?page={page}"));
        let request = request.header("authorization", "Bearer k").body(()).unwrap();
        workspace.answer(&request, NOW);
    }

    fn overview(workspace: &mut Workspace, query: &str) -> Value {
        let (status, text) = ask(workspace, "GET", &format!("overview{query}"), "");
        assert_eq!(status, 200, "{query}");
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn an_overview_tells_which_segments_were_not_sent() {
        let mut workspace = Workspace::new().with_key("k").with_segments(sample(5, 1));
        workspace.set_page_size(2);
        let ids: Vec<_> = workspace.segments().map(|segment| segment.id().to_owned()).collect();
        let plan = format!(r#"[{{"after_page":0,"edit":{{"archive":"{}"}}}}]"#, ids[0]);
        assert_eq!(ask(&mut workspace, "PUT", "planned", &plan).0, 200);

        // The third segment moves to page 0 before page 1 is read.
        for page in 0..3 {
            read(&mut workspace, page);
        }
        let all = overview(&mut workspace, "");
        let numbers =
            ["responses", "listed", "archived", "not_sent", "selected"].map(|name| &all[name]);
        assert_eq!(numbers, [3, 4, 1, 1, 5], "{all}");
        assert_eq!(
            all["edits"],
            json!([{"after": 1, "edit": {"archive": ids[0]}, "name": sample(5, 1)[0].name()}])
        );
        assert_eq!(all["planned"], json!([]));
        let pages: Vec<_> =
            all["segments"].as_array().unwrap().iter().map(|row| &row["page"]).collect();
        assert_eq!(pages, [&json!(null), &json!(0), &json!(0), &json!(1), &json!(1)]);
        assert_eq!(all["requests"][0]["page"], 2, "the last one comes first");
        assert_eq!(all["rate_limit"]["remaining"], 249_997);
        assert_eq!(all["rate_limit"]["reset"], "2020-06-17T21:00:00Z");

        let rows = |query: &str, workspace: &mut Workspace| -> Vec<String> {
            let found = overview(workspace, query)["segments"].take();
            found
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["id"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(rows("?show=not_sent", &mut workspace), [&*ids[2]]);
        assert_eq!(rows("?show=archived&since=x&other=1", &mut workspace), [&*ids[0]]);
        assert_eq!(rows("?show=listed", &mut workspace), ids[1..]);
        assert_eq!(rows(&format!("?find={}", ids[3].to_uppercase()), &mut workspace), [&*ids[3]]);
        assert_eq!(rows("?find=no%20such%20name", &mut workspace), [""; 0]);

        assert_eq!(overview(&mut workspace, "?since=3")["not_sent"], 4);
        read(&mut workspace, 0);
        assert_eq!(overview(&mut workspace, "?since=3")["not_sent"], 2);
    }

    #[test]
    fn only_a_whole_page_counts_as_sent() {
        for (fault, expected) in [
            (Fault::delay(Duration::ZERO), 0),
            (Fault::drip(Duration::ZERO), 0),
            (Fault::gzip(), 0),
            (Fault::errors(["minor"]), 0),
            (Fault::endless(), 0),
            (Fault::status(503), 2),
            (Fault::cut(9), 2),
            (Fault::stall(9), 2),
            (Fault::close(), 2),
            (Fault::reset(9), 2),
            (Fault::verbatim("x"), 2),
            (Fault::html(), 2),
            (Fault::missing_segments(), 2),
            (Fault::message("failure"), 2),
        ] {
            let text = format!("{fault:?}");
            let script = Script::new().then(fault);
            let mut workspace = Workspace::new().with_key("k").with_segments(sample(2, 1));
            workspace.set_faults(script);
            read(&mut workspace, 0);
            assert_eq!(overview(&mut workspace, "")["not_sent"], expected, "{text}");
        }
    }

    #[test]
    fn an_overview_is_bounded() {
        let mut workspace = Workspace::new().with_key("k").with_segments(sample(1001, 1));
        for page in 0..60 {
            read(&mut workspace, page);
        }
        let all = overview(&mut workspace, "");
        assert_eq!(all["segments"].as_array().unwrap().len(), 1000);
        assert_eq!((&all["selected"], &all["responses"]), (&json!(1001), &json!(60)));
        assert_eq!(all["requests"].as_array().unwrap().len(), 50);
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
            ("PUT", "faults", r#"[{"kind":"close"},{"kind":"explode"}]"#, "[1].kind"),
            ("PUT", "faults", r#"[{"page":1,"times":2,"delay_ms":0}]"#, "[0]: the fault changes"),
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
