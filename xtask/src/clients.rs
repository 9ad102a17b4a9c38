//! `cargo xtask clients`: programs of other people against `segments serve`, and ours beside them.
//!
//! Needs npm, Python 3 and the network, so CI does not run it. What came out last stands in
//! `docs/clients.md`.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::programs::{self, Program, Says, Server};
use crate::step::Steps;

/// What the emulator is told, and what a right answer is.
const SCENARIOS: [Scenario; 11] = [
    Scenario::new("nothing goes wrong", 250, "[]"),
    Scenario::new("the last page is full", 200, "[]"),
    Scenario::new("no segments", 0, "[]"),
    Scenario::new("page 1: 503 once", 250, r#"[{"page":1,"kind":{"status":{"code":503}}}]"#),
    Scenario::new(
        "page 1: 429, resets in 3 s",
        250,
        r#"[{"page":1,"kind":{"rate_limited":{"reset_in":3}}}]"#,
    ),
    Scenario::new("page 1: cut after 1000 bytes, once", 250, r#"[{"page":1,"kind":{"cut":1000}}]"#),
    Scenario::new(
        "page 1: HTML with 200, always",
        250,
        r#"[{"page":1,"times":null,"kind":"html"}]"#,
    ),
    Scenario::new(
        "page 1: no key `segments`, once",
        250,
        r#"[{"page":1,"kind":"missing_segments"}]"#,
    ),
    Scenario::new(
        "page 1: empty, once",
        250,
        r#"[{"page":1,"kind":{"body":"{\"segments\":[],\"message\":\"success\"}"}}]"#,
    ),
    Scenario::new(
        "page 1: another `message` and no segments",
        250,
        r#"[{"page":1,"times":null,"kind":{"body":"{\"segments\":[],\"message\":\"Internal error\"}"}}]"#,
    ),
    Scenario::new("`page` is ignored", 250, r#"[{"times":null,"kind":"ignore_page"}]"#),
];

/// After this a program is taken to have no end.
const PATIENCE: Duration = Duration::from_secs(40);

struct Scenario {
    name: &'static str,
    segments: usize,
    faults: &'static str,
}

impl Scenario {
    const fn new(name: &'static str, segments: usize, faults: &'static str) -> Self {
        Self { name, segments, faults }
    }
}

pub(crate) fn run(root: &Path) -> bool {
    let mut steps = Steps::new(root);
    if let Some([braze_api, dlt]) = install(&mut steps, root) {
        let (folder, segments) = (programs::folder(root), programs::segments(root, "debug"));
        let programs = [
            programs::ours("segments", &segments, &[]),
            programs::blocking(root, "debug"),
            braze_api,
            dlt,
        ];
        steps.check("scenarios", || compare(&folder, &segments, &programs));
    }
    steps.finish()
}

fn install(steps: &mut Steps, root: &Path) -> Option<[Program; 2]> {
    let ready = steps.check("a folder of our own", || programs::prepare(root))
        && steps.run("cargo build --package segments-cli --package segments-examples");
    ready.then(|| Some([programs::braze_api(steps)?, programs::dlt(steps, root)?]))?
}

/// Prints a table, and complains where ours is silently wrong, or another fails without a fault.
fn compare(folder: &Path, segments: &Path, programs: &[Program]) -> Result<(), Vec<String>> {
    let mut complaints = Vec::new();
    let names: Vec<_> = programs.iter().map(|program| program.name.as_str()).collect();
    println!("| | {} |\n|---|{}", names.join(" | "), "---|".repeat(programs.len()));
    for scenario in SCENARIOS {
        let mut cells = Vec::new();
        for program in programs {
            // Ours must be right or fail; of others it is only noted.
            let ours = program.says == Says::Rows;
            let seen = observe(folder, segments, program, &scenario)
                .map_err(|error| vec![format!("{}: {error}", program.name)])?;
            let right = seen.is(scenario.segments);
            let fair = right || ours && seen.failed_with_nothing();
            if !fair && (ours || scenario.faults == "[]") {
                complaints.push(format!("{}: {}: {}", program.name, scenario.name, seen.words()));
            }
            cells.push(if right || seen.failed() {
                seen.words()
            } else {
                format!("**{}**", seen.words())
            });
        }
        println!("| {} | {} |", scenario.name, cells.join(" | "));
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

/// How a program ended, and what it had.
struct Seen {
    status: Option<ExitStatus>,
    counts: Option<(usize, usize)>,
}

impl Seen {
    fn is(&self, segments: usize) -> bool {
        self.succeeded() && self.counts == Some((segments, segments))
    }

    fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    fn failed(&self) -> bool {
        self.status.is_some_and(|status| !status.success())
    }

    fn failed_with_nothing(&self) -> bool {
        self.failed() && self.counts.is_none_or(|(rows, _)| rows == 0)
    }

    fn words(&self) -> String {
        let rows = match self.counts {
            None => "no result".to_owned(),
            Some((rows, distinct)) if rows == distinct => format!("{rows}"),
            Some((rows, distinct)) => format!("{rows}, {distinct} distinct"),
        };
        match self.status {
            None => format!("no end in {} s", PATIENCE.as_secs()),
            Some(status) if status.success() => format!("{rows}, exit 0"),
            Some(status) => format!("error, exit {}", status.code().unwrap_or(-1)),
        }
    }
}

fn observe(
    folder: &Path,
    segments: &Path,
    program: &Program,
    scenario: &Scenario,
) -> io::Result<Seen> {
    let faults = folder.join("faults.json");
    fs::write(&faults, scenario.faults)?;
    let server = Server::start(folder, segments, scenario.segments, Some(&faults))?;
    let status = wait(&mut program.command(folder, &server.url)?.spawn()?)?;
    Ok(Seen { status, counts: program.counts(folder)? })
}

fn wait(program: &mut Child) -> io::Result<Option<ExitStatus>> {
    #[allow(clippy::disallowed_methods)]
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(status) = program.try_wait()? {
            return Ok(Some(status));
        }
        sleep(Duration::from_millis(20));
    }
    program.kill()?;
    program.wait()?;
    Ok(None)
}
