//! Messages as JSON, colours, and what is meant by a name that is wrong.

use std::process::{Command, Stdio};
use std::time::Duration;

use segments_emulator::{Fault, Script};
use serde_json::{Value, json};

use crate::support::{KEY, emulator, export, finish, program, run};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn c18_an_error_can_be_one_line_of_json() {
    let server = emulator(3, Script::new().then(Fault::status(401).forever()));
    let run = export(&server.url(), &["--error-format", "json", "-q"]).expect(4);
    let [error] = &lines(&run.stderr)[..] else { panic!("{run:?}") };
    assert_eq!((&error["level"], &error["exit_code"]), (&json!("error"), &json!(4)));
    assert_eq!(error["error"]["reason"], json!("refused"));
    assert!(error["error"]["advice"].is_string() && error.get("time").is_none());

    // Also of a command line that cannot be read, wherever the flag stands.
    for args in [
        &["export", "--nonsense", "--error-format=json"][..],
        &["export", "--error-format", "JSON", "--window", "0"],
        &["--error-format", "json", "exprot"],
        &["export", KEY, "--error-format", "json"],
        &["export", "--error-format", "json"],
    ] {
        let run = self::run(args).expect(2);
        let [error] = &lines(&run.stderr)[..] else { panic!("{run:?}") };
        assert_eq!(error["error"]["reason"], json!("usage"), "{run:?}");
        assert_eq!(error["exit_code"], json!(2));
    }
}

#[test]
fn c5_a_log_can_be_lines_of_json() {
    let faults = Script::new().then(Fault::rate_limited(Duration::from_secs(1)).after(1));
    let server = emulator(250, faults);
    let run = export(&server.url(), &["--log-format", "json", "-v", "--window", "1"]).expect(0);
    assert_eq!(run.stdout.lines().count(), 250);
    let lines = lines(&run.stderr);
    let times = lines.iter().map(|line| line["time"].as_str().unwrap());
    assert!(times.clone().all(|time| time.starts_with("20") && time.ends_with('Z')), "{run:?}");

    let requests: Vec<_> = lines.iter().filter(|line| line["level"] == "debug").collect();
    let statuses = requests.iter().map(|line| line["request"]["status"].as_u64().unwrap());
    assert_eq!(statuses.filter(|status| *status == 429).count(), 1, "{run:?}");
    let summary = lines.last().unwrap();
    assert_eq!(summary["level"], json!("info"));
    assert!(summary["message"].as_str().unwrap().starts_with("250 segments"), "{run:?}");
    assert!(!lines.iter().any(|line| line["level"] == "error"));

    let run = export("http://127.0.0.1:9", &["--log-format", "json", "--max-attempts", "1"]);
    let run = run.expect(7);
    assert_eq!(self::lines(&run.stderr).last().unwrap()["error"]["reason"], json!("transport"));
}

/// What goes to a terminal of 80 columns.
fn on_a_terminal(environment: &[(&str, &str)], args: &str) -> String {
    let binary = env!("CARGO_BIN_EXE_segments");
    let line = format!("stty cols 80 rows 24; exec '{binary}' {args} 2>/dev/null");
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).env_clear().env("PATH", "/usr/bin:/bin");
    command.envs(environment.iter().copied()).stdin(Stdio::null());
    finish(command).expect(0).stdout
}

#[test]
fn c7_colours_are_for_terminals_that_want_them() {
    const TERM: (&str, &str) = ("TERM", "xterm");
    const GREEN: &str = "\u{1b}[32mtrue\u{1b}[0m";
    for (environment, args, is_coloured) in [
        (&[TERM][..], "export --demo -q", true),
        (&[TERM], "export --demo -q --color never", false),
        (&[TERM, ("NO_COLOR", "1")], "export --demo -q", false),
        (&[TERM, ("NO_COLOR", "")], "export --demo -q", true),
        (&[TERM, ("NO_COLOR", "1")], "export --demo -q --color=always", true),
        (&[("TERM", "dumb")], "export --demo -q", false),
        (&[TERM], "export --demo -q --format csv", false),
        (&[TERM], "--color never --help", false),
    ] {
        let shown = on_a_terminal(environment, args);
        assert_eq!(shown.contains(GREEN), is_coloured, "{environment:?} {args}");
        assert_eq!(shown.contains('\u{1b}'), is_coloured, "{environment:?} {args}");
    }

    // Standard output decides for itself: a pipe has none unless somebody asks for it.
    for (args, variable, is_coloured) in [
        (&["--color", "auto"][..], None, false),
        (&[], Some(("CLICOLOR_FORCE", "1")), true),
        (&["--color", "Always"], None, true),
        (&["--color", "never"], Some(("CLICOLOR_FORCE", "1")), false),
    ] {
        let mut command = program(&["export", "--demo", "--format", "table"]);
        command.args(args).envs(variable);
        let run = finish(command).expect(0);
        assert_eq!(run.stdout.contains(GREEN), is_coloured, "{args:?} {variable:?}");
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("list.txt");
    run(&["export", "--demo", "--color", "always", "-o", path.to_str().unwrap()]).expect(0);
    assert!(!std::fs::read_to_string(path).unwrap().contains('\u{1b}'));
}

#[test]
fn c19_a_name_that_is_wrong_is_told_with_the_one_that_is_meant() {
    for (args, meant) in [
        (&["exprot"][..], "'export'"),
        (&["export", "--instnace", "us-01"], "'--instance'"),
        (&["export", "--demo", "--color", "alway"], "'always'"),
        (&["config", "shwo"], "'show'"),
        (&["completions", "bsh"], "'bash'"),
        (&["export", "--goal", "snapshto"], "'snapshot'"),
        (&["export", "--instance", "us-1"], "US-01"),
    ] {
        let run = run(args).expect(2);
        assert!(run.stderr.contains(meant), "{run:?}");

        // A program is told the same.
        let run = self::run(&[&["--error-format", "json"], args].concat()).expect(2);
        let [error] = &lines(&run.stderr)[..] else { panic!("{run:?}") };
        let told = error["error"].to_string();
        assert!(told.contains(meant.trim_matches('\'')), "{told}");
    }
}

#[test]
fn c1_a_key_in_the_place_of_a_name_is_not_repeated() {
    for args in [&[KEY][..], &["config", KEY], &["check", "--profile", KEY], &["export", KEY]] {
        // `run` checks that it does not come out.
        for more in [&[][..], &["--error-format", "json"]] {
            run(&[args, more].concat()).expect(2);
        }
    }
}

#[test]
fn the_version_is_a_line_for_people_or_for_programs() {
    let line = concat!("segments ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(run(&["version"]).expect(0).stdout, line);
    assert_eq!(run(&["--version"]).expect(0).stdout, line);

    let version: Value =
        serde_json::from_str(&run(&["version", "--json"]).expect(0).stdout).unwrap();
    let expected = json!({
        "name": "segments",
        "version": env!("CARGO_PKG_VERSION"),
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
    });
    assert_eq!(version, expected);
}

#[test]
fn completions_and_the_manual_page_are_generated() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completions", shell]).expect(0).stdout;
        for part in ["segments", "print-request", "log-format", "check"] {
            assert!(script.contains(part), "{shell}: {part}");
        }
    }
    let page = run(&["man"]).expect(0).stdout;
    assert!(page.contains(".TH segments") && page.contains("check"), "{page}");
}
