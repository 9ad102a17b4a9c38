//! Files that cannot be written, or that somebody else writes, and ends without a warning.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::thread;

use segments_emulator::{Fault, Script};

use crate::support::{KEY, emulator, export, finish, names, run, until, wait};

/// The program in a shell that allows a file no more than `blocks` of 512 bytes, which is what a
/// full disk looks like, at a place that can be chosen.
fn on_a_small_disk(blocks: u32, args: &[&str]) -> Command {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_segments")]).args(args);
    command.env_clear().env("BRAZE_API_KEY", KEY).stdin(Stdio::null());
    command
}

#[test]
fn o3_a_disk_that_fills_up_leaves_the_old_file() {
    let server = emulator(3000, Script::new());
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out");
    let output = path.to_str().unwrap();
    for goal in ["walk", "complete"] {
        for (blocks, format) in
            [(0, "ndjson"), (1, "csv"), (100, "json"), (100, "table"), (400, "ndjson")]
        {
            fs::write(&path, "old").unwrap();
            let args = ["export", "--base-url", &server.url(), "--goal", goal, "-o", output];
            let args = [&args[..], &["--format", format]].concat();
            let run = finish(on_a_small_disk(blocks, &args)).expect(74);
            assert!(run.error().contains("File too large"), "{run:?}");
            assert_eq!(fs::read(&path).unwrap(), b"old");
            assert_eq!(names(directory.path()), ["out"]);
        }
    }
}

#[test]
fn o3_a_report_or_checkpoint_without_room_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let path = path.to_str().unwrap();
    // That there is no room at all is known before anything is sent.
    for flag in ["--report", "--checkpoint", "--output"] {
        let server = emulator(250, Script::new());
        let args = ["export", "--base-url", &server.url(), flag, path];
        let run = finish(on_a_small_disk(0, &args)).expect(74);
        assert!(run.error().contains(path), "{run:?}");
        assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 0);
    }
    let server = emulator(250, Script::new().then(Fault::status(503).after(3).forever()));
    let args = ["export", "--base-url", &server.url(), "--checkpoint", path, "--max-attempts", "1"];
    let run = finish(on_a_small_disk(1, &args)).expect(6);
    assert!(run.stderr.contains(&format!("Warning: cannot write {path}")), "{run:?}");
    assert!(!run.stderr.contains("Saved"), "{run:?}");
    assert!(names(directory.path()).is_empty());
}

#[test]
fn o3_a_limit_on_file_sizes_is_a_full_disk() {
    let server = emulator(3000, Script::new());
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out");
    // Without the shell's word the signal ends a process.
    let limited = |blocks: u32, args: &[&str]| {
        let script = format!("ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_segments")]).args(args);
        command.env_clear().env("BRAZE_API_KEY", KEY).stdin(Stdio::null());
        command
    };
    let (url, output) = (server.url(), path.to_str().unwrap());
    for blocks in [0, 1, 100, 400] {
        for more in [&["-o", output][..], &["--report", output], &["--checkpoint", output]] {
            fs::write(&path, "old").unwrap();
            if more[0] == "--checkpoint" {
                fs::remove_file(&path).unwrap();
            }
            let args = [&["export", "--base-url", &url, "--goal", "walk"], more].concat();
            let run = finish(limited(blocks, &args));
            match (more[0], blocks) {
                // A report is short, and a checkpoint that cannot be written ends no export.
                ("--report", 100..) | ("--checkpoint", 1..) => run.expect(0),
                _ => run.expect(74),
            };
            let left = names(directory.path());
            let gone = more[0] == "--checkpoint";
            assert_eq!(left, if gone { vec![] } else { vec!["out".to_owned()] }, "{more:?}");
        }
    }
    let mut command = limited(0, &["man"]);
    let file = fs::File::create(&path).unwrap();
    let child = command.stdout(file).stderr(Stdio::piped()).spawn().unwrap();
    assert!(wait(child).expect(74).error().contains("File too large"));
}

#[test]
fn o4_unusable_files_are_74_before_anything_is_sent() {
    let server = emulator(1, Script::new());
    let directory = tempfile::tempdir().unwrap();
    let inside = |name: &str| directory.path().join(name);
    symlink("loop", inside("loop")).unwrap();
    symlink("/proc", inside("to-a-directory")).unwrap();
    fs::write(inside("file"), "old").unwrap();
    let paths = ["", "missing/file", "loop", "to-a-directory", "file/in-it", &"x".repeat(300)];
    // Nobody, not even root, can make a file in /proc.
    for path in paths.map(inside).iter().chain([&"/proc/out.csv".into()]) {
        for flag in ["--output", "--report", "--checkpoint"] {
            let args = ["export", "--base-url", &server.url(), flag, path.to_str().unwrap()];
            let run = run(&args);
            assert!(matches!(run.code, Some(74 | 2)), "{flag} {run:?}");
            assert!(!run.error().is_empty() && run.stdout.is_empty());
            assert!(flag == "--checkpoint" || run.code == Some(74), "{run:?}");
        }
    }
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 0);
    assert_eq!(names(directory.path()), ["file", "loop", "to-a-directory"]);
    assert_eq!(fs::read(inside("file")).unwrap(), b"old");
}

