//! `--record` and `segments replay`: the same list, the same report, the same exit code.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use segments_conformance::{Case, Suite};
use segments_core::Segment;
use segments_emulator::{Emulator, Fault, Script, Server, ServerThread, Workspace, sample};

use crate::support::{KEY, Run, emulator, finish, program, run, signal, until, wait};

struct Recording {
    directory: tempfile::TempDir,
}

impl Recording {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn command(&self, arguments: &[&str], server: &ServerThread) -> Command {
        let files = ["--record", "record", "--report", "live"];
        let mut command = program(&[&["export"], &files[..], arguments].concat());
        command.current_dir(self.directory.path()).env("BRAZE_BASE_URL", server.url());
        command
    }

    fn export(&self, arguments: &[&str], server: &ServerThread) -> Run {
        finish(self.command(arguments, server))
    }

    fn replay(&self, arguments: &[&str]) -> Run {
        let mut command =
            program(&[&["replay", "record", "--report", "replayed"], arguments].concat());
        command.current_dir(self.directory.path()).env_remove("BRAZE_API_KEY");
        finish(command)
    }

    /// Replays, and compares everything with the export.
    #[track_caller]
    fn assert_alike(&self, live: &Run) {
        let replayed = self.replay(&[]);
        assert_eq!(replayed.code, live.code, "{live:?} {replayed:?}");
        assert_eq!(replayed.stdout, live.stdout);
        assert_eq!(last_lines(&replayed.stderr), last_lines(&live.stderr));

        let read = |name| fs::read_to_string(self.path(name)).unwrap();
        assert_eq!(read("replayed"), read("live"));
        let mode = fs::metadata(self.path("record")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("record")).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// What a replay says about other lines.
    #[track_caller]
    fn refused(&self, lines: &[String]) -> String {
        let text = lines.iter().fold(String::new(), |text, line| text + line + "\n");
        fs::write(self.path("record"), text).unwrap();
        let run = self.replay(&[]).expect(2);
        assert_eq!(run.stdout, "");
        run.error()
    }
}

/// The error with its advice, or the summary.
fn last_lines(stderr: &str) -> String {
    match stderr.find("Error: ") {
        Some(at) => stderr[at..].to_owned(),
        None => stderr.lines().last().unwrap_or_default().to_owned(),
    }
}

/// Six pages, of which one fails for a while.
fn troubled() -> ServerThread {
    emulator(550, Script::new().then(Fault::status(503).page(2).times(2)))
}

#[test]
fn every_end_is_the_same_again() {
    let fault = |fault: Fault| Script::new().then(fault.after(3).forever());
    let ends: [(Script, &[&str], i32); 12] = [
        (Script::new(), &[], 0),
        (Script::new(), &["--goal", "snapshot"], 0),
        (Script::new(), &["--goal", "walk"], 0),
        (Script::new(), &["--sort", "desc", "--window", "1"], 0),
        (Script::new(), &["--window", "32"], 0),
        (Script::new(), &["--min-segments", "551"], 3),
        (fault(Fault::ignore_sort_direction()), &[], 3),
        (fault(Fault::status(401)), &["--goal", "walk"], 4),
        (fault(Fault::rate_limited(Duration::from_secs(1800))), &[], 5),
        (fault(Fault::status(500)), &["--max-attempts", "2"], 6),
        (fault(Fault::close()), &["--max-attempts", "1"], 7),
        (fault(Fault::gzip()), &[], 8),
    ];
    for (script, arguments, code) in ends {
        let recording = Recording::new();
        let live = recording.export(arguments, &emulator(550, script)).expect(code);
        recording.assert_alike(&live);
    }
}

#[test]
fn a_deadline_passes_at_the_same_time() {
    for fault in [Fault::stall(20).after(3), Fault::stall(20)] {
        let server = emulator(550, Script::new().then(fault.forever()));
        let recording = Recording::new();
        let live = recording.export(&["--deadline", "2s"], &server).expect(9);
        recording.assert_alike(&live);
    }
}

/// Records every situation of the conformance suite, and replays it.
fn every_situation(goal: &str) {
    const SCRIPT: &str = r#"
        name=$1/$$
        "$0" export --goal $2 --timeout 5s --record $name.record --report $name.live > $name.out 2> $name.err
        code=$?
        echo $code > $name.code
        grep -qF -e "$BRAZE_API_KEY" $name.record && echo > $name.leaked
        cat $name.out
        exit $code"#;

    let directory = tempfile::tempdir().unwrap();
    let suite = Suite::new("sh").arg("-c").arg(SCRIPT).arg(env!("CARGO_BIN_EXE_segments"));
    let suite = suite.arg(directory.path()).arg(goal).jobs(16);
    let cases = suite.run_blocking().unwrap().len();
    assert_eq!(cases, Case::all().len());

    let paths = directory.path().read_dir().unwrap().map(|entry| entry.unwrap().path());
    let paths: Vec<_> = paths.collect();
    let is_record = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "record");
    let records: Vec<_> = paths.iter().filter(is_record).collect();
    assert_eq!(records.len(), cases);
    for record in records {
        replays_alike(record);
    }
}

