//! One case, and how a layer is judged by it.

use std::collections::HashSet;
use std::time::Duration;

use segments_core::{ApiKey, Goal, Plan, Segment, SortDirection};
use segments_emulator::{Key, Workspace};
use serde_json::Value;

use crate::echoes::piece_in;
use crate::peer::{Peer, Serving, redirecting};
use crate::world::KEY;

/// No case takes longer in any layer, and none is expected to end for it.
const DEADLINE: Duration = Duration::from_secs(300);

/// A key that the workspace of every case knows, without the permission.
pub(super) const NOT_FOR_SEGMENTS: &str = "CANARY-campaigns-only";

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// The row that it belongs to, such as `H13`.
    pub row: &'static str,
    /// What it is about.
    pub name: &'static str,
    /// Who is asked.
    pub peer: Peer,
    /// Whether it takes a socket, so that the bare core has no part in it.
    pub wire: bool,
    /// With which key it is asked; [`KEY`] is the right one.
    pub key: &'static str,
    /// What is read, and what is allowed.
    pub limits: Limits,
    /// What must come of it.
    pub expected: Expected,
}

/// What is read, and the limits that every layer can be given.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// What is to be reached.
    pub goal: Goal,
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

/// What must come of a case.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// The name of the reason; empty for a success.
    pub reason: &'static str,
    /// What comes out; of a failed walk, what a part from the beginning can come out of.
    pub list: Vec<Segment>,
    /// What the error says, in these words among others.
    pub says: &'static str,
    /// How often the page was asked for that ended the export.
    pub tries: Option<u32>,
    /// How many requests were sent again, for free or not.
    pub retries: Option<u64>,
    /// The kind of anomalies that there is.
    pub anomalies: &'static str,
    /// The shortest time that it takes.
    pub waits: Duration,
}

/// How a layer came to its end.
#[derive(Debug, Default)]
pub struct Ended {
    /// The code of the program.
    pub exit: Option<u8>,
    /// The error as a report has it; `null` for a success.
    pub error: Value,
    /// The report.
    pub report: Value,
    /// What came out.
    pub segments: Vec<Segment>,
    /// All else that was said.
    pub text: String,
    /// How long it took.
    pub took: Duration,
}

impl Limits {
    /// As a plan.
    pub fn plan(&self) -> Plan {
        let mut plan = Plan::new(self.goal);
        plan.retry.max_attempts = self.attempts;
        plan.retry.max_wait = self.max_wait;
        plan.timeout = self.timeout;
        plan.max_pages = self.max_pages;
        plan.sort_direction = self.sort;
        plan.deadline = Some(DEADLINE);
        plan
    }

    /// As arguments of `segments export`.
    pub fn arguments(&self) -> Vec<String> {
        let millis = |duration: Duration| format!("{}ms", duration.as_millis());
        let mut arguments = vec![
            ("--goal", self.goal.to_string()),
            ("--max-attempts", self.attempts.to_string()),
            ("--max-wait", millis(self.max_wait)),
            ("--timeout", millis(self.timeout)),
            ("--max-pages", self.max_pages.to_string()),
            ("--deadline", millis(DEADLINE)),
        ];

        if self.goal == Goal::Walk {
            arguments.push(("--sort", self.sort.to_string()));
        }

        arguments.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]).collect()
    }
}

impl Case {
    /// The workspace, as it is before the first request.
    ///
    /// # Panics
    /// If the case is none of a workspace.
    pub fn workspace(&self) -> Workspace {
        let workspace = match &self.peer {
            Peer::Emulator(workspace) => Workspace::clone(workspace),
            Peer::Redirects { status, target } => {
                redirecting(*status, &target.replace("TRAP", "127.0.0.1:9"))
            }
            peer => panic!("{}: {peer:?} has no workspace", self.name),
        };

        let mut workspace = workspace.with_key(KEY);
        let other = ApiKey::new(NOT_FOR_SEGMENTS).expect("a key");
        workspace.add_key(Key::new(other, ["campaigns.list"]));
        workspace
    }

    /// The other end, on a socket.
    pub fn serve(&self) -> Serving {
        match &self.peer {
            Peer::Emulator(_) => Serving::emulator(self.workspace()),
            peer => peer.serve(KEY),
        }
    }

    /// Panics unless a layer did what it should.
    ///
    /// # Panics
    /// As said.
    pub fn judge(&self, layer: &str, ended: &Ended) {
        let name = format!("{layer}: {}: {}", self.row, self.name);
        let Ended { exit, error, report, segments, text, took } = ended;
        let expected = &self.expected;
        let said = format!("{text} {error} {report}");

        assert!(!said.contains("CANARY"), "{name}: {said}");
        assert_eq!(piece_in(self.key, said.as_bytes()), None, "{name}: {said}");

        let reason = error["reason"].as_str().unwrap_or_default();
        assert_eq!(reason, expected.reason, "{name}: {said}");
        assert!(exit.is_none_or(|exit| exit == exit_of(reason)), "{name}: exit {exit:?}");
        assert!(*took <= DEADLINE, "{name}: {took:?}");

        self.judge_list(&name, segments);
        let words = ["text", "advice"].map(|part| error[part].as_str().unwrap_or_default());
        let words = words.join(" ");

        assert!(words.contains(expected.says), "{name}: {words}");

        if let Some(tries) = expected.tries {
            assert_eq!(error["attempts"], tries, "{name}: {said}");
        }

        if let Some(retries) = expected.retries {
            // On sockets the next request can meet the connection that a fault has just closed.
            let more = u64::from(layer != "core" && retries > 0);
            // There a connection that was kept, and closes before an answer, is replaced for free.
            let count = |field: &str| report[field].as_u64().expect("a number");
            let counted = count("retries") + count("stale_connections");
            let fits = (retries..=retries + more).contains(&counted);
            assert!(fits, "{name}: {counted} sent again instead of {retries}: {said}");
        }

        let anomalies = report["anomalies"].as_array().map_or(&[][..], Vec::as_slice);
        let found = anomalies.iter().any(|sign| sign["kind"] == expected.anomalies);

        assert!(expected.anomalies.is_empty() || found, "{name}: {anomalies:?}");
        assert!(*took >= expected.waits, "{name}: {took:?}");
    }

    /// What came out is the list, or, of a walk that failed, its beginning, or nothing.
    fn judge_list(&self, name: &str, segments: &[Segment]) {
        let list = &self.expected.list;
        if self.expected.reason.is_empty() {
            assert_eq!(segments, list, "{name}");
        } else if self.limits.goal == Goal::Walk {
            assert!(list.starts_with(segments), "{name}: {segments:?}");
        } else {
            let ids: HashSet<_> = segments.iter().map(Segment::id).collect();
            assert_eq!(ids.len(), segments.len(), "{name}: {segments:?}");
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
