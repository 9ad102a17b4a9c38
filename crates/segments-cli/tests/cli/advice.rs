//! What an advice names must be there: a flag of the command that failed.

use std::fs;
use std::time::Duration;

use segments_emulator::{Fault, Script};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{KEY, Run, emulator, finish, program, run};

/// Commands, each with the name under which its `--help` is.
const COMMANDS: [(&str, &[&str]); 7] = [
    ("export", &["export"]),
    ("export", &["export", "--workspaces", "list.toml", "--output-dir", "lists"]),
    ("check", &["check"]),
    ("get", &["get"]),
    ("sync", &["sync", "--state", "state"]),
    ("tap", &["tap", "--config", "config.json"]),
    ("airbyte", &["airbyte", "read", "--config", "config.json", "--catalog", "catalog.json"]),
];

/// What every command fails at.
fn faults() -> [Fault; 11] {
    let half_an_emoji = br#"{"segments":[{"id":"a","name":"\ud83d"}],"message":"success"}"#;
    [
        Fault::status(401),
        Fault::status(429),
        Fault::rate_limited(Duration::from_secs(9999)),
        Fault::status(500),
        Fault::status(503),
        Fault::close(),
        Fault::stall(1),
        Fault::html(),
        Fault::body(half_an_emoji),
        Fault::endless(),
        Fault::verbatim([b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 1 << 20]].concat()),
    ]
}

/// A directory with what the commands read.
fn directory(url: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();

    let list = format!("[workspace.a]\nbase_url = \"{url}\"\napi_key_env = \"BRAZE_API_KEY\"\n");
    write("list.toml", &list);
    let config = json!({ "base_url": url, "api_key": KEY, "max_attempts": 1, "timeout": "500ms",
        "max_wait": "1s" });
    write("config.json", &config.to_string());
    let stream = json!({ "stream": { "name": "segments" }, "sync_mode": "full_refresh" });
    write("catalog.json", &json!({ "streams": [stream] }).to_string());
    directory
}

/// Runs a command at `url`, where it must fail.
fn fail(command: &[&str], limits: &[&str], url: &str) -> Run {
    let directory = directory(url);
    let mut program = program(&[command, limits].concat());
    program.current_dir(directory.path());
    if !command.contains(&"--workspaces") {
        program.env("BRAZE_BASE_URL", url);
    }
    let run = finish(program);
    assert_ne!(run.code, Some(0), "{command:?} {run:?}");
    run
}

/// The flags that a text names.
fn flags(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| word.starts_with("--")).collect()
}

/// Checks that `segments NAME --help` has every flag that is named on standard error and output.
#[track_caller]
fn check(name: &str, failed: &Run) {
    let help = run(&[name, "--help"]).expect(0).stdout;
    let known = flags(&help);
    for flag in flags(&failed.stderr).into_iter().chain(flags(&failed.stdout)) {
        // Of the file that is wrong.
        let is_place = ["--config", "--state", "--workspaces"].contains(&flag);
        assert!(is_place || known.contains(&flag), "{name} has no {flag}: {failed:?}");
    }
    if failed.stderr.contains("--checkpoint") {
        assert!(!failed.stderr.contains("workspace"), "{failed:?}");
    }
}

#[test]
fn no_advice_names_a_flag_that_its_command_has_not() {
    for fault in faults() {
        let server = emulator(3, Script::new().then(fault.forever()));
        for (name, command) in COMMANDS {
            let limits: &[&str] = match name {
                "export" | "get" | "sync" => {
                    &["--max-attempts", "1", "--max-wait", "1s", "--timeout", "500ms"]
                }
                "check" => &["--timeout", "500ms"],
                _ => &[],
            };
            check(name, &fail(command, limits, &server.url()));
        }
    }
}

#[test]
fn neither_does_one_about_the_list_or_the_time() {
    let contradicts = Script::new().then(Fault::ignore_sort_direction().forever());
    let old = Fault::delay(Duration::from_millis(1)).header("age", "37");
    let cached = Script::new().then(old.forever());
    let stalls = Script::new().then(Fault::stall(1).forever());
    for (script, limits) in [
        (contradicts, &[][..]),
        (cached, &["--max-attempts", "1"]),
        (stalls, &["--deadline", "1s"]),
    ] {
        let server = emulator(250, script);
        for (name, command) in COMMANDS {
            if ["export", "sync"].contains(&name) {
                check(name, &fail(command, limits, &server.url()));
            }
        }
    }
}
