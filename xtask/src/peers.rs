//! `cargo xtask peers`: how long other clients take for the same list, and how much memory.
//!
//! Needs npm, Python 3, GNU time and the network, so CI does not run it. It writes its table and
//! its plot into `docs/`.

use std::path::Path;

use crate::figures::{self, Table};
use crate::measure::{self, Run, median};
use crate::plot::{Line, Plot};
use crate::programs::{self, Program, Server};
use crate::step::Steps;

const SIZES: [usize; 3] = [250, 2_000, 20_000];

/// Each program takes its turn so many times, the others in between.
const ROUNDS: usize = 5;

pub(crate) fn run(root: &Path) -> bool {
    let mut steps = Steps::new(root);
    let needed = ["npm --version", "python3 --version", measure::TOOL];
    if let Some(missing) = needed.iter().find(|tool| !steps.works(tool)) {
        steps.skip("peers", &format!("{missing}: missing"));
    } else if let Some(others) = install(&mut steps, root) {
        let segments = programs::segments(root, "release");
        let ours = [
            programs::ours("segments", &segments, &[]),
            programs::ours("segments, walk", &segments, &["--goal", "walk"]),
            programs::blocking(root, "release"),
        ];
        let programs: Vec<Program> = ours.into_iter().chain(others).collect();
        steps.check("exports", || compare(root, &segments, &programs).map_err(|error| vec![error]));
    }
    steps.finish()
}

fn install(steps: &mut Steps, root: &Path) -> Option<[Program; 3]> {
    let ready = steps.check("a folder of our own", || programs::prepare(root))
        && steps.run(
            "cargo build --release --locked --package segments-cli --package segments-examples",
        );
    ready.then(|| {
        Some([
            programs::braze_api(steps)?,
            programs::dlt(steps, root)?,
            programs::airbyte(steps, root)?,
        ])
    })?
}

fn compare(root: &Path, segments: &Path, programs: &[Program]) -> Result<(), String> {
    let folder = programs::folder(root);
    let mut rows: Vec<Vec<Run>> = vec![Vec::new(); programs.len()];
    for size in SIZES {
        let server = Server::start(&folder, segments, size, None);
        let server = server.map_err(|error| error.to_string())?;
        let mut runs: Vec<Vec<Run>> = vec![Vec::new(); programs.len()];
        for _ in 0..ROUNDS {
            for (program, runs) in programs.iter().zip(&mut runs) {
                runs.push(measure::run(program, &folder, &server.url, size)?);
            }
        }
        for (row, runs) in rows.iter_mut().zip(&runs) {
            row.push(median(runs));
        }
    }
    table(programs, &rows).write(root, "peers")?;
    figures::draw(root, "peers", &plot(programs, &rows))
}

fn table(programs: &[Program], rows: &[Vec<Run>]) -> Table {
    let mut table =
        Table::new(&["program", "250", "2,000", "20,000", "× the first", "processor", "memory"]);
    let ours = rows[0].last().map_or(1.0, |run| run.wall);
    for (program, runs) in programs.iter().zip(rows) {
        let mut cells = vec![program.name.clone()];
        cells.extend(runs.iter().map(|run| format!("{:.2} s", run.wall)));
        if let Some(Run { wall, cpu, memory }) = runs.last() {
            cells.push(format!("{:.1}", wall / ours));
            cells.push(format!("{cpu:.2} s"));
            cells.push(format!("{:.1} MB", memory / 1e3));
        }
        table.row(&cells);
    }
    table
}

#[allow(clippy::cast_precision_loss)]
fn plot(programs: &[Program], rows: &[Vec<Run>]) -> Plot<'static> {
    let line = |(program, runs): (&Program, &Vec<Run>)| Line {
        name: program.name.clone(),
        points: SIZES.iter().zip(runs).map(|(size, run)| (*size as f64, run.wall)).collect(),
    };
    Plot {
        title: "The whole list, from the start of the program to its end",
        x: "segments",
        y: "seconds",
        lines: programs.iter().zip(rows).map(line).collect(),
    }
}
