//! `cargo xtask bench`: instructions and allocations of the work in `benches/`, held against those
//! that were saved.
//!
//! Counts, because times on a shared machine drift. They still belong to one compiler, one libc and
//! one kind of processor, so a new one of those is a reason to save them anew, and CI does not look.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::figures::Table;
use crate::plot::number;
use crate::programs::{Server, target_directory};
use crate::step::Steps;

const BASELINE: &str = "benches/baseline.txt";

/// Less than this is noise, in parts of the saved count.
const NOISE: f64 = 0.02;

/// What is done in memory: counted under one name, after a first round.
const IN_MEMORY: [Case; 13] = [
    Case::new("decode/segments", 128),
    Case::new("decode/serde-owned", 128),
    Case::new("decode/serde-cow", 128),
    Case::new("decode/serde-value", 128),
    Case::new("decode/sonic-rs-owned", 128),
    Case::new("request/segments", 128),
    Case::new("request/formatted", 128),
    Case::new("write/ndjson", 128),
    Case::new("write/serde-ndjson", 128),
    Case::new("write/csv", 128),
    Case::new("write/plain-csv", 128),
    Case::new("export/walk", 600),
    Case::new("export/complete", 600),
];

/// Whole clients, against a server in another process. What one page more costs is counted, so that
/// connecting and ending do not.
const CLIENTS: [&str; 6] = [
    "client/socket",
    "client/hyper-util",
    "client/reqwest",
    "client/ureq",
    "client/segments-hyper",
    "client/segments-blocking",
];
const FEW: u64 = 20;
const MANY: u64 = 220;

/// A piece of work, done twice, and the pages in it.
struct Case {
    name: &'static str,
    pages: u64,
}

impl Case {
    const fn new(name: &'static str, pages: u64) -> Self {
        Self { name, pages }
    }
}

/// For one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Count {
    instructions: u64,
    /// Where they are the same from page to page.
    allocations: Option<u64>,
}

type Counts = BTreeMap<String, Count>;

pub(crate) fn run(root: &Path, save: bool) -> bool {
    let mut steps = Steps::new(root);
    let name = "counts";
    if !steps.works("valgrind --version") {
        steps.skip(name, "valgrind is missing");
        return steps.finish();
    }
    if steps.run("cargo build --release --locked --package segments-benches --bin bench") {
        let bench = Bench { program: target_directory(root).join("release/bench") };
        steps.check(name, || {
            let counts = bench.count().map_err(|error| vec![error])?;
            let path = root.join(BASELINE);
            let saved = read(&fs::read_to_string(&path).unwrap_or_default());
            print(&counts, &saved);
            if save {
                fs::write(&path, write(&counts)).map_err(|error| vec![error.to_string()])?;
                return table(&counts).write(root, "counts").map_err(|error| vec![error]);
            }
            let moved = moved(&counts, &saved);
            if moved.is_empty() { Ok(()) } else { Err(moved) }
        });
    }
    steps.finish()
}

struct Bench {
    program: PathBuf,
}

impl Bench {
    fn count(&self) -> Result<Counts, String> {
        let mut counts = Counts::new();
        for Case { name, pages } in IN_MEMORY {
            let instructions = self.instructions(&[name, "2"], true)? / pages;
            // An export's answers are made in the same process, and their allocations with them.
            let allocations = match name.split_once('/') {
                Some(("export", _)) => None,
                _ => Some((self.allocations(name, "3")? - self.allocations(name, "1")?) / pages),
            };
            counts.insert(name.to_owned(), Count { instructions, allocations });
        }
        let mut serve = Command::new(&self.program);
        serve.args(["serve", "300"]);
        let server = Server::run(serve).map_err(|error| error.to_string())?;
        for name in CLIENTS {
            let read =
                |pages: u64| self.instructions(&[name, &pages.to_string(), &server.url], false);
            let instructions = (read(MANY)? - read(FEW)?) / (MANY - FEW);
            counts.insert(name.to_owned(), Count { instructions, allocations: None });
        }
        Ok(counts)
    }

