//! `cargo xtask bench`: instructions and allocations of the work in `benches/`, compared with the
//! table in `docs/performance.md`.
//!
//! Counts, because times on a shared machine drift. They still belong to one compiler, one libc and
//! one kind of processor, so a new one of those is a reason to save them anew, and CI does not look.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use xshell::{Cmd, Shell, cmd};

use crate::server::{Server, target_directory};
use crate::step::{Steps, none, works};

const DOCUMENT: &str = "docs/performance.md";

/// What the table is between.
const BEGIN: &str = "<!-- counts: begin -->\n";
const END: &str = "<!-- counts: end -->";

/// Less than this is noise, in parts of the saved count.
const NOISE: f64 = 0.02;

/// What is done in memory, and the pages in it: counted under one name, after a first round.
const IN_MEMORY: [(&str, u64); 13] = [
    ("decode/segments", 128),
    ("decode/serde-owned", 128),
    ("decode/serde-cow", 128),
    ("decode/serde-value", 128),
    ("decode/sonic-rs-owned", 128),
    ("request/segments", 128),
    ("request/formatted", 128),
    ("write/ndjson", 128),
    ("write/serde-ndjson", 128),
    ("write/csv", 128),
    ("write/plain-csv", 128),
    ("export/walk", 600),
    ("export/complete", 600),
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

/// Each byte of a `rep movsb` or `rep stosb` would count as an instruction.
const NO_REP: &str = "glibc.cpu.x86_rep_movsb_threshold=100000000:\
                      glibc.cpu.x86_rep_stosb_threshold=100000000";

/// For one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Count {
    instructions: u64,
    /// Where they are the same from page to page.
    allocations: Option<u64>,
}

type Counts = BTreeMap<String, Count>;

pub(crate) fn run(sh: &Shell, steps: &mut Steps, save: bool) {
    if !works(cmd!(sh, "valgrind --version")) {
        return steps.skip("counts", "valgrind is missing");
    }
    let bench = ["--package", "segments-benches", "--bin", "bench"];
    if !steps.run(cmd!(sh, "cargo build --release --locked {bench...}")) {
        return;
    }
    steps.check("counts", || {
        let bench = Bench { sh, program: target_directory(sh).join("release/bench") };
        let document = sh.read_file(DOCUMENT)?;
        let (before, rest) = document.split_once(BEGIN).context(BEGIN)?;
        let (saved, after) = rest.split_once(END).context(END)?;

        let (counts, saved) = (bench.count()?, read(saved));
        print(&counts, &saved);
        if !save {
            return none(moved(&counts, &saved));
        }
        let table = write(&counts);
        Ok(sh.write_file(DOCUMENT, format!("{before}{BEGIN}\n{table}\n{END}{after}"))?)
    });
}

struct Bench<'a> {
    sh: &'a Shell,
    program: PathBuf,
}

impl Bench<'_> {
    fn count(&self) -> Result<Counts> {
        let mut counts = Counts::new();
        for (name, pages) in IN_MEMORY {
            let instructions = self.instructions(&[name, "2"], true)? / pages;
            // An export's responses are made in the same process, and their allocations with them.
            let allocations = if name.starts_with("export/") {
                None
            } else {
                Some((self.allocations(name, "3")? - self.allocations(name, "1")?) / pages)
            };
            counts.insert(name.to_owned(), Count { instructions, allocations });
        }

        let mut serve = Command::new(&self.program);
        serve.args(["serve", "300"]);
        let server = Server::run(serve)?;
        for name in CLIENTS {
            let read =
                |pages: u64| self.instructions(&[name, &pages.to_string(), &server.url], false);
            let instructions = (read(MANY)? - read(FEW)?) / (MANY - FEW);
            counts.insert(name.to_owned(), Count { instructions, allocations: None });
        }
        Ok(counts)
    }

    fn instructions(&self, args: &[&str], in_memory: bool) -> Result<u64> {
        let (sh, program) = (self.sh, &self.program);
        let only_measured = in_memory.then_some("--toggle-collect=*measured*");
        let tool = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];
        let valgrind = cmd!(sh, "valgrind {tool...} {only_measured...} {program} {args...}");
        number_after("Collected :", valgrind.env("GLIBC_TUNABLES", NO_REP))
    }

    fn allocations(&self, case: &str, times: &str) -> Result<u64> {
        let (sh, program) = (self.sh, &self.program);
        let tool = ["--tool=dhat", "--dhat-out-file=/dev/null"];
        number_after("bytes in", cmd!(sh, "valgrind {tool...} {program} {case} {times}"))
    }
}

/// The number after these words in what valgrind reports.
fn number_after(words: &str, command: Cmd<'_>) -> Result<u64> {
    let report = command.quiet().ignore_stdout().read_stderr()?;
    let number = report.lines().find_map(|line| {
        let number = line.split_once(words)?.1.trim_start().split(' ').next()?;
        number.replace(',', "").parse().ok()
    });
    number.with_context(|| format!("no {words:?}: {report}"))
}

fn write(counts: &Counts) -> String {
    let mut table = "| work | instructions | allocations |\n|---|---:|---:|\n".to_owned();
    for (name, Count { instructions, allocations }) in counts {
        let allocations = allocations.map(|count| count.to_string()).unwrap_or_default();
        let instructions = with_separators(*instructions);
        let _ = writeln!(table, "| `{name}` | {instructions} | {allocations} |");
    }
    table
}

fn read(table: &str) -> Counts {
    let count = |row: &str| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let [_, name, instructions, allocations, _] = cells[..] else { return None };
        let instructions = instructions.replace(',', "").parse().ok()?;
        let allocations = allocations.parse().ok();
        Some((name.trim_matches('`').to_owned(), Count { instructions, allocations }))
    };
    table.lines().filter_map(count).collect()
}

/// `10,000`.
fn with_separators(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
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
    let complaint = |(name, now): (&String, &Count)| {
        let Some(before) = saved.get(name) else { return Some(format!("{name}: not saved yet")) };
        let same = before.allocations == now.allocations && change(now, before).abs() <= NOISE;
        (!same).then(|| format!("{name}: {before:?}, and now {now:?}; if meant, --save"))
    };
    counts.iter().filter_map(complaint).collect()
}

#[allow(clippy::cast_precision_loss)]
fn change(count: &Count, saved: &Count) -> f64 {
    count.instructions as f64 / saved.instructions as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let count = |instructions, allocations| Count { instructions, allocations };
        let counts = [("a/b", count(1_234_567, Some(6))), ("c", count(12, None))];
        let counts: Counts = counts.map(|(name, count)| (name.to_owned(), count)).into();
        assert!(write(&counts).contains("| `a/b` | 1,234,567 | 6 |\n| `c` | 12 |  |\n"));
        assert_eq!(read(&write(&counts)), counts);
    }
}
