//! `cargo xtask scale`: what an export costs as the list grows, and how fast the program is.
//!
//! It writes its figures and its plots into `docs/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::figures::{self, Table};
use crate::measure::{self, Run, median, middle};
use crate::plot::{Line, Plot, number};
use crate::programs::{self, Server};
use crate::step::Steps;

const GOALS: [&str; 2] = ["walk", "complete"];
const PAGES: [u32; 6] = [1, 10, 100, 1_000, 3_000, 10_000];
const ROUNDS: usize = 5;

/// With fewer segments, their share of the memory does not show.
const ENOUGH: f64 = 100_000.0;

/// A server that answers after 50 ms.
const SLOW: &str = r#"[{"times":null,"delay_ms":50}]"#;
const SLOW_PAGES: usize = 100;

/// What one export in memory cost.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// Microseconds in the machine for each page of the list.
    time: f64,
    /// Bytes for each segment, while the segments themselves are let go as they come.
    memory: Option<f64>,
}

pub(crate) fn run(root: &Path) -> bool {
    let mut steps = Steps::new(root);
    // Apart, as `bench` and `peers` build them: together they would share their features.
    let ready = steps.check("a folder of our own", || programs::prepare(root))
        && steps.run("cargo build --release --locked --package segments-cli")
        && steps.run("cargo build --release --locked --package segments-benches --bin bench");
    if ready {
        let bench = programs::target_directory(root).join("release/bench");
        steps.check("lists of 1 to 10,000 pages", || {
            grow(root, &bench).map_err(|error| vec![error])
        });
        let program =
            Timed { folder: programs::folder(root), segments: programs::segments(root, "release") };
        if steps.works(measure::TOOL) {
            steps.check("the program", || program.measure(root).map_err(|error| vec![error]));
        } else {
            steps.skip("the program", "memory is measured by GNU time, which is missing");
        }
    }
    steps.finish()
}

fn grow(root: &Path, bench: &Path) -> Result<(), String> {
    let mut lines: [Vec<(f64, Cost)>; 2] = Default::default();
    for pages in PAGES {
        for (goal, line) in GOALS.iter().zip(&mut lines) {
            let costs: Result<Vec<_>, _> = (0..ROUNDS).map(|_| cost(bench, goal, pages)).collect();
            let costs = costs?;
            // What else runs on the machine only ever adds.
            let time = costs.iter().map(|cost| cost.time).fold(f64::INFINITY, f64::min);
            let memory: Option<Vec<f64>> = costs.iter().map(|cost| cost.memory).collect();
            line.push((f64::from(pages), Cost { time, memory: memory.map(middle) }));
        }
    }
    let mut table = Table::new(&[
        "pages",
        "walk, a page",
        "complete, a page",
        "walk, a segment",
        "complete, a segment",
    ]);
    for ((pages, walk), (_, complete)) in lines[0].iter().zip(&lines[1]) {
        table.row(&[
            number(*pages),
            format!("{:.0} µs", walk.time),
            format!("{:.0} µs", complete.time),
            bytes(walk.memory),
            bytes(complete.memory),
        ]);
    }
    table.write(root, "growth")?;
    let plot = |title, y, figure: fn(&Cost) -> Option<f64>| Plot {
        title,
        x: "pages",
        y,
        lines: GOALS
            .iter()
            .zip(&lines)
            .map(|(goal, line)| {
                let points = line.iter().filter_map(|(pages, cost)| Some((*pages, figure(cost)?)));
                Line { name: (*goal).to_owned(), points: points.collect() }
            })
            .collect(),
    };
    let time = plot("Time in the machine", "µs for each page of the list", |cost| Some(cost.time));
    figures::draw(root, "time", &time)?;
    let memory = plot("Memory beyond the segments", "bytes for each segment", |cost| cost.memory);
    figures::draw(root, "memory", &memory)
}

fn cost(bench: &Path, goal: &str, pages: u32) -> Result<Cost, String> {
    let output = Command::new(bench).args([&format!("grow/{goal}"), &pages.to_string()]).output();
    let output = output.map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout);
    let mut numbers = said.split(' ').filter_map(|word| word.trim().parse::<f64>().ok());
    match [numbers.next(), numbers.next(), numbers.next()] {
        [Some(nanoseconds), Some(segments), Some(bytes)] => {
            let memory = (segments >= ENOUGH).then_some(bytes / segments);
            Ok(Cost { time: nanoseconds / 1e3, memory })
        }
        _ => Err(format!("{goal} {pages}: {said}")),
    }
}

fn bytes(memory: Option<f64>) -> String {
    memory.map_or_else(String::new, |bytes| format!("{bytes:.0} B"))
}

/// The program, from its start to its end.
struct Timed {
    folder: PathBuf,
    segments: PathBuf,
}

impl Timed {
    fn measure(&self, root: &Path) -> Result<(), String> {
        let mut table = Table::new(&["what", "wall", "processor", "memory"]);
        let starts: Result<Vec<_>, _> = (0..10 * ROUNDS)
            .map(|_| measure::wall(Command::new(&self.segments).arg("--version")))
            .collect();
        let start = format!("{:.4} s", middle(starts?));
        table.row(&["`--version`".to_owned(), start, String::new(), String::new()]);
        let mut row = |what: &str, Run { wall, cpu, memory }: Run| {
            table.row(&[
                what.to_owned(),
                format!("{wall:.2} s"),
                format!("{cpu:.2} s"),
                format!("{:.1} MB", memory / 1e3),
            ]);
        };
        for goal in GOALS {
            let run = self.export(20_000, None, ROUNDS, &["--goal", goal])?;
            row(&format!("`--goal {goal}`, 20,000 segments"), run);
        }
        // By default an export of so many would take more memory than is allowed.
        for goal in GOALS {
            let run = self.export(1_000_000, None, 1, &["--goal", goal, "--max-memory", "1GiB"])?;
            row(&format!("`--goal {goal} --max-memory 1GiB`, 1,000,000 segments"), run);
        }
        let faults = self.folder.join("slow.json");
        fs::write(&faults, SLOW).map_err(|error| error.to_string())?;
        for window in ["1", "8"] {
            let arguments = ["--goal", "walk", "--window", window];
            let run = self.export(100 * SLOW_PAGES, Some(&faults), 3, &arguments)?;
            row(&format!("{SLOW_PAGES} pages after 50 ms each, `--window {window}`"), run);
        }
        table.write(root, "program")
    }

    fn export(
        &self,
        segments: usize,
        faults: Option<&Path>,
        rounds: usize,
        arguments: &[&str],
    ) -> Result<Run, String> {
        let program = programs::ours("segments", &self.segments, arguments);
        let server = Server::start(&self.folder, &self.segments, segments, faults);
        let server = server.map_err(|error| error.to_string())?;
        let runs: Result<Vec<_>, _> = (0..rounds)
            .map(|_| measure::run(&program, &self.folder, &server.url, segments))
            .collect();
        Ok(median(&runs?))
    }
}
