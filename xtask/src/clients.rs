//! `cargo xtask clients`: programs of other people against `segments serve`, and ours beside them.
//!
//! Needs npm, Python 3 and the network, so CI does not run it. `docs/clients.md` has the last result.

use std::process::{Child, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;
use xshell::Shell;

use crate::programs::{Place, Program, Says};
use crate::step::{Steps, none};

/// A name, the segments of the right result, and what the emulator does.
const SCENARIOS: [(&str, usize, &str); 11] = [
    ("nothing goes wrong", 250, "[]"),
    ("the last page is full", 200, "[]"),
    ("no segments", 0, "[]"),
    ("page 1: 503 once", 250, r#"[{"page":1,"kind":{"status":{"code":503}}}]"#),
    ("page 1: 429, resets in 3 s", 250, r#"[{"page":1,"kind":{"rate_limited":{"reset_in":3}}}]"#),
    ("page 1: cut after 1000 bytes, once", 250, r#"[{"page":1,"kind":{"cut":1000}}]"#),
    ("page 1: HTML with 200, always", 250, r#"[{"page":1,"times":null,"kind":"html"}]"#),
    ("page 1: no key `segments`, once", 250, r#"[{"page":1,"kind":"missing_segments"}]"#),
    (
        "page 1: empty, once",
        250,
        r#"[{"page":1,"kind":{"body":"{\"segments\":[],\"message\":\"success\"}"}}]"#,
    ),
    (
        "page 1: another `message` and no segments",
        250,
        r#"[{"page":1,"times":null,"kind":{"body":"{\"segments\":[],\"message\":\"Internal error\"}"}}]"#,
    ),
    ("`page` is ignored", 250, r#"[{"times":null,"kind":"ignore_page"}]"#),
];

/// After this a program is taken to have no end.
const PATIENCE: Duration = Duration::from_secs(40);

pub(crate) fn run(sh: &Shell, steps: &mut Steps) {
    let Some(place) = Place::prepare(sh, steps) else { return };
    let others = [Place::braze_api(sh, steps), place.dlt(sh, steps)].into_iter().flatten();
    let ours = [place.ours(), place.blocking()];
    let programs: Vec<Program> = ours.into_iter().chain(others).collect();
    steps.check("scenarios", || compare(&place, &programs));
}

/// Prints a table, and complains where ours is silently wrong, or another fails without a fault.
fn compare(place: &Place, programs: &[Program]) -> Result<()> {
    let mut complaints = Vec::new();
    let names: Vec<_> = programs.iter().map(|program| program.name.as_str()).collect();
    println!("| | {} |\n|---|{}", names.join(" | "), "---|".repeat(programs.len()));

    for (scenario, segments, faults) in SCENARIOS {
        let mut cells = Vec::new();
        for program in programs {
            let server = place.serve(segments, faults)?;
            let mut process = program.command(&place.folder, &server.url)?.spawn()?;
            let status = wait(&mut process)?;
            let seen = Seen { status, counts: program.counts(&place.folder)? };

            // Ours must be right, or fail with nothing; of others it is only noted.
            let (ours, right) = (program.says == Says::Rows, seen.is_right(segments));
            let fair = right || ours && seen.failed() && seen.rows() == 0;
            if !fair && (ours || faults == "[]") {
                complaints.push(format!("{}: {scenario}: {}", program.name, seen.words()));
            }
            let words = seen.words();
            cells.push(if right || seen.failed() { words } else { format!("**{words}**") });
        }
        println!("| {scenario} | {} |", cells.join(" | "));
    }
    none(complaints)
}

/// How a program ended, and what it had read.
struct Seen {
    status: Option<ExitStatus>,
    counts: Option<(usize, usize)>,
}

impl Seen {
    fn is_right(&self, segments: usize) -> bool {
        let succeeded = self.status.is_some_and(|status| status.success());
        succeeded && self.counts == Some((segments, segments))
    }

    fn failed(&self) -> bool {
        self.status.is_some_and(|status| !status.success())
    }

    fn rows(&self) -> usize {
        self.counts.map_or(0, |(rows, _)| rows)
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

fn wait(program: &mut Child) -> Result<Option<ExitStatus>> {
    #[allow(clippy::disallowed_methods)]
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(status) = program.try_wait()? {
            return Ok(Some(status));
        }
        sleep(Duration::from_millis(20));
    }

    program.kill()?;
    program.wait()?;
    Ok(None)
}
