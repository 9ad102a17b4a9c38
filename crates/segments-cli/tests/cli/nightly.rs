//! The command of `docs/workspaces.md` for every night, as cron runs it.

use std::fs;
use std::path::Path;
use std::process::Command;

use segments_emulator::{Fault, Script};
use serde_json::Value;

use crate::support::{KEY, Run, emulator, finish};

const DOCUMENT: &str = include_str!("../../../../docs/workspaces.md");

fn script() -> &'static str {
    let (_, rest) = DOCUMENT.split_once("```sh\n").unwrap();
    rest.split_once("```").unwrap().0
}

/// Runs the script in this directory, as cron does.
fn night(directory: &Path) -> Run {
    let program = Path::new(env!("CARGO_BIN_EXE_segments")).parent().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", script()]).current_dir(directory).env_clear().env("KEY", KEY);
    command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", program.display()));
    finish(command)
}

fn changes(directory: &Path) -> Vec<String> {
    let events = fs::read_to_string(directory.join("changes.ndjson")).unwrap_or_default();
    let event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        ["workspace", "event", "name"].map(|key| event[key].as_str().unwrap().to_owned()).join(" ")
    };
    events.lines().map(event).collect()
}

#[test]
fn a_night_writes_what_has_changed_in_each_workspace() {
    let (shop, news) = (emulator(120, Script::new()), emulator(120, Script::new()));
    let workspace = |name: &str, url: &str| {
        format!("[workspace.{name}]\nbase_url = \"{url}\"\napi_key_env = \"KEY\"\n")
    };
    let workspaces = workspace("shop", &shop.url()) + &workspace("news", &news.url());
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    fs::write(directory.join("workspaces.toml"), workspaces).unwrap();

    night(directory).expect(0);
    let initial = changes(directory);
    assert!(initial.len() == 240 && initial[0].contains(" initial "), "{initial:?}");

    let segments = segments_emulator::sample(120, 1);
    shop.emulator().with(|shop| shop.rename(segments[0].id(), "Renamed")).unwrap();
    night(directory).expect(0);
    assert_eq!(changes(directory)[240..], ["shop renamed Renamed"]);

    // What fails is compared when it is read again.
    shop.emulator().with(|shop| shop.rename(segments[1].id(), "Later")).unwrap();
    news.emulator().with(|news| news.archive(segments[7].id())).unwrap();
    shop.emulator().with(|shop| shop.set_faults(Script::new().then(Fault::status(401))));
    night(directory).expect(4);
    let removed = format!("news removed {}", segments[7].name());
    assert_eq!(changes(directory)[241..], [removed]);

    night(directory).expect(0);
    assert_eq!(changes(directory)[242..], ["shop renamed Later"]);
}
