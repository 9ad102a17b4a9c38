//! `singer-check-tap`: Singer's own check of what a tap prints.

use std::io::Write;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xshell::Shell;

use super::place::{FAILS_ONCE, Place, SEGMENTS};
use crate::python::Environment;
use crate::step::Steps;

const PACKAGES: [&str; 3] = ["singer-tools==0.4.1", "singer-python==6.8.0", "setuptools<81"];

pub(super) fn run(sh: &Shell, steps: &mut Steps, place: &Place) {
    let Some(environment) = place.install(sh, steps, "singer-tools", &PACKAGES) else { return };

    steps.check("singer-check-tap on two runs, the first of which fails", || {
        let _server = place.serve(SEGMENTS, FAILS_ONCE)?;
        let tap = ["tap", "--config", "config.json"];

        let (code, failed) = place.segments(&tap)?;
        ensure!(code == Some(6), "exit code {code:?}");
        check(place, &environment, &failed)?;

        place.write("state.json", &state(&failed).context("no state")?)?;
        let (code, whole) = place.segments(&[&tap[..], &["--state", "state.json"]].concat())?;
        ensure!(code == Some(0), "exit code {code:?}");
        let summary = check(place, &environment, &whole)?;
        ensure!(summary.contains(&format!("{SEGMENTS} record messages")), "{summary}");
        println!("{summary}");

        let wrong = whole.replace(r#""name":""#, r#""name":5,"x":""#);
        ensure!(check(place, &environment, &wrong).is_err(), "it accepts a wrong record");
        Ok(())
    });
}

/// The last state in what a tap has printed.
fn state(lines: &str) -> Option<Value> {
    let mut lines = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let last = lines.rfind(|line| line["type"] == "STATE")?;
    Some(last["value"].clone())
}

/// Its summary. It reads from standard input: started with a tap of its own, it does not wait until it has
/// read everything.
fn check(place: &Place, environment: &Environment, lines: &str) -> Result<String> {
    let mut command = place.command(&environment.program("singer-check-tap"), [""; 0]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;

    // It may end before it has read everything, when something is wrong.
    let written = child.stdin.take().context("no pipe")?.write_all(lines.as_bytes());
    let output = child.wait_with_output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && written.is_ok(), "{errors}");
    Ok(String::from_utf8(output.stdout)?)
}
