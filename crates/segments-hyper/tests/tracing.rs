//! Spans and events: their names, their parents, and what is in none of them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::Full;
use segments_core::{Api, ApiKey, Endpoint, Export, Goal, Plan, Segment};
use segments_emulator::{Emulator, Fault, Script, Server, Workspace};
use segments_hyper::{Body, Client, Reader};
use segments_tests::peer::Nobody;
use tokio::time::Instant;
use tower_service::Service;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber, info_span};
use tracing_subscriber::layer::{Context as LayerContext, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

const KEY: &str = "CANARY-75480f9a-4db8-4057-8b7e-4d59bfd73709";

type Fields = BTreeMap<&'static str, String>;

/// A span or an event.
#[derive(Clone, Debug, Default)]
struct Seen {
    name: &'static str,
    parent: Option<&'static str>,
    fields: Fields,
}

/// Keeps every span and event, in the order of their begin.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Records>>);

#[derive(Debug, Default)]
struct Records {
    /// With their ids.
    spans: Vec<(u64, Seen)>,
    events: Vec<Seen>,
}

struct Collect<'a>(&'a mut Fields);

impl Visit for Collect<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        let span = context.span(id).unwrap();
        let parent = span.parent().map(|parent| parent.name());
        let mut seen = Seen { name: span.name(), parent, ..Seen::default() };
        attributes.record(&mut Collect(&mut seen.fields));
        self.0.lock().unwrap().spans.push((id.into_u64(), seen));
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, _: LayerContext<'_, S>) {
        let mut all = self.0.lock().unwrap();
        // Ids are used again.
        let (_, seen) = all.spans.iter_mut().rfind(|(known, _)| *known == id.into_u64()).unwrap();
        record.record(&mut Collect(&mut seen.fields));
    }

    fn on_event(&self, event: &Event<'_>, context: LayerContext<'_, S>) {
        let parent = context.event_span(event).map(|parent| parent.name());
        let mut seen = Seen { name: event.metadata().target(), parent, ..Seen::default() };
        event.record(&mut Collect(&mut seen.fields));
        self.0.lock().unwrap().events.push(seen);
    }
}

impl Recorder {
    /// Spans of this name, of all that follows on this thread.
    fn spans(&self, name: &str) -> Vec<Seen> {
        let all = self.0.lock().unwrap();
        all.spans.iter().map(|(_, seen)| seen).filter(|seen| seen.name == name).cloned().collect()
    }

    /// The crate's own events with this text.
    fn events(&self, message: &str) -> Vec<Seen> {
        let is_ours = |seen: &&Seen| seen.name.starts_with("segments_hyper");
        let all = self.0.lock().unwrap();
        let events = all.events.iter().filter(is_ours);
        events.filter(|seen| seen.fields["message"] == message).cloned().collect()
    }

    fn text(&self) -> String {
        format!("{:?}", self.0.lock().unwrap())
    }
}

fn recorder() -> (Recorder, tracing::subscriber::DefaultGuard) {
    let recorder = Recorder::default();
    let subscriber = tracing_subscriber::registry().with(recorder.clone());
    (recorder, tracing::subscriber::set_default(subscriber))
}

/// A workspace whose segments have names and tags that must not be seen.
fn workspace(segments: u32) -> Workspace {
    let row = |id: u32| Segment::new(format!("CANARY-{id}"), "CANARY-name", true, ["CANARY-tag"]);
    Workspace::new().with_key(KEY).with_segments((0..segments).map(row).map(Result::unwrap))
}

fn export(url: &str, plan: Plan) -> Export {
    Export::new(Api::new(Endpoint::new(url).unwrap(), ApiKey::new(KEY).unwrap()), plan)
}

/// Answers in virtual time, in a span of its own, as a `TraceLayer` does.
#[derive(Clone)]
struct Braze(Arc<Mutex<Workspace>>, Instant);

impl Service<Request<Body>> for Braze {
    type Response = Response<Full<bytes::Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let _span = info_span!("of_the_caller").entered();
        // Ten seconds before the quota of an hour is renewed.
        let now = Duration::from_secs(1_800_003_590) + self.1.elapsed();
        let response = self.0.lock().unwrap().answer(&request, now);
        ready(Ok(response.map(Into::into)))
    }
}

fn in_virtual_time(workspace: Workspace, plan: Plan) -> Reader {
    let braze = Braze(Arc::new(Mutex::new(workspace)), Instant::now());
    Reader::new(export("https://braze.invalid", plan), braze)
}

#[tokio::test(start_paused = true)]
async fn requests_are_children_of_the_span_that_made_the_reader() {
    let (recorder, _guard) = recorder();
    let mut reader = {
        let _handler = info_span!("handler").entered();
        in_virtual_time(workspace(250), Plan::new(Goal::Walk))
    };
    reader.collect_all().await.unwrap();

    let [export] = &recorder.spans("segments.export")[..] else { panic!("{}", recorder.text()) };
    assert_eq!(export.parent, Some("handler"));
    assert_eq!(export.fields["server.address"], "braze.invalid");
    assert_eq!(export.fields["server.port"], "443");
    assert_eq!(export.fields["segments.goal"], "walk");
    assert_eq!(export.fields["segments.count"], "250");
    assert!(!export.fields.contains_key("error.type"));

    let attempts = recorder.spans("segments.attempt");
    assert_eq!(attempts.len().to_string(), export.fields["segments.requests"]);
    for attempt in &attempts {
        assert_eq!(attempt.parent, Some("segments.export"));
        assert_eq!(attempt.fields["http.request.method"], "GET");
        assert_eq!(attempt.fields["url.path"], "/segments/list");
        assert_eq!(attempt.fields["server.address"], "braze.invalid");
        assert_eq!(attempt.fields["http.response.status_code"], "200");
        assert!(!attempt.fields.contains_key("http.request.resend_count"));
        assert!(!attempt.fields.contains_key("error.type"));
    }
    let first = "https://braze.invalid/segments/list?sort_direction=asc";
    assert_eq!(attempts[0].fields["url.full"], first);

    let theirs = recorder.spans("of_the_caller");
    assert_eq!(theirs.len(), attempts.len());
    assert!(theirs.iter().all(|span| span.parent == Some("segments.attempt")));
}

