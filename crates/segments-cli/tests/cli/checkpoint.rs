//! `--checkpoint`: what was read is not read again, and the list is the same.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use segments_core::Segment;
use segments_emulator::{Emulator, Fault, Script, Server, ServerThread, Workspace, sample};

use crate::support::{KEY, Run, emulator, finish, names, program, signal, until, wait};

/// Five pages and a half: eleven requests for a proof.
const SEGMENTS: usize = 550;

fn asked(server: &ServerThread) -> u64 {
    server.emulator().with(|workspace| workspace.log().total())
}

fn set_faults(server: &ServerThread, script: Script) {
    server.emulator().with(|workspace| workspace.set_faults(script));
}

fn args<'a>(url: &'a str, file: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let file = file.to_str().unwrap();
    let args = ["export", "--base-url", url, "--checkpoint", file, "--window", "1"];
    [&args[..], more].concat()
}

fn export(url: &str, file: &Path, more: &[&str]) -> Run {
    finish(program(&args(url, file, more)))
}

/// Stops an export while its request number `page`, counted from 0, hangs.
fn interrupted(server: &ServerThread, file: &Path, more: &[&str], name: &str, page: u32) -> Run {
    set_faults(server, Script::new().then(Fault::stall(20).after(page).forever()));
    let url = server.url();
    let before = asked(server);
    let mut command = program(&args(&url, file, more));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(|| asked(server) > before + u64::from(page));
    signal(child.id(), name);
    let run = wait(child);
    set_faults(server, Script::new());
    run
}