fn replays_alike(record: &Path) {
    let read = |ending| fs::read_to_string(record.with_extension(ending)).unwrap();
    let report = record.with_extension("replayed");
    let replayed = run(&["replay", record.to_str().unwrap(), "--report", report.to_str().unwrap()]);

    assert!(!record.with_extension("leaked").exists(), "{replayed:?}");
    assert_eq!(replayed.code.unwrap().to_string(), read("code").trim(), "{replayed:?}");
    assert!(replayed.stdout == read("out"), "{replayed:?}");
    assert_eq!(last_lines(&replayed.stderr), last_lines(&read("err")));
    assert_eq!(read("replayed"), read("live"));
}

#[test]
fn every_situation_is_judged_alike_for_complete() {
    every_situation("complete");
}

#[test]
fn every_situation_is_judged_alike_for_walk() {
    every_situation("walk");
}

#[test]
fn a_stopped_export_stops_there_again() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let server = emulator(550, Script::new().then(Fault::stall(20).after(4).forever()));
        let recording = Recording::new();
        let mut command = recording.command(&["--window", "1"], &server);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until(|| server.emulator().with(|workspace| workspace.log().total()) > 4);
        signal(child.id(), name);
        let live = wait(child).expect(code);
        recording.assert_alike(&live);
    }
}

#[test]
fn what_a_killed_export_has_recorded_is_replayed_and_said_to_be_cut() {
    let server = emulator(550, Script::new().then(Fault::stall(20).after(4).forever()));
    let recording = Recording::new();
    let mut command = recording.command(&["--window", "1"], &server);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(|| server.emulator().with(|workspace| workspace.log().total()) > 4);
    signal(child.id(), "KILL");
    wait(child);

    let run = recording.replay(&["--keep-partial"]).expect(2);
    assert!(run.error().contains("ends after 4 requests, before its export did"), "{run:?}");
    assert_eq!(run.stdout.lines().count(), 400);
}

#[test]
fn a_resumed_export_is_replayed_from_where_it_went_on() {
    for goal in ["complete", "snapshot", "walk"] {
        let server = emulator(550, Script::new().then(Fault::status(503).after(4).forever()));
        let recording = Recording::new();
        let arguments = ["--goal", goal, "--checkpoint", "saved", "--max-attempts", "1"];
        let live = recording.export(&arguments, &server).expect(6);
        let first = fs::read(recording.path("record")).unwrap();
        let replayed = recording.replay(&[]).expect(6);
        assert!(live.stderr.contains(&last_lines(&replayed.stderr)), "{live:?} {replayed:?}");

        server.emulator().with(|workspace| workspace.set_faults(Script::new()));
        let live = recording.export(&arguments, &server).expect(0);
        assert!(live.stderr.contains("Resuming"), "{live:?}");
        assert_ne!(fs::read(recording.path("record")).unwrap(), first);
        recording.assert_alike(&live);
    }
}

#[test]
fn what_was_edited_or_cut_is_named() {
    let recording = Recording::new();
    recording.export(&[], &troubled()).expect(0);
    let lines = recording.lines();
    let last = lines.len() - 1;

    for number in 0..lines.len() {
        let mut edited = lines.clone();
        let end = edited[number].len() - 1;
        edited[number].insert(end, ' ');
        let error = recording.refused(&edited);
        assert!(error.contains(&format!("line {}: it was changed", number + 1)), "{error}");

        let mut shorter = lines.clone();
        shorter.remove(number);
        let error = recording.refused(&shorter);
        let expected = match number {
            0 => "is not a record".to_owned(),
            _ if number == last => format!("ends after {} requests", last - 1),
            _ => format!("line {}: it was changed, or a line before it is missing", number + 1),
        };
        assert!(error.contains(&expected), "{number}: {error}");
    }

    let twice = [&lines[..], &lines[..]].concat();
    assert!(recording.refused(&twice).contains(&format!("line {}:", last + 2)));
    let swapped = [&lines[..1], &lines[2..3], &lines[1..2], &lines[3..]].concat();
    assert!(recording.refused(&swapped).contains("line 2:"));

    // A line that the disk had no room for.
    let text = lines.join("\n");
    fs::write(recording.path("record"), &text[..text.len() - 5]).unwrap();
    assert!(recording.replay(&[]).expect(2).error().contains("before its export"));
}

