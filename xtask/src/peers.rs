//! `cargo xtask peers`: what a whole list costs, ours beside the usual Rust clients and programs of
//! other people, in turn on the same machine.
//!
//! Needs GNU time, npm, Python 3 and the network, so CI does not run it. Only ratios mean anything, and
//! only within one run. `docs/performance.md` has the last result.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use crate::programs::Place;
use crate::server::{Server, target_directory};
use crate::step::{Steps, works};

const KEY: &str = "a-key-of-the-emulator";

/// How long the lists are that programs read.
const LISTS: [usize; 3] = [250, 2_000, 20_000];

/// How many pages the Rust clients read, each client one after the other.
const PAGES: &str = "5000";

const CLIENTS: [&str; 6] =
    ["socket", "segments-hyper", "segments-blocking", "hyper-util", "reqwest", "ureq"];

/// Each program once in each of them.
const ROUNDS: usize = 5;

/// Writes seconds of the clock, of the processor in and for the program, and kilobytes.
const TIME: &str = "/usr/bin/time";

pub(crate) fn run(sh: &Shell, steps: &mut Steps) {
    if !works(cmd!(sh, "{TIME} --version")) {
        return steps.skip("peers", "GNU time is missing");
    }
    let packages = ["--package", "segments-cli", "--package", "segments-benches"];
    let Some(place) = Place::prepare(sh, steps) else { return };
    if !steps.run(cmd!(sh, "cargo build --release --locked {packages...}")) {
        return;
    }

    let release = target_directory(sh).join("release");
    steps.check("clients in Rust", || clients(&release.join("bench")));

    let mut peers = ours(&release.join("segments"));
    peers.extend(
        place.programs(sh, steps).into_iter().skip(1).map(|program| Peer {
            name: program.name.to_owned(),
            command: program.command.to_vec(),
        }),
    );
    steps.check("programs", || programs(&peers, &release.join("segments"), &place.folder));
}

/// A command that prints the ids of a list.
struct Peer {
    name: String,
    command: Vec<PathBuf>,
}

fn ours(segments: &Path) -> Vec<Peer> {
    [&[][..], &["--goal", "walk"], &["--window", "1"]]
        .map(|flags| {
            let name = ["segments", "export"].iter().chain(flags).copied().collect::<Vec<_>>();
            let flags = ["export", "--format", "ids"].iter().chain(flags).map(PathBuf::from);
            let command = std::iter::once(segments.to_owned()).chain(flags).collect();
            Peer { name: name.join(" "), command }
        })
        .into()
}

/// What one run took.
#[derive(Debug, Clone, Copy)]
struct Cost {
    seconds: f64,
    processor: f64,
    kilobytes: f64,
}

impl Cost {
    /// Each from the middle of several runs.
    fn median(costs: &[Self]) -> Self {
        let middle = |part: fn(&Self) -> f64| {
            let mut parts: Vec<f64> = costs.iter().map(part).collect();
            parts.sort_by(f64::total_cmp);
            parts[parts.len() / 2]
        };
        Self {
            seconds: middle(|cost| cost.seconds),
            processor: middle(|cost| cost.processor),
            kilobytes: middle(|cost| cost.kilobytes),
        }
    }
}

/// Runs a command in a folder, and returns what it printed and took.
fn timed(command: &[PathBuf], folder: &Path, url: &str) -> Result<(String, Cost)> {
    let costs = folder.join("peers.time");
    let mut timed = Command::new(TIME);
    timed.args(["--format", "%e %U %S %M", "--output"]).arg(&costs).args(command);
    timed.current_dir(folder).env("BRAZE_BASE_URL", url).env("BRAZE_API_KEY", KEY);
    let output = timed.stderr(Stdio::null()).output()?;
    ensure!(output.status.success(), "{command:?} failed");

    let text = fs::read_to_string(&costs)?;
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|part| part.parse().ok()).collect();
    let [seconds, user, system, kilobytes] = numbers[..] else { anyhow::bail!("{text}") };
    let cost = Cost { seconds, processor: user + system, kilobytes };
    Ok((String::from_utf8(output.stdout)?, cost))
}

