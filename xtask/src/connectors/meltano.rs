//! Meltano with two targets: a run that fails, and the one that goes on from its state.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xshell::Shell;

use super::place::{FAILS_ONCE, Place, SEGMENTS};
use crate::python::Environment;
use crate::step::Steps;

const MELTANO: &str = "meltano==4.4.1";
const TARGET_JSONL: &str = "target-jsonl==0.1.4";
const TARGET_DUCKDB: &str = "target-duckdb==0.8.0";

pub(super) fn run(sh: &Shell, steps: &mut Steps, place: &Place) {
    let Some(meltano) = place.install(sh, steps, "meltano", &[MELTANO]) else { return };

    if place.install(sh, steps, "target-jsonl", &[TARGET_JSONL]).is_some() {
        steps.check(&format!("{MELTANO} with {TARGET_JSONL}"), || {
            let project = load(place, &meltano, "target-jsonl")?;
            let file = fs::read_dir(project.join("lines"))?.next().context("no file")??.path();
            check_lines(&fs::read_to_string(file)?)
        });
    }
    if let Some(target) = place.install(sh, steps, "target-duckdb", &[TARGET_DUCKDB]) {
        steps.check(&format!("{MELTANO} with {TARGET_DUCKDB}"), || {
            let file = load(place, &meltano, "target-duckdb")?.join("segments.duckdb");
            let mut count = place.command(&target.program("python"), ["count_duckdb.py"]);
            let counted = String::from_utf8(count.arg(file).output()?.stdout)?;
            print!("{counted}");
            ensure!(counted.starts_with(&format!("{SEGMENTS} {SEGMENTS}\n")), "{counted}");
            Ok(())
        });
    }
}

/// Runs a pipeline twice, and hands back the folder of the project.
fn load(place: &Place, meltano: &Environment, target: &str) -> Result<std::path::PathBuf> {
    let project = place.folder.join(format!("project-{target}"));
    if project.exists() {
        fs::remove_dir_all(&project)?;
    }
    fs::create_dir_all(project.join("lines"))?;
    let server = place.serve(SEGMENTS, FAILS_ONCE)?;
    let text = fs::read_to_string("xtask/connectors/meltano.yml")?;
    let text = text.replace("FOLDER", &place.folder.display().to_string());
    fs::write(project.join("meltano.yml"), text.replace("URL", &server.url))?;

    for (ends_well, expected) in [
        (false, "The state holds 5 pages with 500 segments"),
        (true, "5 pages with 500 segments already read"),
    ] {
        let (is_success, log) = run_pipeline(place, meltano, &project, target)?;
        ensure!(is_success == ends_well && log.contains(expected), "{log}");
    }
    Ok(project)
}

fn run_pipeline(
    place: &Place,
    meltano: &Environment,
    project: &Path,
    target: &str,
) -> Result<(bool, String)> {
    let mut run = place.command(&meltano.program("meltano"), ["run", "tap-braze-segments", target]);
    let output = run.current_dir(project).output()?;
    let log = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();

    let last = |line: &&str| line.contains("tap-braze-segments ") || line.contains("ncremental");
    for line in log.lines().filter(last) {
        println!("{line}");
    }
    Ok((output.status.success(), log))
}

fn check_lines(text: &str) -> Result<()> {
    let rows: Vec<Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let ids: HashSet<_> = rows.iter().map(|row| row["id"].as_str()).collect();
    println!("{} rows, {} ids", rows.len(), ids.len());
    ensure!(rows.len() == SEGMENTS && ids.len() == SEGMENTS);
    Ok(())
}
