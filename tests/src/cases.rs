//! One table: what a server does, and what must come of it in every layer.
//!
//! The layers are the bare core in virtual time, the two adapters over sockets, and the program.
//! Each runs the whole table and asks [`Case::judge`]; none has cases of its own here.

use std::time::Duration;

use segments_core::{ApiKey, Goal, Plan, Segment, SortDirection};
use segments_emulator::{Fault, Key, Script, Workspace, sample};

use crate::world::KEY;

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it is about.
    pub name: &'static str,
    /// What is listed, before [`Script`] and [`Case::key`].
    pub segments: Vec<Segment>,
    /// What goes wrong.
    pub script: Script,
    /// With which key it is asked; [`KEY`] is the right one.
    pub key: &'static str,
    /// What is allowed.
    pub limits: Limits,
    /// The exit code of the program.
    pub exit: u8,
    /// The name of the reason; empty for a success.
    pub reason: &'static str,
}

/// The limits that every layer can be given.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Attempts at one page.
    pub attempts: u32,
    /// The longest wait that a server can ask for.
    pub max_wait: Duration,
    /// The time for one try.
    pub timeout: Duration,
    /// The most pages.
    pub max_pages: u32,
    /// The order.
    pub sort: SortDirection,
}

impl Limits {
    /// As a plan for a walk.
    pub fn plan(&self) -> Plan {
        let mut plan = Plan::new(Goal::Walk);
        plan.retry.max_attempts = self.attempts;
        plan.retry.max_wait = self.max_wait;
        plan.timeout = self.timeout;
        plan.max_pages = self.max_pages;
        plan.sort_direction = self.sort;
        plan
    }

    /// As arguments of `segments export`.
    pub fn arguments(&self) -> Vec<String> {
        let millis = |duration: Duration| format!("{}ms", duration.as_millis());
        let arguments = [
            ("--goal", "walk".to_owned()),
            ("--max-attempts", self.attempts.to_string()),
            ("--max-wait", millis(self.max_wait)),
            ("--timeout", millis(self.timeout)),
            ("--max-pages", self.max_pages.to_string()),
            ("--sort", self.sort.to_string()),
        ];
        arguments.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]).collect()
    }
}

impl Case {
    /// The workspace, as it is before the first request.
    ///
    /// # Panics
    /// Never: the keys are valid.
    pub fn workspace(&self) -> Workspace {
        let mut workspace = Workspace::new()
            .with_key(KEY)
            .with_segments(self.segments.clone())
            .with_faults(self.script.clone());
        let other = ApiKey::new(NOT_FOR_SEGMENTS).expect("a key");
        workspace.add_key(Key::new(other, ["campaigns.list"]));
        workspace
    }

    /// Panics unless a layer did what it should: its exit code (if it has one), the name of the
    /// reason, and the segments that it gave.
    ///
    /// # Panics
    /// As said.
    pub fn judge(&self, layer: &str, exit: Option<u8>, reason: &str, segments: &[Segment]) {
        let Self { name, .. } = self;
        assert_eq!(reason, self.reason, "{layer}: {name}");
        assert!(exit.is_none_or(|exit| exit == self.exit), "{layer}: {name}: exit {exit:?}");
        assert_eq!(exit_of(reason), self.exit, "{name}: the table contradicts itself");
        let mut truth = self.segments.clone();
        if self.limits.sort == SortDirection::Desc {
            truth.reverse();
        }
        if reason.is_empty() {
            assert_eq!(segments, truth, "{layer}: {name}");
        } else {
            // A stream may have begun; what it gave is the beginning of the list.
            assert!(truth.starts_with(segments), "{layer}: {name}");
        }
    }
}

/// The exit code that the program promises for a reason.
///
/// # Panics
/// If there is no such reason.
pub fn exit_of(reason: &str) -> u8 {
    match reason {
        "" => 0,
        "not_proven" => 3,
        "refused" => 4,
        "rate_limited" => 5,
        "server" => 6,
        "transport" => 7,
        "protocol" | "paging" => 8,
        "deadline" => 9,
        _ => panic!("no such reason: {reason}"),
    }
}

const NOT_FOR_SEGMENTS: &str = "CANARY-campaigns-only";

fn case(name: &'static str, count: usize) -> Case {
    let limits = Limits {
        attempts: 5,
        max_wait: Duration::from_secs(60),
        timeout: Duration::from_secs(10),
        max_pages: 100,
        sort: SortDirection::Asc,
    };
    let (segments, script) = (sample(count, 1), Script::new());
    Case { name, segments, script, key: KEY, limits, exit: 0, reason: "" }
}

impl Case {
    /// Ends for this reason.
    fn ends(self, reason: &'static str) -> Self {
        Self { exit: exit_of(reason), reason, ..self }
    }

    fn fault(self, fault: Fault) -> Self {
        Self { script: self.script.then(fault), ..self }
    }

    fn attempts(mut self, attempts: u32) -> Self {
        self.limits.attempts = attempts;
        self
    }

    fn timeout(mut self, millis: u64) -> Self {
        self.limits.timeout = Duration::from_millis(millis);
        self
    }
}

/// All cases.
pub fn table() -> Vec<Case> {
    [lists(), refusals(), passing(), lasting(), no_pages()].concat()
}

fn segment(id: &str, name: &str) -> Segment {
    Segment::new(id, name, true, ["a tag", ""]).expect("an id")
}