#[tokio::test(start_paused = true)]
async fn retries_waits_and_anomalies_are_events() {
    let (recorder, _guard) = recorder();
    let faults = Script::new()
        .then(Fault::status(503).page(1))
        .then(Fault::rate_limited(Duration::from_secs(7)).page(2));
    // A page has more rows than documented.
    let workspace = workspace(450).with_page_size(150).with_faults(faults);
    let plan = Plan::new(Goal::Walk).with_window(1);
    let mut reader = in_virtual_time(workspace, plan);
    reader.collect_all().await.unwrap();

    let failed = recorder.events("the attempt failed");
    let errors: Vec<_> = failed.iter().map(|event| &*event.fields["error.type"]).collect();
    assert_eq!(errors, ["503", "429"]);
    assert!(failed.iter().all(|event| event.fields["segments.outcome"] == "retry"));
    assert!(failed.iter().all(|event| event.parent == Some("segments.export")));

    let waits = recorder.events("waiting");
    let reasons: Vec<_> = waits.iter().map(|event| &*event.fields["segments.wait_for"]).collect();
    assert_eq!(reasons[..2], ["retry", "rate_limit"]);
    // After a 429 the next requests are spaced out.
    assert!(reasons[2..].iter().all(|reason| *reason == "rate_limit"), "{reasons:?}");
    assert!(waits[1].fields["segments.wait"].parse::<f64>().unwrap() >= 7.0);

    let anomalies = recorder.events("anomaly");
    assert_eq!(anomalies.len(), 3);
    assert!(anomalies.iter().all(|event| event.fields["segments.anomaly"] == "long_page"));

    let attempts = recorder.spans("segments.attempt");
    let again = attempts.iter().filter(|it| it.fields.contains_key("http.request.resend_count"));
    let again: Vec<_> = again.map(|it| &*it.fields["http.request.resend_count"]).collect();
    assert_eq!(again, ["1", "1"]);
    let failures = attempts.iter().filter_map(|it| it.fields.get("error.type"));
    assert_eq!(failures.collect::<Vec<_>>(), ["503", "429"]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_an_empty_quota_is_an_event() {
    let (recorder, _guard) = recorder();
    let workspace = workspace(450).with_rate_limit(4);
    let mut reader = in_virtual_time(workspace, Plan::new(Goal::Walk).with_window(1));
    let (segments, report) = reader.collect_all().await.unwrap();
    assert_eq!((segments.len(), report.retries), (450, 0));

    let waits = recorder.events("waiting");
    assert_eq!(waits.len() as u64, report.waits);
    assert_eq!(waits[0].fields["segments.wait_for"], "rate_limit");
    let told: f64 = waits.iter().map(|it| it.fields["segments.wait"].parse::<f64>().unwrap()).sum();
    assert!((told - report.waited.as_secs_f64()).abs() < 0.1, "{told} {:?}", report.waited);
}

#[tokio::test]
async fn a_failure_of_the_transport_has_its_kind() {
    let (recorder, _guard) = recorder();
    let nobody = Nobody::new();
    let mut plan = Plan::new(Goal::Walk);
    plan.retry.max_attempts = 1;
    let client = Client::builder().plain_http().build().unwrap();
    let mut reader = Reader::new(export(&format!("http://{}", nobody.addr()), plan), client);
    reader.collect_all().await.unwrap_err();

    let attempts = recorder.spans("segments.attempt");
    assert_eq!(attempts[0].fields["error.type"], "connect");
    assert_eq!(attempts[0].fields["server.port"], nobody.addr().port().to_string());
    let exports = recorder.spans("segments.export");
    assert_eq!(exports[0].fields["error.type"], "connect");
}

#[tokio::test]
async fn no_key_no_header_and_no_body_is_in_a_span_or_an_event() {
    let echo = format!("Invalid API key: {KEY}");
    for fault in [
        Fault::status(401).header("x-request-id", KEY),
        Fault::message(&echo),
        Fault::status(503).header("retry-after", KEY),
        Fault::redirect(format!("https://{KEY}.example/")),
        Fault::body(format!(r#"{{"{KEY}":[],"message":"success"}}"#)),
        Fault::html(),
        Fault::cut(120),
    ] {
        let (recorder, _guard) = recorder();
        let script = Script::new().then(fault.clone().page(1).times(2));
        let emulator = Emulator::new(workspace(250).with_faults(script));
        let server = Server::bind(emulator, ([127, 0, 0, 1], 0)).await.unwrap();

        let client = Client::builder().plain_http().build().unwrap();
        let mut reader = Reader::new(export(&server.url(), Plan::new(Goal::Complete)), client);
        let _ = reader.collect_all().await;

        assert!(!recorder.spans("segments.attempt").is_empty());
        let text = recorder.text();
        // hyper has spans of its own, also without anything of ours.
        assert!(!text.contains("CANARY"), "{fault:?}: {text}");
        assert!(!text.contains("Invalid API key"), "{fault:?}: {text}");
    }
}
