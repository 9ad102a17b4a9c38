//! What a run prints on standard error, as `docs/messages.txt` has it: warnings, notes, and errors
//! that depend on files. Times, ports, paths and keys that differ from run to run are replaced.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Duration;

use segments_core::Segment;
use segments_emulator::{Emulator, Fault, Script, Server, ServerThread, Workspace};

use crate::support::{KEY, Run, emulator, finish, program, signal, wait};

#[path = "../../../../tests/messages.rs"]
mod file;

/// A directory, and what was printed in it.
struct Session {
    directory: tempfile::TempDir,
    printed: String,
}

impl Session {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), printed: String::new() }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.directory.path().join(name), text).unwrap();
    }

    /// Runs the program in the directory, and notes the command and what it prints.
    fn run(&mut self, args: &[&str], server: Option<&ServerThread>, code: i32) {
        let mut command = program(args);
        command.current_dir(self.directory.path());
        if let Some(server) = server {
            command.env("BRAZE_BASE_URL", server.url());
        }
        let run = finish(command).expect(code);
        self.note(args, &run, code);
    }

    fn note(&mut self, args: &[&str], run: &Run, code: i32) {
        writeln!(self.printed, "$ segments {} # exit code {code}", args.join(" ")).unwrap();
        self.printed.push_str(&run.stderr);
    }

    fn check(&self, title: &str) {
        file::check_section(title, &normalized(&self.printed));
    }
}

/// Replaces what differs from run to run.
fn normalized(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words: Vec<_> = line.split(' ').collect();
        let next = words.iter().skip(1).copied().chain([""]);
        let words: Vec<_> =
            words.iter().zip(next).map(|(word, next)| placeholder(word, next)).collect();
        words.join(" ").replace("N second old", "N seconds old") + "\n"
    });
    lines.collect()
}

fn placeholder(word: &str, next: &str) -> String {
    const UNITS: [&str; 4] = ["ms", "s", "second", "seconds"];

    let unit = next.trim_end_matches([',', ')', ';', ':']);
    let is_time = UNITS.contains(&unit) && word.trim_start_matches('(').parse::<f64>().is_ok();
    if is_time {
        return if word.starts_with('(') { "(N" } else { "N" }.to_owned();
    }
    if word.starts_with("BRAZE_API_KEY=emulator-") {
        return "BRAZE_API_KEY=KEY".to_owned();
    }
    match word.split_once("127.0.0.1:") {
        Some((before, port)) if port.starts_with(|c: char| c.is_ascii_digit()) => {
            let after = port.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{before}127.0.0.1:PORT{after}")
        }
        _ => word.to_owned(),
    }
}

fn failing(status: u16, page: u32) -> ServerThread {
    emulator(250, Script::new().then(Fault::status(status).page(page).forever()))
}

#[test]
fn messages_of_an_export() {
    let mut session = Session::new();
    let server = emulator(250, Script::new().then(Fault::status(503).page(1)));
    let walk = ["export", "--goal", "walk", "--window", "1"];
    session.run(&[&walk[..], &["-v"]].concat(), Some(&server), 0);

    let segment = Segment::new("1", "=1+1", true, [""; 0]).unwrap();
    let workspace = Workspace::new().with_key(KEY).with_segments([segment]);
    let server = Server::spawn(Emulator::new(workspace)).unwrap();
    session.run(&[&walk[..], &["-o", "list.csv"]].concat(), Some(&server), 0);

    let partial = [&walk[..], &["--keep-partial", "-o", "list.csv"]].concat();
    session.run(&partial, Some(&failing(400, 2)), 8);
    let partial = [&walk[..], &["--keep-partial"]].concat();
    session.run(&partial, Some(&failing(400, 1)), 8);
    session.check("segments: an export");
}