fn read(text: &str) -> Vec<Segment> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Checks the file on the way, and that nothing else lies beside it.
fn check_file(file: &Path) {
    assert_eq!(names(file.parent().unwrap()), ["saved"]);
    let bytes = fs::read(file).unwrap();
    for part in ["CANARY", "75480f9a", "4db8-4057"] {
        assert!(!bytes.windows(part.len()).any(|window| window == part.as_bytes()));
    }
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

fn file() -> (tempfile::TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("saved");
    (directory, file)
}

#[test]
fn o5_an_interrupted_export_goes_on_from_every_page() {
    let expected = sample(SEGMENTS, 1);
    for goal in ["complete", "walk"] {
        let server = emulator(SEGMENTS, Script::new());
        let (directory, file) = file();
        let more = ["--goal", goal];
        export(&server.url(), &file, &more).expect(0);
        let whole = asked(&server);
        assert!(names(directory.path()).is_empty());
        for page in 0..u32::try_from(whole).unwrap() {
            let name = if page % 2 == 0 { "INT" } else { "TERM" };
            let before = asked(&server);
            let run = interrupted(&server, &file, &more, name, page);
            let run = run.expect(if name == "INT" { 130 } else { 143 });
            assert_eq!(run.stdout, "");
            let part = if page == 0 { "nothing was saved" } else { "Run the same command again" };
            assert!(run.stderr.contains(part), "{run:?}");
            if page > 0 {
                check_file(&file);
            }
            let run = export(&server.url(), &file, &more).expect(0);
            assert_eq!(read(&run.stdout), expected, "{goal} {page}");
            assert_eq!(run.stderr.contains("Resuming"), page > 0, "{run:?}");
            assert!(names(directory.path()).is_empty());
            // The one that stalled is the only one that was asked for twice.
            assert_eq!(asked(&server) - before, whole + 1, "{goal} {page}");
        }
    }
}

#[test]
fn the_age_of_a_checkpoint_is_said() {
    let server = emulator(SEGMENTS, Script::new());
    let (_directory, file) = file();
    for (seconds, age) in [(0, ""), (60, "1 minute old"), (3 * 3_600, "3 hours old")] {
        interrupted(&server, &file, &[], "INT", 4).expect(130);
        let saved = SystemTime::now() - Duration::from_secs(seconds);
        File::options().write(true).open(&file).unwrap().set_modified(saved).unwrap();
        let run = export(&server.url(), &file, &[]).expect(0);
        assert!(run.stderr.contains("Resuming from a checkpoint, "), "{run:?}");
        assert!(run.stderr.contains(age), "{run:?}");
    }
    // A clock that was set back tells no age.
    interrupted(&server, &file, &[], "INT", 4).expect(130);
    let saved = SystemTime::now() + Duration::from_secs(3_600);
    File::options().write(true).open(&file).unwrap().set_modified(saved).unwrap();
    let run = export(&server.url(), &file, &[]).expect(0);
    assert!(run.stderr.contains("Resuming from a checkpoint: "), "{run:?}");
}

#[test]
fn h18_every_end_that_may_pass_leaves_a_checkpoint() {
    let status = Fault::status;
    let ends: [(Fault, &[&str], i32); 20] = [
        (status(500), &[], 6),
        (status(507), &[], 6),
        (status(509), &[], 6),
        (status(525), &[], 6),
        (status(526), &[], 6),
        (status(527), &[], 6),
        (status(529), &[], 6),
        (status(530), &[], 6),
        (status(598), &[], 6),
        (status(429), &[], 5),
        (status(401), &[], 4),
        (status(403), &[], 4),
        (status(400), &[], 8),
        (status(404), &[], 8),
        (status(302), &[], 8),
        (Fault::html(), &[], 8),
        (Fault::gzip(), &[], 8),
        (Fault::body("{\"segments\":[}"), &[], 8),
        (status(200).after(99), &["--max-requests", "5"], 8),
        (status(200).after(99), &["--max-pages", "3"], 8),
    ];
    for goal in ["complete", "walk"] {
        for (fault, limit, code) in &ends {
            let server = emulator(SEGMENTS, Script::new());
            let (directory, file) = file();
            let more = ["--goal", goal, "--max-attempts", "1"];
            let fault =
                if limit.is_empty() { fault.clone().after(3).forever() } else { fault.clone() };
            set_faults(&server, Script::new().then(fault));
            let run = export(&server.url(), &file, &[&more[..], limit].concat()).expect(*code);
            assert!(run.stderr.contains("Run the same command again"), "{goal} {code} {run:?}");
            check_file(&file);

            set_faults(&server, Script::new());
            let run = export(&server.url(), &file, &more).expect(0);
            assert!(run.stderr.contains("Resuming"), "{run:?}");
            assert_eq!(read(&run.stdout), sample(SEGMENTS, 1), "{goal} {code}");
            assert!(names(directory.path()).is_empty());
        }
    }
}

#[test]
fn o2_a_list_that_could_not_be_written_is_not_read_again() {
    let server = emulator(SEGMENTS, Script::new());
    let (directory, file) = file();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let url = server.url();
    let mut command = program(&args(&url, &file, &[]));
    let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let run = wait(child).expect(74);
    assert!(run.stderr.contains("Run the same command again"), "{run:?}");

    let before = asked(&server);
    let run = export(&url, &file, &[]).expect(0);
    assert_eq!((read(&run.stdout), asked(&server)), (sample(SEGMENTS, 1), before));
    assert!(run.stderr.contains("proven complete"), "{run:?}");
    assert!(names(directory.path()).is_empty());
}

#[test]
fn p12_a_failed_export_goes_on_from_every_page() {
    let expected = sample(SEGMENTS, 1);
    for goal in ["complete", "walk"] {
        let server = emulator(SEGMENTS, Script::new());
        let (directory, file) = file();
        let more = ["--goal", goal, "--max-attempts", "1", "--sort"];
        let more = [&more[..], &["desc"]].concat();
        // A failure after two answers: every run gets two pages further.
        let mut pages = 0;
        let run = loop {
            set_faults(&server, Script::new().then(Fault::status(503).after(2).forever()));
            let before = asked(&server);
            let run = export(&server.url(), &file, &more);
            pages += 1;
            if run.code == Some(0) {
                break run;
            }
            let run = run.expect(6);
            check_file(&file);
            assert_eq!((run.stdout.as_str(), asked(&server) - before), ("", 3));
            assert!(pages < 20, "{run:?}");
        };
        let read = read(&run.stdout);
        assert!(read.iter().eq(expected.iter().rev()), "{goal}");
        assert!(names(directory.path()).is_empty());
    }
}

#[test]
fn a_snapshot_goes_on_too() {
    let server = emulator(SEGMENTS, Script::new());
    let (_directory, file) = file();
    for after in [2, 3, 9] {
        set_faults(&server, Script::new().then(Fault::status(503).after(after).forever()));
        let more = ["--goal", "snapshot", "--max-attempts", "1"];
        export(&server.url(), &file, &more).expect(6);
        set_faults(&server, Script::new());
        let run = export(&server.url(), &file, &more).expect(0);
        assert_eq!(read(&run.stdout), sample(SEGMENTS, 1));
        assert!(run.stderr.contains("the list as of"), "{run:?}");
    }
}

#[test]
fn an_edit_during_the_break_is_seen() {
    let server = emulator(SEGMENTS, Script::new());
    let (_directory, file) = file();
    // Behind the ascending pages: the newest come again.
    set_faults(&server, Script::new().then(Fault::status(503).after(7).forever()));
    export(&server.url(), &file, &["--max-attempts", "1"]).expect(6);
    set_faults(&server, Script::new());
    let expected = server.emulator().with(|workspace| {
        let ids: Vec<String> = workspace.segments().map(|s| s.id().to_owned()).collect();
        workspace.rename(&ids[200], "edited").unwrap();
        workspace.segments().cloned().collect::<Vec<_>>()
    });
    let run = export(&server.url(), &file, &[]).expect(0);
    assert_eq!(read(&run.stdout), expected);
}

#[test]
fn whatever_may_pass_is_saved_and_the_rest_is_not() {
    for (fault, more, code) in [
        (Fault::rate_limited(std::time::Duration::from_secs(1800)), &[][..], 5),
        (Fault::status(500), &[], 6),
        (Fault::close(), &[], 7),
        // Long enough for three pages, however slow they are.
        (Fault::stall(20), &["--deadline", "5s"], 9),
        (Fault::ignore_sort_direction(), &[], 3),
        (Fault::ignore_page(), &[], 8),
    ] {
        let server = emulator(SEGMENTS, Script::new().then(fault.after(3).forever()));
        let (directory, file) = file();
        let more = [&["--max-attempts", "1"][..], more].concat();
        let run = export(&server.url(), &file, &more).expect(code);
        if [5, 6, 7, 9].contains(&code) {
            check_file(&file);
            set_faults(&server, Script::new());
            let run = export(&server.url(), &file, &[]).expect(0);
            assert_eq!(read(&run.stdout), sample(SEGMENTS, 1));
        } else {
            assert!(names(directory.path()).is_empty(), "{run:?}");
        }
    }
}

#[test]
fn an_old_file_stays_when_going_on_fails_for_good() {
    let server = emulator(SEGMENTS, Script::new().then(Fault::status(503).after(3).forever()));
    let (_directory, file) = file();
    export(&server.url(), &file, &["--max-attempts", "1"]).expect(6);
    let old = fs::read(&file).unwrap();
    set_faults(&server, Script::new().then(Fault::ignore_page().forever()));
    let run = export(&server.url(), &file, &[]).expect(8);
    assert!(run.stderr.contains("is unchanged"), "{run:?}");
    assert_eq!(fs::read(&file).unwrap(), old);
    check_file(&file);
}

#[test]
fn p13_a_file_of_something_else_is_2() {
    let server = emulator(SEGMENTS, Script::new().then(Fault::status(503).after(3).forever()));
    let (directory, file) = file();
    let url = server.url();
    export(&url, &file, &["--max-attempts", "1"]).expect(6);
    set_faults(&server, Script::new());
    let before = asked(&server);
    let old = fs::read(&file).unwrap();
    let refused = |url: &str, more: &[&str], part: &str| {
        let run = export(url, &file, more).expect(2);
        assert!(run.error().contains(part), "{part} {run:?}");
        assert_eq!(run.stdout, "");
    };
    refused(&url, &["--goal", "walk"], "goal complete");
    refused(&url, &["--goal", "snapshot"], "goal complete");
    refused(&url, &["--sort", "desc"], "order asc");
    refused(&url.replace("127.0.0.1", "localhost"), &[], "another endpoint");
    let mut command = program(&args(&url, &file, &[]));
    command.env("BRAZE_API_KEY", "another");
    assert!(finish(command).expect(2).error().contains("another key"));
    assert_eq!(fs::read(&file).unwrap(), old);

    let middle = old.len() / 2;
    let mut flipped = old.clone();
    flipped[middle] ^= 1;
    let text = String::from_utf8(old.clone()).unwrap();
    let renamed = text.replacen("iOS", "OSi", 1).into_bytes();
    for (bytes, part) in [
        (&flipped[..], "damaged"),
        (&renamed, "damaged"),
        (&old[..middle], "damaged"),
        (&old[..old.len() - 1], "damaged"),
        (&old[..20], "is not a checkpoint"),
        (b"", "is not a checkpoint"),
        (b"{\"segments\":[]}\n", "is not a checkpoint"),
        (text.replacen("\":2}", "\":9}", 1).as_bytes(), "version 9"),
    ] {
        fs::write(&file, bytes).unwrap();
        refused(&url, &[], part);
        assert_eq!(fs::read(&file).unwrap(), bytes);
    }
    assert_eq!(names(directory.path()), ["saved"]);
    assert_eq!(asked(&server), before);
}

#[test]
fn o4_places_that_can_hold_no_checkpoint_are_refused_first() {
    let server = emulator(1, Script::new());
    let (directory, file) = file();
    let url = server.url();
    export(&url, directory.path(), &[]).expect(2);
    export(&url, Path::new("-"), &[]).expect(2);
    export(&url, Path::new("/dev/null"), &[]).expect(2);
    export(&url, &directory.path().join("missing/saved"), &[]).expect(74);
    let name = file.to_str().unwrap();
    export(&url, &file, &["--output", name]).expect(2);
    export(&url, &file, &["--report", name]).expect(2);
    finish(program(&["export", "--demo", "--checkpoint", name])).expect(2);
    assert_eq!(asked(&server), 0);
    assert!(names(directory.path()).is_empty());
}

#[test]
fn o4_a_link_stays_a_link() {
    let server = emulator(SEGMENTS, Script::new().then(Fault::status(503).after(3).forever()));
    let (directory, file) = file();
    let link = directory.path().join("link");
    std::os::unix::fs::symlink("saved", &link).unwrap();
    export(&server.url(), &link, &["--max-attempts", "1"]).expect(6);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    set_faults(&server, Script::new());
    let run = export(&server.url(), &link, &[]).expect(0);
    assert_eq!(read(&run.stdout), sample(SEGMENTS, 1));
    assert_eq!(names(directory.path()), ["link"]);
}

#[test]
fn both_ways_of_keeping_go_together() {
    let server = emulator(SEGMENTS, Script::new().then(Fault::status(503).after(4).forever()));
    let (_directory, file) = file();
    let run = export(&server.url(), &file, &["--max-attempts", "1", "--keep-partial"]).expect(6);
    assert!(run.stderr.contains("partial: 400 segments"), "{run:?}");
    check_file(&file);
    set_faults(&server, Script::new());
    let run = export(&server.url(), &file, &["--keep-partial"]).expect(0);
    assert_eq!(read(&run.stdout), sample(SEGMENTS, 1));
}

#[test]
fn a_window_changes_nothing() {
    let workspace = Workspace::new().with_key(KEY).with_segments(sample(SEGMENTS, 1));
    let server = Server::spawn(Emulator::new(workspace)).unwrap();
    let (_directory, file) = file();
    for after in 1..9 {
        set_faults(&server, Script::new().then(Fault::status(503).after(after).forever()));
        let more = ["--max-attempts", "1"];
        let mut command = args(&server.url(), &file, &more).join(" ").replace("--window 1", "");
        command.push_str(" --window 6");
        let words: Vec<&str> = command.split_whitespace().collect();
        let run = finish(program(&words));
        if run.code != Some(0) {
            run.expect(6);
        }
        set_faults(&server, Script::new());
        let run = finish(program(&words)).expect(0);
        assert_eq!(read(&run.stdout), sample(SEGMENTS, 1));
    }
}
