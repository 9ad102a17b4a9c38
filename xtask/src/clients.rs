//! `cargo xtask clients`: programs of other people, and ours beside them, in `segments conformance`.
//!
//! Needs npm, Python 3.12 and the network, so CI does not run it. `docs/clients.md` has the last
//! result.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xshell::Shell;

use crate::programs::{Place, Program};
use crate::step::Steps;

/// Longer than the timeout of any of them for one request.
const TIMEOUT: &str = "90s";

/// The names of the verdicts, in the order of the table.
const VERDICTS: [&str; 7] =
    ["whole", "loud", "silent_loss", "duplicated", "invented", "leaked_key", "hung"];

pub(crate) fn run(sh: &Shell, steps: &mut Steps) {
    let Some(place) = Place::prepare(sh, steps) else { return };

    let mut columns = Vec::new();
    for program in place.programs(sh, steps) {
        steps.check(&format!("segments conformance -- {}", program.name), || {
            columns.push(Column::of(&place, &program)?);
            Ok(())
        });
    }

    println!("\n{}\n{}", counts(&columns), cases(&columns));
    // Of the others it is only noted.
    steps.check("ours is whole or loud", || {
        let wrong = columns.iter().take(1).flat_map(|ours| &ours.findings);
        let wrong: Vec<_> = wrong.filter(|finding| is_wrong(finding)).collect();
        ensure!(wrong.is_empty(), "{wrong:?}");
        Ok(())
    });
}

/// The findings on one program.
struct Column {
    name: &'static str,
    findings: Vec<Value>,
}

impl Column {
    fn of(place: &Place, program: &Program) -> Result<Self> {
        let mut command = Command::new(&place.segments);
        command.args(["conformance", "--format", "json", "--timeout", TIMEOUT, "--"]);
        command.args(&program.command).current_dir(&place.folder).stderr(Stdio::inherit());

        let output = command.output()?;
        let findings = serde_json::from_slice(&output.stdout).context("no findings")?;
        Ok(Self { name: program.name, findings })
    }
}

/// How often each verdict was given.
fn counts(columns: &[Column]) -> String {
    let mut table = head(columns);
    for verdict in VERDICTS {
        let count = |column: &Column| {
            let same = column.findings.iter().filter(|finding| finding["verdict"] == verdict);
            same.count().to_string()
        };
        table += &row(&verdict.replace('_', " "), columns.iter().map(count));
    }
    table
}

/// The cases in which one is wrong, those with the same verdicts in one row.
fn cases(columns: &[Column]) -> String {
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    let number = columns.first().map_or(0, |column| column.findings.len());

    for case in 0..number {
        let findings = || columns.iter().map(move |column| &column.findings[case]);
        if !findings().any(is_wrong) {
            continue;
        }

        let name = format!("`{}`", columns[0].findings[case]["case"].as_str().unwrap_or_default());
        let cells: Vec<_> = findings().map(cell).collect();
        match rows.iter_mut().find(|(_, known)| *known == cells) {
            Some((names, _)) => names.extend([", ", &name]),
            None => rows.push((name, cells)),
        }
    }

    let rows = rows.into_iter().map(|(names, cells)| row(&names, cells.into_iter()));
    head(columns) + &rows.collect::<String>()
}

fn is_wrong(finding: &Value) -> bool {
    finding["verdict"] != "whole" && finding["verdict"] != "loud"
}

fn cell(finding: &Value) -> String {
    let verdict = finding["verdict"].as_str().unwrap_or_default();
    match verdict {
        "whole" | "loud" => verdict.to_owned(),
        "silent_loss" => format!("**{}/{}**", finding["found"], finding["expected"]),
        verdict => format!("**{}**", verdict.replace('_', " ")),
    }
}

fn head(columns: &[Column]) -> String {
    let names = row("", columns.iter().map(|column| column.name.to_owned()));
    format!("{names}|---{}|\n", "|---".repeat(columns.len()))
}

fn row(name: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<_> = cells.collect();
    format!("| {name} | {} |\n", cells.join(" | "))
}
