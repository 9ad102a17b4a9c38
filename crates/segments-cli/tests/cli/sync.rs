//! What has changed since the last run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use segments_core::{ApiKey, Segment};
use segments_emulator::{Fault, Key, Script, ServerThread, Workspace};
use serde_json::Value;

use crate::support::{Run, emulator, finish, names, program, run, signal, until, wait};

pub(crate) fn edit<T>(server: &ServerThread, edit: impl FnOnce(&mut Workspace) -> T) -> T {
    server.emulator().with(edit)
}

pub(crate) fn segment(id: &str) -> Segment {
    Segment::new(id, id, true, ["x"]).unwrap()
}

/// `event id` for each line.
pub(crate) fn events(stdout: &str) -> Vec<String> {
    let lines = stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let names = lines.map(|event| {
        format!("{} {}", event["event"].as_str().unwrap(), event["id"].as_str().unwrap())
    });
    names.collect()
}

fn sync(server: &ServerThread, state: &Path, args: &[&str]) -> Run {
    let (url, state) = (server.url(), state.to_str().unwrap());
    run(&[&["sync", "--base-url", &url, "--state", state], args].concat())
}

/// A server with these segments, and a state that knows them.
fn synced(directory: &Path, ids: &[&str]) -> (ServerThread, std::path::PathBuf) {
    let server = emulator(0, Script::new());
    for id in ids {
        edit(&server, |workspace| workspace.create(segment(id)).unwrap());
    }
    let state = directory.join("state");
    let run = sync(&server, &state, &[]).expect(0);
    assert_eq!(
        events(&run.stdout),
        ids.iter().map(|id| format!("initial {id}")).collect::<Vec<_>>()
    );
    (server, state)
}

