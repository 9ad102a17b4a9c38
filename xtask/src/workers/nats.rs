//! The example `nats`: two workers, one killed and replaced.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use walkdir::WalkDir;

use super::fleet::{Fleet, assert_keyless};
use super::place::Place;
use super::process::{Process, free_port, listening, until};

/// How often the example saves an export.
const SAVE: Duration = Duration::from_millis(500);

pub(super) fn run(place: &Place, server: &Path) -> Result<()> {
    let folder = place.folder.join("nats");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;

    let (port, data) = (free_port()?, folder.join("data"));
    let mut command = Command::new(server);
    command.args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"]).arg(&data);
    let _server = Process::start(command.stderr(Stdio::null()))?;
    listening(port)?;

    let mut fleet = Fleet::start(&place.segments, &folder)?;
    let example = |task: &str| {
        let mut command = Command::new(place.worker("nats"));
        command
            .arg(task)
            .env("NATS_URL", format!("127.0.0.1:{port}"))
            .env("WORKSPACES", &fleet.folder);
        command
    };
    let (mut add, mut work, mut list) = (example("add"), example("work"), example("results"));

    #[allow(clippy::disallowed_methods)]
    let started = Instant::now();
    add_jobs(&mut add, &fleet)?;
    let mut killed = Process::start(&mut work)?;
    let other = Process::start(&mut work)?;
    // In the middle of four lists, which were saved on the way.
    until(|| Ok(killed.count("so far") >= 4))?;
    sleep(3 * SAVE);
    killed.kill()?;
    fleet.edit()?;
    let replacement = Process::start(&mut work)?;

    until(|| Ok(killed.count("done") + other.count("done") + replacement.count("done") >= 20))?;
    let took = started.elapsed();
    let results = results(&mut list)?;
    fleet.judge(&results)?;
    assert_keyless(&stored(&data)?)?;

    let resumed = |worker: &Process| worker.count("so far") - worker.count(": 0 segments so far");
    let resumed = resumed(&other) + resumed(&replacement);
    ensure!(resumed > 0, "no export was resumed");
    println!(
        "{} of 20 proven complete in {:.1} s, {} requests; the killed worker had done {}, and {resumed} were resumed",
        results.len(),
        took.as_secs_f64(),
        fleet.requests()?,
        killed.count("done"),
    );
    Ok(())
}

fn add_jobs(add: &mut Command, fleet: &Fleet) -> Result<()> {
    let mut process = add.stdin(Stdio::piped()).spawn()?;
    let mut input = process.stdin.take().context("no input")?;
    for (_, job) in fleet.jobs("today") {
        writeln!(input, "{job}")?;
    }
    drop(input);
    ensure!(process.wait()?.success(), "the messages were not sent");
    Ok(())
}

fn results(list: &mut Command) -> Result<Vec<Value>> {
    let output = list.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout)?;
    lines.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// All files of the server.
fn stored(folder: &Path) -> Result<Vec<u8>> {
    let mut stored = Vec::new();
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        if entry.file_type().is_file() {
            stored.extend(fs::read(entry.path())?);
        }
    }
    Ok(stored)
}