#[test]
fn messages_of_records() {
    let mut session = Session::new();
    let server = failing(503, 2);
    let export = ["export", "--record", "record", "--window", "1", "--max-attempts", "1"];
    session.run(&export, Some(&server), 6);
    session.run(&["replay", "record"], None, 6);

    let record = fs::read_to_string(session.directory.path().join("record")).unwrap();
    let lines: Vec<_> = record.split_inclusive('\n').collect();
    session.write("cut", &lines[..3].concat());
    session.run(&["replay", "cut"], None, 2);
    session.write("edited", &record.replacen("\"status\":200", "\"status\":503", 1));
    session.run(&["replay", "edited"], None, 2);
    session.write("longer", &format!("{record}more"));
    session.run(&["replay", "longer"], None, 2);
    session.write("other", "id,name\n");
    session.run(&["replay", "other"], None, 2);
    session.write("later", "{\"record\":{\"version\":2}}\n");
    session.run(&["replay", "later"], None, 2);
    session.run(&["replay", "record", "--replace-invalid-text"], None, 2);
    session.run(&["export", "--record", "-"], Some(&server), 2);
    session.check("segments: records");
}

#[test]
fn messages_of_checkpoints() {
    let mut session = Session::new();
    let checkpoint = ["export", "--checkpoint", "saved", "--window", "1", "--max-attempts", "1"];
    let server = failing(503, 2);
    session.run(&checkpoint, Some(&server), 6);
    server.emulator().with(|workspace| {
        workspace.set_faults(Script::new().then(Fault::ignore_page().forever()));
    });
    session.run(&checkpoint, Some(&server), 8);
    session.run(&[&checkpoint[..], &["--goal", "walk"]].concat(), Some(&server), 2);
    server.emulator().with(|workspace| workspace.set_faults(Script::new()));
    session.run(&checkpoint, Some(&server), 0);

    session.run(&checkpoint, Some(&failing(401, 0)), 4);
    session.write("saved", "something else");
    session.run(&checkpoint, Some(&server), 2);
    session.run(&["export", "--checkpoint", "/dev/null"], Some(&server), 2);
    session.check("segments: checkpoints");
}

#[test]
fn messages_of_the_command_line() {
    let mut session = Session::new();
    for args in [
        &["export", "-o", "list.xlsx"][..],
        &["export", "-o", "list.csv.gz"],
        &["export", "-o", "list.parquet"],
        &["export", "-o", "list.pdf"],
        &["export", "-o", "list.yaml"],
        &["export", "--csv-bom", "--format", "json"],
        &["export", "--crlf", "--format", "json"],
        &["export", "--no-headers", "--format", "markdown"],
        &["export", "--fields", "name", "--format", "ids"],
        &["export", "--fields", "id,id"],
        &["export", "--max-items", "5", "--checkpoint", "saved"],
        &["export", "--stream", "--goal", "snapshot"],
        &["export", "--stream", "--output", "list.csv"],
        &["export", "--stream", "--format", "json"],
        &["export", "--quiet", "--verbose"],
        &["export", "--report", "-"],
        &["export", "-o", "list.json", "--report", "list.json"],
        &["export", "--base-url", "http://gateway.example"],
        &["export", "--base-url", "gateway.example"],
        &["export", "--timeout", "5"],
        &["export", "--timeout", "soon"],
        &["export", "--timeout", "0s"],
        &["export", "--timeout", "5s", "--connect-timeout", "6s"],
        &["export", "--max-body", "much"],
        &["export", "--max-body", "0"],
        &["export", "--csv-delimiter", "x"],
        &["export", "--window", "0"],
        &["export", "--instance", "us-99"],
        &["export", "--api-key-file", "missing"],
        &["export", "--api-key-command", "pass 'show"],
        &["export", "--api-key-command", "./missing show", "--instance", "us-01"],
        &["exprot"],
        &["75480f9a"],
        &["export", "75480f9a"],
        &["export", "--api-key", "75480f9a"],
        &["get", "--page", "-1"],
        &["serve", "--listen", "8080"],
        &["serve", "--listen", "0.0.0.0:0"],
        &["serve", "--segments", "-1"],
        &["serve", "--load", "missing"],
        &["conformance"],
        &["conformance", "--case", "no-such-case", "--", "true"],
        &["conformance", "--jobs", "0", "--", "true"],
        &["conformance", "--case", "plain", "--", "./missing"],
    ] {
        session.run(args, None, 2);
    }
    session.check("segments: the command line");
}