    fn instructions(&self, args: &[&str], in_memory: bool) -> Result<u64, String> {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        if in_memory {
            command.arg("--toggle-collect=*measured*");
        }
        // Each byte of a `rep movsb` or `rep stosb` would count as an instruction.
        command.env(
            "GLIBC_TUNABLES",
            "glibc.cpu.x86_rep_movsb_threshold=100000000:\
             glibc.cpu.x86_rep_stosb_threshold=100000000",
        );
        self.number_behind("Collected :", command, args)
    }

    fn allocations(&self, case: &str, times: &str) -> Result<u64, String> {
        let mut command = Command::new("valgrind");
        command.args(["--tool=dhat", "--dhat-out-file=/dev/null"]);
        self.number_behind("bytes in", command, &[case, times])
    }

    fn number_behind(
        &self,
        word: &str,
        mut command: Command,
        args: &[&str],
    ) -> Result<u64, String> {
        let command = command.arg(&self.program).args(args).stdin(Stdio::null());
        let output = command.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr);
        let number = said.lines().find_map(|line| {
            let number = line.split_once(word)?.1.trim_start().split(' ').next()?;
            number.replace(',', "").parse().ok()
        });
        number.filter(|_| output.status.success()).ok_or_else(|| format!("{args:?}: {said}"))
    }
}

fn write(counts: &Counts) -> String {
    let head = "\
# For one page of 100 segments: instructions, and allocations where they can be told.
# Written by `cargo xtask bench --save`.
";
    let line = |(name, count): (&String, &Count)| {
        let allocations = count.allocations.map_or("-".to_owned(), |count| count.to_string());
        format!("{name:26}{:9}{allocations:>6}\n", count.instructions)
    };
    counts.iter().map(line).fold(head.to_owned(), |text, line| text + &line)
}

fn table(counts: &Counts) -> Table {
    let mut table = Table::new(&["work", "instructions", "allocations"]);
    for (name, Count { instructions, allocations }) in counts {
        #[allow(clippy::cast_precision_loss)]
        let instructions = number(*instructions as f64);
        let allocations = allocations.map(|count| count.to_string()).unwrap_or_default();
        table.row(&[format!("`{name}`"), instructions, allocations]);
    }
    table
}

fn read(text: &str) -> Counts {
    let count = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next().filter(|name| *name != "#")?;
        let instructions = words.next()?.parse().ok()?;
        let allocations = words.next()?.parse().ok();
        Some((name.to_owned(), Count { instructions, allocations }))
    };
    text.lines().filter_map(count).collect()
}

fn print(counts: &Counts, saved: &Counts) {
    println!("{:26}{:>12}{:>9}{:>13}", "", "instructions", "moved", "allocations");
    for (name, count) in counts {
        let moved = saved.get(name).map(|saved| format!("{:+.1} %", 100.0 * change(count, saved)));
        let allocations = count.allocations.map(|count| count.to_string());
        println!(
            "{name:26}{:>12}{:>9}{:>13}",
            count.instructions,
            moved.unwrap_or_default(),
            allocations.unwrap_or_default(),
        );
    }
}

fn moved(counts: &Counts, saved: &Counts) -> Vec<String> {
    let complaint = |(name, count): (&String, &Count)| {
        let Some(before) = saved.get(name) else { return Some(format!("{name}: not saved yet")) };
        let Count { instructions, allocations } = before;
        let same = allocations == &count.allocations && change(count, before).abs() <= NOISE;
        (!same).then(|| {
            let allocations = (*allocations, count.allocations);
            let allocations = match allocations {
                (Some(before), Some(now)) if before != now => {
                    format!(", {before} allocations and now {now}")
                }
                _ => String::new(),
            };
            format!(
                "{name}: {instructions} instructions and now {}{allocations}",
                count.instructions
            )
        })
    };
    let mut complaints: Vec<_> = counts.iter().filter_map(complaint).collect();
    if !complaints.is_empty() {
        complaints.push("If that is meant: cargo xtask bench --save".to_owned());
    }
    complaints
}

#[allow(clippy::cast_precision_loss)]
fn change(count: &Count, saved: &Count) -> f64 {
    count.instructions as f64 / saved.instructions as f64 - 1.0
}