/// The same pages over each HTTP stack, by the program that `cargo xtask bench` counts.
fn clients(bench: &Path) -> Result<()> {
    let folder = bench.parent().context("a folder")?;
    let mut serve = Command::new(bench);
    serve.args(["serve", PAGES]);
    let server = Server::run(serve)?;

    let mut costs = vec![Vec::new(); CLIENTS.len()];
    for _ in 0..ROUNDS {
        for (client, costs) in CLIENTS.iter().zip(&mut costs) {
            let case = format!("client/{client}");
            let command = [bench, case.as_ref(), PAGES.as_ref(), server.url.as_ref()];
            costs.push(timed(&command.map(PathBuf::from), folder, &server.url)?.1);
        }
    }

    println!("\n| client | a page | processor, a page | memory |\n|---|---:|---:|---:|");
    for (client, costs) in CLIENTS.iter().zip(&costs) {
        let (cost, pages) = (Cost::median(costs), PAGES.parse::<f64>()?);
        let micros = |seconds: f64| seconds * 1e6 / pages;
        println!(
            "| `{client}` | {:.0} µs | {:.0} µs | {:.1} MB |",
            micros(cost.seconds),
            micros(cost.processor),
            cost.kilobytes / 1024.0,
        );
    }
    Ok(())
}

/// Whole programs, each checked to print every segment.
fn programs(peers: &[Peer], segments: &Path, folder: &Path) -> Result<()> {
    let key = folder.join("peers.key");
    fs::write(&key, KEY)?;

    let mut costs = vec![vec![Vec::new(); LISTS.len()]; peers.len()];
    for (list, length) in LISTS.iter().enumerate() {
        let mut serve = Command::new(segments);
        serve.args(["serve", "--listen", "127.0.0.1:0", "--segments", &length.to_string()]);
        serve.arg("--api-key-file").arg(&key);
        let server = Server::run(serve)?;

        for _ in 0..ROUNDS {
            for (peer, costs) in peers.iter().zip(&mut costs) {
                let (printed, cost) =
                    timed(&peer.command, folder, &server.url).with_context(|| peer.name.clone())?;
                let found = ids(&printed).len();
                ensure!(found == *length, "{}: {found} of {length} segments", peer.name);
                costs[list].push(cost);
            }
        }
    }

    println!(
        "\n| program |{} × the first | processor | memory |",
        columns(|length| format!(" {length} |"))
    );
    println!("|---|{}---:|---:|---:|", columns(|_| "---:|".to_owned()));
    let longest = |costs: &[Vec<Cost>]| Cost::median(&costs[LISTS.len() - 1]);
    let first = longest(&costs[0]).seconds;
    for (peer, costs) in peers.iter().zip(&costs) {
        let last = longest(costs);
        let seconds = |costs: &Vec<Cost>| format!(" {:.2} s |", Cost::median(costs).seconds);
        let seconds = costs.iter().map(seconds).collect::<Vec<_>>().concat();
        println!(
            "| {} |{seconds} {:.1} | {:.2} s | {:.1} MB |",
            peer.name,
            last.seconds / first,
            last.processor,
            last.kilobytes / 1024.0,
        );
    }
    Ok(())
}

fn columns(column: impl Fn(usize) -> String) -> String {
    LISTS.map(column).concat()
}

/// The different ids in what was printed, all of which are UUIDs.
fn ids(printed: &str) -> HashSet<&str> {
    let words = printed.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    words.filter(|word| word.len() == 36).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_counted_once_in_any_format() {
        let [a, b] =
            ["5e41ab08-7439-411e-a220-02f46d8d86c3", "6d68ea15-26c4-4109-835a-65b81773a5e2"];
        let printed = format!("{a}\n{{\"id\":\"{b}\"}}\n{b},-,face\n");
        assert_eq!(ids(&printed), HashSet::from([a, b]));
    }

    #[test]
    fn the_middle_of_each_part_counts() {
        let cost = |seconds, processor, kilobytes| Cost { seconds, processor, kilobytes };
        let median = Cost::median(&[cost(1.0, 9.0, 5.0), cost(3.0, 7.0, 5.0), cost(2.0, 8.0, 6.0)]);
        assert_eq!((median.seconds, median.processor, median.kilobytes), (2.0, 8.0, 5.0));
    }
}
