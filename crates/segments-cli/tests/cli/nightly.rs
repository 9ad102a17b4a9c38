//! The script of `docs/workspaces.md`, over three nights.

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

    // The lists are new each night: what is kept from the last one is too old.
    let next_night = || {
        let kept = directory.join("new/.segments");
        fs::remove_dir_all(kept).unwrap();
    };

    night(directory).expect(0);
    assert_eq!(changes(directory), [""; 0]);

    let segments = segments_emulator::sample(120, 1);
    next_night();
    shop.emulator().with(|shop| shop.rename(segments[0].id(), "Renamed")).unwrap();
    news.emulator().with(|news| news.archive(segments[7].id())).unwrap();
    night(directory).expect(0);
    let removed = format!("news removed {}", segments[7].name());
    assert_eq!(changes(directory), [removed.as_str(), "shop renamed Renamed"]);

    // What fails is compared when it is read again.
    next_night();
    shop.emulator().with(|shop| shop.rename(segments[1].id(), "Later")).unwrap();
    news.emulator().with(|news| news.rename(segments[8].id(), "Today")).unwrap();
    shop.emulator().with(|shop| shop.set_faults(Script::new().then(Fault::status(401))));
    night(directory).expect(4);
    assert_eq!(changes(directory)[2..], ["news renamed Today"]);

    night(directory).expect(0);
    assert_eq!(changes(directory)[3..], ["shop renamed Later"]);

    // A list without its report is not compared, and the other workspaces go on.
    next_night();
    fs::write(directory.join("old/news.ndjson"), "").unwrap();
    fs::write(directory.join("workspaces.toml"), workspace("shop", &shop.url())).unwrap();
    fs::remove_file(directory.join("new/news.report.json")).unwrap();
    shop.emulator().with(|shop| shop.rename(segments[2].id(), "Last")).unwrap();
    night(directory).expect(2);
    assert_eq!(changes(directory)[4..], ["shop renamed Last"]);
}
