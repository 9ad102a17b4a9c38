//! `segments sync --workspaces`: what has changed in each, and none of them stops another.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use segments_emulator::{Fault, Script, ServerThread, sample};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{KEY, Run, emulator, finish, names, program, signal, until, wait};

/// A directory with the list of these workspaces.
fn directory(workspaces: &[(&str, &ServerThread)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let mut list = String::new();
    for (name, server) in workspaces {
        let url = server.url();
        writeln!(list, "[workspace.{name}]\nbase_url = \"{url}\"\napi_key_env = \"KEY\"").unwrap();
    }
    fs::write(directory.path().join("list.toml"), list).unwrap();
    directory
}

fn command(directory: &TempDir, args: &[&str]) -> Command {
    let many = ["sync", "--workspaces", "list.toml", "--state-dir", "states"];
    let mut command = program(&[&many[..], args].concat());
    command.current_dir(directory.path()).env("KEY", KEY);
    command
}

fn sync(directory: &TempDir, args: &[&str]) -> Run {
    finish(command(directory, args))
}

/// Workspace, event and name of each line.
fn events(run: &Run) -> Vec<[String; 3]> {
    let event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(line.starts_with("{\"workspace\":\""), "{line}");
        ["workspace", "event", "name"].map(|key| event[key].as_str().unwrap().to_owned())
    };
    run.stdout.lines().map(event).collect()
}

fn rename(server: &ServerThread, at: usize, name: &str) {
    let id = sample(120, 1)[at].id().to_owned();
    server.emulator().with(|workspace| workspace.rename(&id, name)).unwrap();
}

fn set_faults(server: &ServerThread, faults: Script) {
    server.emulator().with(|workspace| workspace.set_faults(faults));
}