/// Nothing goes wrong.
fn lists() -> Vec<Case> {
    let odd = [
        segment("../x y\n", "line\u{2028}end \u{202e}\u{1b}[2J \0 \"quoted\", =1+1"),
        segment("\u{1f469}\u{200d}\u{1f467}", ""),
        segment("-", "ä\u{308}ß"),
    ];
    let mut newest_first = case("newest first", 150);
    newest_first.limits.sort = SortDirection::Desc;
    vec![
        case("nothing", 0),
        case("one", 1),
        case("a full page", 100),
        case("two full pages", 200),
        case("three pages", 250),
        newest_first,
        Case { segments: odd.to_vec(), ..case("odd texts", 0) },
        case("success with minor errors", 3).fault(Fault::errors(["minor"]).forever()),
        case("no key segments behind the end", 100)
            .fault(Fault::missing_segments().page(1).forever())
            .fault(Fault::missing_segments().page(2).forever()),
        case("unusable rate limit headers", 3).fault(
            Fault::delay(Duration::ZERO)
                .header("x-ratelimit-remaining", "\u{fc}")
                .header("x-ratelimit-reset", "soon")
                .forever(),
        ),
    ]
}

/// The server knows the key, or not.
fn refusals() -> Vec<Case> {
    let key = |key, case: Case| Case { key, ..case };
    vec![
        key("CANARY-unknown-key", case("an unknown key", 3)).ends("refused"),
        key(NOT_FOR_SEGMENTS, case("a key without permission", 3)).ends("refused"),
        case("401 from page 1 on", 250).fault(Fault::status(401).page(1).forever()).ends("refused"),
    ]
}

/// What is over soon costs a retry and nothing else.
fn passing() -> Vec<Case> {
    let once = |name, fault: Fault| case(name, 150).fault(fault.page(1).times(1));
    vec![
        once("408 once", Fault::status(408)),
        once("425 once", Fault::status(425)),
        once("500 once", Fault::status(500)),
        once("502 once", Fault::status(502)),
        once("503 once", Fault::status(503)),
        once("504 once", Fault::status(504)),
        once("520 once", Fault::status(520)),
        once("524 once", Fault::status(524)),
        once("429 for no time", Fault::rate_limited(Duration::ZERO)),
        once("429 for a second", Fault::rate_limited(Duration::from_secs(1))),
        once("503 with Retry-After", Fault::status(503).header("retry-after", "1")),
        once("cut at its beginning", Fault::cut(0)),
        once("cut in the middle", Fault::cut(1000)),
        once("closed", Fault::close()),
        once("JSON that ends too early", Fault::body(&b"{\"segments\":[{\"id\":\"a\""[..])),
        once("JSON that is none", Fault::body(&b"{\"segments\":[}"[..])),
        once("segments are null", Fault::null_segments()),
        once("not HTTP", Fault::verbatim(&b"what?\r\n\r\n"[..])),
        once("stalled", Fault::stall(500)).timeout(400),
        once("late", Fault::delay(Duration::from_secs(30))).timeout(400),
    ]
}

/// What is not over soon ends the export once the attempts are used up, and not before.
fn lasting() -> Vec<Case> {
    let always = |name, fault: Fault| case(name, 150).attempts(2).fault(fault.page(1).forever());
    let mut far = case("429 for an hour", 3).fault(Fault::rate_limited(Duration::from_secs(3600)));
    far.limits.max_wait = Duration::from_secs(5);
    // So long that a window of 4 does not reach its end before the limit is noticed.
    let mut many = case("more pages than allowed", 950);
    many.limits.max_pages = 2;
    vec![
        always("503 for ever", Fault::status(503)).ends("server"),
        always("429 for ever", Fault::rate_limited(Duration::ZERO)).ends("rate_limited"),
        far.ends("rate_limited"),
        always("cut for ever", Fault::cut(1000)).ends("transport"),
        always("closed for ever", Fault::close()).ends("transport"),
        always("JSON always too short", Fault::body(&b"{\"segments\":["[..])).ends("transport"),
        always("stalled for ever", Fault::stall(500)).timeout(300).ends("transport"),
        always("byte by byte", Fault::drip(Duration::from_millis(20)))
            .timeout(300)
            .ends("transport"),
        many.ends("paging"),
        always("the same page again", Fault::ignore_page()).ends("paging"),
    ]
}

/// Answers that are no page, and will not become one.
fn no_pages() -> Vec<Case> {
    let first = |name, fault: Fault| case(name, 150).fault(fault.forever()).ends("protocol");
    let body = |name, body: &'static str| first(name, Fault::body(body.as_bytes()));
    vec![
        first("HTML", Fault::html()),
        first("a redirect", Fault::redirect("https://evil.example/segments/list")),
        first("compressed", Fault::gzip()),
        first("another message", Fault::message("Campaign not found")),
        first("no body", Fault::empty_body()),
        first("201", Fault::status(201)),
        first("204", Fault::status(204)),
        first("206", Fault::status(206)),
        first("304", Fault::status(304)),
        first("400", Fault::status(400)),
        first("404", Fault::status(404)),
        first("405", Fault::status(405)),
        first("407", Fault::status(407)),
        first("410", Fault::status(410)),
        first("422", Fault::status(422)),
        first("501", Fault::status(501)),
        first("505", Fault::status(505)),
        first("999", Fault::status(999)),
        first("never HTTP", Fault::verbatim(&b"what?\r\n\r\n"[..])),
        first("never JSON", Fault::body(&b"\xff\xfe"[..])),
        body("null", "null"),
        body("a list", "[]"),
        body("a row without an id", r#"{"segments":[{"name":"a"}],"message":"success"}"#),
        body(
            "an empty id",
            r#"{"segments":[{"id":"","name":"","analytics_tracking_enabled":true}],"message":"success"}"#,
        ),
        body("text behind the page", r#"{"segments":[],"message":"success"} {}"#),
        body("segments is an object", r#"{"segments":{},"message":"success"}"#),
        first("without end", Fault::endless()),
    ]
}