#[test]
fn o4_a_link_is_followed_and_stays_one() {
    let server = emulator(3, Script::new());
    let directory = tempfile::tempdir().unwrap();
    let inside = |name: &str| directory.path().join(name);
    fs::create_dir(inside("elsewhere")).unwrap();
    symlink("elsewhere/new", inside("link")).unwrap();
    let link = inside("link");
    for old in [false, true] {
        assert_eq!(inside("elsewhere/new").exists(), old);
        export(&server.url(), &["-o", link.to_str().unwrap()]).expect(0);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(inside("elsewhere/new")).unwrap().lines().count(), 3);
    }
    assert_eq!(names(&inside("elsewhere")), ["new"]);
}

#[test]
fn o7_a_closed_standard_output_is_74_and_the_other_streams_are_dispensable() {
    let server = emulator(3, Script::new());
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("out");
    let state = directory.path().join("state");
    let (output, state) = (file.to_str().unwrap(), state.to_str().unwrap());
    let config = directory.path().join("config.json");
    let entries = format!(r#"{{"base_url": "{}", "api_key": "{KEY}"}}"#, server.url());
    fs::write(&config, entries).unwrap();
    let config = config.to_str().unwrap();
    let asked = || server.emulator().with(|workspace| workspace.log().total());

    for (redirection, args, code, lines) in [
        (">&-", &["export"][..], 74, 0),
        (">&-", &["export", "-o", "-"], 74, 0),
        (">&-", &["export", "-o", "/dev/stdout"], 74, 0),
        (">&-", &["get"], 74, 0),
        // Its events would be lost for good: the state would be replaced.
        (">&-", &["sync", "--state", state], 74, 0),
        (">&-", &["tap", "--config", config], 74, 0),
        (">&-", &["airbyte", "check", "--config", config], 74, 0),
        (">/dev/null", &["tap", "--config", config], 0, 0),
        // A program can hand that on, and then nobody can tell it from a closed one.
        ("1<>/dev/null", &["export"], 74, 0),
        (">/dev/null", &["export"], 0, 0),
        (">/dev/null", &["sync", "--state", state], 0, 0),
        (">&-", &["export", "-o", "/dev/null"], 0, 0),
        ("2>&-", &["export"], 0, 3),
        ("<&-", &["export"], 0, 3),
        (">&- 2>&-", &["export", "-o", output], 0, 0),
        ("<&- >&- 2>&-", &["export", "-o", output], 0, 0),
    ] {
        let before = asked();
        let mut command = Command::new("sh");
        command.args(["-c", &format!("exec \"$0\" \"$@\" {redirection}")]);
        command.arg(env!("CARGO_BIN_EXE_segments")).args(args).env_clear();
        command.env("BRAZE_API_KEY", KEY).env("BRAZE_BASE_URL", server.url());

        let run = finish(command).expect(code);
        assert_eq!(run.stdout.lines().count(), lines, "{redirection} {run:?}");
        assert_eq!(asked() == before, code == 74, "{redirection} {args:?}");
        assert!(code == 0 || run.error().contains("standard output is closed"), "{run:?}");
        // Nothing that was meant for a stream went into the file that was opened next.
        if args.ends_with(&[output]) {
            assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 3);
            fs::remove_file(&file).unwrap();
        }
    }
}

#[test]
fn o12_of_two_exporters_the_last_one_wins_whole() {
    let servers = [emulator(250, Script::new()), emulator(700, Script::new())];
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("out.ndjson");
    let whole = || [250, 700].contains(&fs::read_to_string(&file).unwrap().lines().count());
    thread::scope(|scope| {
        let exporters = servers.each_ref().map(|server| {
            let (url, output) = (server.url(), file.to_str().unwrap());
            scope.spawn(move || {
                for _ in 0..10 {
                    export(&url, &["-o", output]).expect(0);
                }
            })
        });
        until(|| file.exists());
        while exporters.iter().any(|exporter| !exporter.is_finished()) {
            assert!(whole());
        }
    });
    assert!(whole());
    assert_eq!(names(directory.path()), ["out.ndjson"]);
}