#[test]
fn each_has_its_own_state_and_what_fails_is_said_later() {
    let (shop, news) = (emulator(120, Script::new()), emulator(120, Script::new()));
    let directory = directory(&[("shop", &shop), ("news", &news)]);

    let first = events(&sync(&directory, &[]).expect(0));
    assert!(first.iter().all(|[_, event, _]| event == "initial"));
    // Those of one workspace stand together.
    assert_eq!(first.chunk_by(|one, next| one[0] == next[0]).map(<[_]>::len).sum::<usize>(), 240);
    assert_eq!(first.chunk_by(|one, next| one[0] == next[0]).count(), 2);
    assert_eq!(names(&directory.path().join("states")), ["news.state", "shop.state"]);
    assert_eq!(sync(&directory, &["--exit-code"]).expect(0).stdout, "");

    rename(&shop, 0, "Later");
    rename(&news, 1, "Today");
    set_faults(&shop, Script::new().then(Fault::status(401)));
    let run = sync(&directory, &["--report", "summary.json", "--exit-code"]).expect(4);
    assert_eq!(events(&run), [["news", "renamed", "Today"]]);
    let error = run.error();
    assert!(
        error.contains("1 of 2 workspaces is not whole") && error.contains("next run"),
        "{error}"
    );

    let summary = fs::read(directory.path().join("summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    let [shop_outcome, news_outcome] = [0, 1].map(|at| &summary["workspaces"][at]);
    assert_eq!((&summary["exit_code"], &shop_outcome["exit_code"]), (&4.into(), &4.into()));
    assert_eq!(shop_outcome["error"]["reason"], "refused");
    assert_eq!(news_outcome["changes"], serde_json::json!({ "renamed": 1 }));
    assert_eq!(news_outcome["report"]["segments"], 120);

    let run = sync(&directory, &["--exit-code"]).expect(1);
    assert_eq!(events(&run), [["shop", "renamed", "Later"]]);
    assert!(run.stderr.contains("shop: 1 renamed; 120 segments, proven complete"), "{run:?}");
}

#[test]
fn limits_hold_for_each() {
    let (shop, news) = (emulator(120, Script::new()), emulator(120, Script::new()));
    let directory = directory(&[("shop", &shop), ("news", &news)]);
    sync(&directory, &["--quiet"]).expect(0);

    let segments = sample(120, 1);
    shop.emulator().with(|shop| shop.archive(segments[7].id())).unwrap();
    for at in [3, 4] {
        news.emulator().with(|news| news.archive(segments[at].id())).unwrap();
    }
    let run = sync(&directory, &["--max-removed", "1"]).expect(3);
    assert_eq!(events(&run), [["shop", "removed", segments[7].name()]]);
    assert_eq!(events(&sync(&directory, &["--jobs", "1"]).expect(0)).len(), 2);

    // A state that is in the way, and a directory that cannot be one.
    fs::write(directory.path().join("states/shop.state"), "mine").unwrap();
    rename(&news, 0, "News");
    let run = sync(&directory, &[]).expect(2);
    assert_eq!(events(&run), [["news", "renamed", "News"]]);
    assert!(run.stderr.contains("shop: failed with exit code 2: --state states/shop.state exists"));
}

#[test]
fn flags_of_one_workspace_are_refused() {
    let server = emulator(3, Script::new());
    let directory = directory(&[("shop", &server)]);
    for args in [
        &["--state", "state"][..],
        &["--instance", "us-01"],
        &["--base-url", "https://rest.example"],
        &["--profile", "eu"],
        &["--api-key-file", "key"],
        &["--format", "table"],
        &["--jobs", "0"],
        &["--report", "states/shop.state"],
        &["--report", "-"],
        &["--report", "list.toml"],
    ] {
        sync(&directory, args).expect(2);
    }
    for args in [
        &["sync"][..],
        &["sync", "--workspaces", "list.toml"],
        &["sync", "--state-dir", "states"],
        &["sync", "--state", "state", "--jobs", "2"],
        &["watch", "--workspaces", "list.toml", "--state-dir", "states"],
    ] {
        let mut command = program(args);
        command.current_dir(directory.path()).env("KEY", KEY);
        finish(command).expect(2);
    }
    assert_eq!(names(directory.path()), ["list.toml", "states"]);
    assert_eq!(names(&directory.path().join("states")), [""; 0]);
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 0);
}

#[test]
fn a_reader_that_leaves_loses_no_event() {
    let servers: Vec<_> = (0..6).map(|_| emulator(120, Script::new())).collect();
    let names = ["a", "b", "c", "d", "e", "f"];
    let directory = directory(&names.into_iter().zip(&servers).collect::<Vec<_>>());
    let mut command = command(&directory, &["--jobs", "1"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(wait(child).expect(0).stderr.matches("Error").count(), 0);

    // Those of one workspace may be read by nobody, and come again.
    let again = events(&sync(&directory, &[]).expect(0));
    assert!(again.len() >= 4 * 120 && again.len() % 120 == 0, "{}", again.len());
}

#[test]
fn a_signal_keeps_the_states_that_are_done() {
    let (quick, slow) = (emulator(3, Script::new()), emulator(3, Script::new()));
    set_faults(&slow, Script::new().then(Fault::stall(1).forever()));
    let directory = directory(&[("quick", &quick), ("slow", &slow)]);
    let mut command = command(&directory, &[]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();

    let state = directory.path().join("states/quick.state");
    let is_stalled = || slow.emulator().with(|workspace| workspace.log().total()) > 0;
    until(|| state.exists() && is_stalled());
    signal(child.id(), "TERM");
    assert_eq!(events(&wait(child).expect(143)).len(), 3);

    set_faults(&slow, Script::new());
    let rest = events(&sync(&directory, &[]).expect(0));
    assert!(rest.len() == 3 && rest.iter().all(|[name, ..]| name == "slow"), "{rest:?}");
}

#[test]
fn nobody_waits_for_a_reader_that_is_slow() {
    let servers: Vec<_> = (0..3).map(|_| emulator(1000, Script::new())).collect();
    let named: Vec<_> = ["a", "b", "c"].into_iter().zip(&servers).collect();
    let requests = || servers.iter().map(|it| it.emulator().with(|it| it.log().total()));
    for stops in [false, true] {
        let directory = directory(&named);
        let mut command = command(&directory, &[]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let before: Vec<_> = requests().collect();
        let child = command.spawn().unwrap();

        // The events of one fill the pipe, and the others are read meanwhile: two passes of ten pages.
        until(|| requests().zip(&before).all(|(now, before)| now >= before + 20));
        if stops {
            signal(child.id(), "TERM");
            wait(child).expect(143);
        } else {
            assert_eq!(events(&wait(child).expect(0)).len(), 3000);
        }
    }
}