#[test]
fn messages_of_files_and_of_the_emulator() {
    let mut session = Session::new();
    let server = emulator(3, Script::new());
    session.write("key", KEY);
    let mode = fs::Permissions::from_mode(0o644);
    fs::set_permissions(session.directory.path().join("key"), mode).unwrap();
    session.run(&["get", "--api-key-file", "key"], Some(&server), 0);
    let odd = emulator(3, Script::new().then(Fault::delay(Duration::ZERO).header("age", "37")));
    session.run(&["get"], Some(&odd), 0);
    session.run(&["get", "-o", "missing/list.csv"], Some(&server), 74);

    session.write(
        "list.json",
        r#"[{"id":"a","name":"A","analytics_tracking_enabled":true,"tags":[null]}]"#,
    );
    let args = ["serve", "--listen", "127.0.0.1:0", "--load", "list.json"];
    let mut command = program(&args);
    command.current_dir(session.directory.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    writeln!(session.printed, "$ segments {}", args.join(" ")).unwrap();
    for line in BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap) {
        writeln!(session.printed, "{line}").unwrap();
        if line.contains("BRAZE_API_KEY=") {
            break;
        }
    }
    signal(child.id(), "TERM");
    wait(child).expect(0);
    session.check("segments: files and the emulator");
}

#[test]
fn messages_of_connectors() {
    let mut session = Session::new();
    let server = failing(503, 2);
    let entries = [
        ("none", "{}"),
        ("both", r#"{"instance": "us-01", "base_url": "https://rest.example", "api_key": "k"}"#),
        ("no-key", r#"{"instance": "us-01"}"#),
        ("key", r#"{"instance": "us-01", "api_key": "a key"}"#),
        ("instance", r#"{"instance": "us-99", "api_key": "k"}"#),
        ("goal", r#"{"instance": "us-01", "api_key": "k", "goal": "all"}"#),
        ("window", r#"{"instance": "us-01", "api_key": "k", "window": 1000}"#),
        ("wait", r#"{"instance": "us-01", "api_key": "k", "max_wait": "10"}"#),
        ("json", r#"{"instance": "us-01", "#),
    ];
    for (name, config) in entries {
        session.write(name, config);
        session.run(&["tap", "--config", name], None, 2);
    }

    let url = server.url();
    let config = format!(
        r#"{{"base_url": "{url}", "api_key_env": "BRAZE_API_KEY", "window": 1, "max_attempts": 1, "gaol": "walk"}}"#
    );
    session.write("config.json", &config);
    for (name, content) in [
        ("other.json", r#"{"streams": [{"stream": "campaigns", "selected": true}]}"#),
        (
            "method.json",
            r#"{"streams": [{"stream": "segments", "replication_method": "INCREMENTAL"}]}"#,
        ),
        ("nothing.json", r#"{"streams": []}"#),
    ] {
        session.write(name, content);
        let code = if name == "nothing.json" { 0 } else { 2 };
        session.run(&["tap", "--config", "config.json", "--catalog", name], None, code);
    }
    session.run(&["tap", "--config", "config.json"], None, 6);

    server.emulator().with(|workspace| workspace.set_faults(Script::new()));
    session.write(
        "state.json",
        r#"{"bookmarks": {"segments": {"checkpoint": "x", "began": "2999-01-01T00:00:00Z"}}}"#,
    );
    session.run(&["tap", "--config", "config.json", "--state", "state.json"], None, 0);
    session.run(
        &["airbyte", "read", "--config", "config.json", "--catalog", "nothing.json"],
        None,
        2,
    );
    session.check("segments: connectors");
}