#[test]
fn what_is_no_record_is_2() {
    let recording = Recording::new();
    let server = emulator(1, Script::new());
    for text in ["", "\n", "id,name\n", "{}\n", "{\"record\":{\"version\":1}}\n"] {
        fs::write(recording.path("record"), text).unwrap();
        recording.replay(&[]).expect(2);
    }
    fs::write(recording.path("record"), "{\"record\":{\"version\":99}}\n").unwrap();
    assert!(recording.replay(&[]).expect(2).error().contains("has version 99"));
    run(&["replay", "/nonexistent"]).expect(2);
    run(&["replay", "/dev/null"]).expect(2);
    run(&["replay"]).expect(2);

    for place in ["-", "/dev/stdout", "/dev/null", "/tmp"] {
        let url = server.url();
        let run = run(&["export", "--base-url", &url, "--record", place]).expect(2);
        assert!(run.error().contains("is not a file"), "{run:?}");
    }
    let run = run(&[
        "export",
        "--demo",
        "--record",
        "same",
        "--output",
        "same.ndjson",
        "--report",
        "same",
    ]);
    assert!(run.expect(2).error().contains("are the same file"));
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 0);
}

#[test]
fn an_old_record_is_replaced_and_private() {
    let recording = Recording::new();
    let path = recording.path("record");
    fs::write(&path, "an old one").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
    let mut old = File::open(&path).unwrap();

    let live = recording.export(&[], &troubled()).expect(0);
    recording.assert_alike(&live);
    // Whoever had opened it does not see the new one.
    assert_eq!(std::io::read_to_string(&mut old).unwrap(), "an old one");
}

#[test]
fn a_record_that_cannot_be_written_is_no_success() {
    let recording = Recording::new();
    let mut command = Command::new("sh");
    let script =
        r#"ulimit -f 8; "$0" export --record record --goal walk --format json > /dev/null"#;
    command.args(["-c", script, env!("CARGO_BIN_EXE_segments")]).env("BRAZE_API_KEY", KEY);
    let server = emulator(550, Script::new());
    command.env("BRAZE_BASE_URL", server.url()).env("XDG_CONFIG_HOME", "/nonexistent");
    command.current_dir(recording.directory.path());

    let run = finish(command).expect(74);
    assert!(run.error().contains("cannot write record: File too large"), "{run:?}");
    recording.replay(&[]).expect(2);
}

#[test]
fn a_reader_that_has_enough_ends_the_record() {
    let recording = Recording::new();
    let server = emulator(550, Script::new());
    let mut command = recording.command(&["--goal", "walk", "--window", "1"], &server);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    wait(child).expect(0);
    recording.replay(&[]).expect(2).error();
}

#[test]
fn replaced_text_is_replaced_again() {
    let half = r#"{"segments":[{"id":"1","name":"VIP \ud83d","analytics_tracking_enabled":true,"tags":[]}],"message":"success"}"#;
    let script = || Script::new().then(Fault::body(half).page(0).forever());
    for (arguments, code) in [(&[][..], 8), (&["--replace-invalid-text"], 0)] {
        let recording = Recording::new();
        let arguments = [&["--goal", "walk"], arguments].concat();
        let live = recording.export(&arguments, &emulator(0, script())).expect(code);
        recording.assert_alike(&live);
        let refused = recording.replay(&["--replace-invalid-text"]).expect(2);
        assert!(refused.error().contains("cannot be added to a replay"), "{refused:?}");
    }
}

#[test]
fn a_name_with_a_part_of_the_key_is_said_to_be_another_one() {
    let segment = Segment::new("1", format!("VIP {}", &KEY[..12]), true, [""; 0]).unwrap();
    let workspace = Workspace::new().with_key(KEY).with_segments([segment]);
    let server = Server::spawn(Emulator::new(workspace)).unwrap();
    let recording = Recording::new();
    let mut command = recording.command(&["--output", "list.ndjson"], &server);
    command.stdout(Stdio::null());
    finish(command).expect(0);

    let replayed = recording.replay(&[]).expect(0);
    assert!(replayed.stdout.contains("VIP ***"), "{replayed:?}");
    assert!(replayed.stderr.contains("said the key, which is *** in the record"), "{replayed:?}");
}

#[test]
fn the_log_is_the_same() {
    let recording = Recording::new();
    let live = recording.export(&["--verbose"], &troubled()).expect(0);
    let replayed = recording.replay(&["--verbose"]).expect(0);
    let requests = |run: &Run| -> Vec<String> {
        let lines = run.stderr.lines().filter(|line| line.starts_with("GET "));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(requests(&replayed), requests(&live));
    assert_eq!(sample(550, 1).len(), live.stdout.lines().count());
}
