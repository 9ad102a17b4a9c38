//! PyAirbyte, which runs a source without an image, and the serializer of Airbyte's CDK.

use std::io::Write;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use xshell::Shell;

use super::place::{FAILS_ONCE, Place, SEGMENTS};
use crate::python::Environment;
use crate::step::Steps;

const PACKAGES: [&str; 2] = ["airbyte==0.71.3", "airbyte-cdk==7.39.1"];

pub(super) fn run(sh: &Shell, steps: &mut Steps, place: &Place) {
    let Some(environment) = place.install(sh, steps, "airbyte", &PACKAGES) else { return };

    steps.check(&format!("the serializer of {}", PACKAGES[1]), || {
        let _server = place.serve(SEGMENTS, FAILS_ONCE)?;
        let catalog = messages(place, &environment, &["discover", "--config", "config.json"], 0)?;
        let stream = &catalog[0]["catalog"]["streams"][0];
        let configured = json!({
            "stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite",
        });
        place.write("catalog.json", &json!({ "streams": [configured] }))?;

        messages(place, &environment, &["spec"], 0)?;
        messages(place, &environment, &["check", "--config", "config.json"], 0)?;
        let read = ["read", "--config", "config.json", "--catalog", "catalog.json"];
        let failed = messages(place, &environment, &read, 6)?;
        let state = failed.iter().rfind(|message| message["type"] == "STATE");
        place.write("state.json", &json!([state.context("no state")?["state"]]))?;
        let resumed = [&read[..], &["--state", "state.json"]].concat();
        messages(place, &environment, &resumed, 0).map(drop)
    });

    steps.check(&format!("PyAirbyte: {}", PACKAGES[0]), || {
        let _server = place.serve(SEGMENTS, FAILS_ONCE)?;
        let mut command = place.command(&environment.program("python"), ["pyairbyte.py"]);
        let output = command.output()?;
        let log = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let found: Vec<_> = log.lines().filter(|line| line.starts_with("read ")).collect();
        println!("{}", found.join("\n"));

        let second = format!("read 2: {SEGMENTS} rows, {SEGMENTS} ids");
        ensure!(found == ["read 1: failed with exit code 6", &second], "{log}");
        Ok(())
    });
}

/// What a command of the source prints, as far as the serializer takes all of it.
fn messages(
    place: &Place,
    environment: &Environment,
    args: &[&str],
    expected: i32,
) -> Result<Vec<Value>> {
    let (code, lines) = place.segments(&[&["airbyte"], args].concat())?;
    ensure!(code == Some(expected), "exit code {code:?}");

    let mut command = place.command(&environment.program("python"), ["serializer.py"]);
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    child.stdin.take().context("no pipe")?.write_all(lines.as_bytes())?;
    ensure!(child.wait()?.success(), "it does not take the messages of {args:?}");
    Ok(lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}