#[test]
fn each_run_tells_what_has_changed_since_the_last() {
    for goal in ["complete", "snapshot"] {
        let directory = tempfile::tempdir().unwrap();
        let (server, state) = synced(directory.path(), &["a", "b", "c"]);
        let sync = |code| {
            let run = sync(&server, &state, &["--goal", goal, "--exit-code"]).expect(code);
            (events(&run.stdout), run)
        };
        let (none, run) = sync(0);
        assert!(
            none.is_empty() && run.stderr.contains("nothing has changed; 3 segments"),
            "{run:?}"
        );

        edit(&server, |workspace| {
            workspace.create(segment("d")).unwrap();
            workspace.archive("a").unwrap();
            workspace.rename("b", "Bee").unwrap();
        });
        let (found, run) = sync(1);
        assert_eq!(found, ["created d", "removed a", "renamed b"]);
        assert!(run.stdout.contains(r#""proof":"complete","at":"20"#), "{run:?}");
        assert!(run.stderr.contains("1 created, 1 removed, 1 renamed; 3 segments"), "{run:?}");

        edit(&server, |workspace| {
            workspace.restore("a").unwrap();
            workspace.retag("a", ["y"]).unwrap();
            workspace.set_tracking("b", false).unwrap();
        });
        assert_eq!(sync(1).0, ["restored a", "retagged a", "tracking_changed b"]);
        assert_eq!(sync(0).0, [""; 0]);
        assert_eq!(names(directory.path()), ["state"]);
        let mode = fs::metadata(&state).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_list_of_many_pages_is_read_whole_each_time() {
    let directory = tempfile::tempdir().unwrap();
    let server = emulator(250, Script::new());
    let state = directory.path().join("state");
    assert_eq!(sync(&server, &state, &[]).expect(0).stdout.lines().count(), 250);

    // On no page that another request would show.
    let ids: Vec<_> = edit(&server, |workspace| {
        workspace.segments().map(|segment| segment.id().to_owned()).collect()
    });
    edit(&server, |workspace| {
        workspace.rename(&ids[150], "renamed").unwrap();
        workspace.archive(&ids[3]).unwrap();
        workspace.create(segment("new")).unwrap();
    });
    let run = sync(&server, &state, &[]).expect(0);
    let expected = ["created new".to_owned(), format!("removed {}", ids[3])];
    assert_eq!(events(&run.stdout)[..2], expected);
    assert_eq!(events(&run.stdout)[2..], [format!("renamed {}", ids[150])]);
}

#[test]
fn a_state_that_shrinks_too_much_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let (server, state) = synced(directory.path(), &["a", "b", "c", "d"]);
    edit(&server, |workspace| {
        workspace.archive("a").unwrap();
        workspace.archive("b").unwrap();
    });
    let before = fs::read(&state).unwrap();
    for most in ["0", "1", "49%"] {
        let run = sync(&server, &state, &["--max-removed", most, "--exit-code"]).expect(3);
        assert_eq!(run.stdout, "");
        let error = run.error();
        let expected = format!("2 of 4 segments were removed, and --max-removed allows {most}");
        assert!(error.contains(&expected), "{error}");
        assert_eq!(fs::read(&state).unwrap(), before);
    }
    let run = sync(&server, &state, &["--max-removed", "50%"]).expect(0);
    assert_eq!(events(&run.stdout), ["removed a", "removed b"]);
    assert!(sync(&server, &state, &["--max-removed", "half"]).expect(2).stderr.contains("10%"));
}

#[test]
fn a_report_says_what_was_proven_or_why_not() {
    let directory = tempfile::tempdir().unwrap();
    let (server, state) = synced(directory.path(), &["a", "b"]);
    let path = directory.path().join("report.json");
    let args = ["--report", path.to_str().unwrap(), "--max-attempts", "1", "--exit-code"];
    let report = |code| {
        sync(&server, &state, &args).expect(code);
        serde_json::from_slice::<serde_json::Value>(&fs::read(&path).unwrap()).unwrap()
    };

    let unchanged = report(0);
    assert_eq!(
        (&unchanged["completeness"], &unchanged["segments"]),
        (&"complete".into(), &2.into())
    );
    edit(&server, |workspace| workspace.archive("a").unwrap());
    let changed = report(1);
    assert!(changed["error"].is_null() && changed["ids_digest"] != unchanged["ids_digest"]);

    edit(&server, |workspace| {
        workspace.set_faults(Script::new().then(Fault::status(500).forever()));
    });
    let failed = report(6);
    assert_eq!((&failed["error"]["status"], &failed["ended"]), (&500.into(), &false.into()));
    assert!(failed["ids_digest"].is_null());

    for (file, mentions) in [("-", "mix"), (state.to_str().unwrap(), "the same file")] {
        let error = sync(&server, &state, &["--report", file]).expect(2).error();
        assert!(error.contains(mentions), "{error}");
    }
}

#[test]
fn a_state_changes_only_after_its_events_were_written() {
    let directory = tempfile::tempdir().unwrap();
    let (server, state) = synced(directory.path(), &["a", "b"]);
    edit(&server, |workspace| workspace.archive("a").unwrap());
    let before = fs::read(&state).unwrap();

    // The export fails.
    let refuse = Script::new().then(Fault::status(500).forever());
    edit(&server, |workspace| workspace.set_faults(refuse));
    let run = sync(&server, &state, &["--max-attempts", "1"]).expect(6);
    assert_eq!((run.stdout.as_str(), fs::read(&state).unwrap()), ("", before.clone()));
    edit(&server, |workspace| workspace.set_faults(Script::new()));

    // The events cannot be written.
    let args = ["sync", "--base-url", &server.url(), "--state", state.to_str().unwrap()];
    let mut command = program(&args);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    wait(child).expect(74);
    assert_eq!(fs::read(&state).unwrap(), before);

    // Nobody reads them.
    let mut command = program(&args);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    wait(child).expect(0);
    assert_eq!(fs::read(&state).unwrap(), before);

    assert_eq!(events(&sync(&server, &state, &[]).expect(0).stdout), ["removed a"]);
}

#[test]
fn a_state_is_not_mixed_with_another_workspace() {
    const OTHER: &str = "another-key-of-this-test";
    let directory = tempfile::tempdir().unwrap();
    let (server, state) = synced(directory.path(), &["a"]);
    edit(&server, |workspace| workspace.add_key(Key::list_only(ApiKey::new(OTHER).unwrap())));
    let with_other = |args: &[&str]| {
        let all = ["sync", "--base-url", &server.url(), "--state", state.to_str().unwrap()];
        let mut command = program(&[&all[..], args].concat());
        command.env("BRAZE_API_KEY", OTHER);
        finish(command)
    };
    assert!(with_other(&[]).expect(2).error().contains("was made with another key"));
    with_other(&["--accept-new-key"]).expect(0);
    with_other(&[]).expect(0);

    let elsewhere = emulator(3, Script::new());
    let run = sync(&elsewhere, &state, &["--accept-new-key"]).expect(2);
    assert!(run.error().contains("is that of http://127.0.0.1"), "{run:?}");
    fs::write(&state, "{}").unwrap();
    assert!(sync(&server, &state, &[]).expect(2).error().contains("is not a state"));
    assert_eq!(fs::read(&state).unwrap(), b"{}");
}

#[test]
fn one_process_at_a_time_has_a_state_however_it_ends() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let server = emulator(3, Script::new().then(Fault::stall(20).forever()));
    let args = ["sync", "--base-url", &server.url(), "--state", state.to_str().unwrap()];
    for (name, code) in [("TERM", Some(143)), ("KILL", None)] {
        edit(&server, Workspace::clear_log);
        let mut command = program(&args);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until(|| edit(&server, |workspace| workspace.log().entries().len()) > 0);
        assert!(sync(&server, &state, &[]).expect(2).error().contains("is in use"));
        signal(child.id(), name);
        let run = wait(child);
        assert_eq!((run.code, run.stdout.as_str()), (code, ""));
        assert!(!state.exists());
    }

    edit(&server, |workspace| workspace.set_faults(Script::new()));
    assert_eq!(sync(&server, &state, &[]).expect(0).stdout.lines().count(), 3);
    assert_eq!(names(directory.path()), ["state"]);
}

#[test]
fn a_state_has_no_second_purpose() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "a-key").unwrap();
    let file = file.to_str().unwrap();
    let server = emulator(3, Script::new());
    for args in [["--state", file, "--api-key-file", file], ["--state", "-", "--goal", "complete"]]
    {
        let run = run(&[&["sync", "--base-url", &server.url()], &args[..]].concat()).expect(2);
        assert!(run.error().contains("--state"), "{run:?}");
    }
    assert_eq!(fs::read(file).unwrap(), b"a-key");
    assert_eq!(sync(&server, Path::new("x"), &["--goal", "walk"]).code, Some(2));
}
