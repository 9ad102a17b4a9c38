//! Files that can be written and not replaced: containers mount such ones.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use segments_emulator::{Fault, Script, ServerThread};

use crate::support::{KEY, Run, emulator, finish, names};

/// Runs the program where `file` in `directory` is a mount of its own, and `script` has been run
/// before it. Nothing if this machine does not let a test mount anything.
fn mounted(directory: &Path, script: &str, args: &[&str]) -> Option<Run> {
    const CANNOT: i32 = 99;
    let script = format!(
        "mount --bind mounted file 2>/dev/null || exit {CANNOT}; {script} exec \"$0\" \"$@\""
    );
    // As root of a namespace of its own, in which mounts are nobody else's affair.
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
    command.arg(env!("CARGO_BIN_EXE_segments")).args(args).current_dir(directory);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("BRAZE_API_KEY", KEY);
    command.stdin(Stdio::null());
    let run = finish(command);
    let cannot = run.code == Some(CANNOT) || run.stderr.starts_with("unshare:");
    if cannot {
        println!("cannot mount: {run:?}");
    }
    (!cannot).then_some(run)
}

fn place() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for name in ["file", "mounted"] {
        fs::write(directory.path().join(name), "old".repeat(10_000)).unwrap();
    }
    directory
}

fn asked(server: &ServerThread) -> u64 {
    server.emulator().with(|workspace| workspace.log().total())
}

#[test]
fn o15_a_mounted_file_is_written_in_place_and_it_is_said() {
    let server = emulator(250, Script::new());
    let directory = place();
    let inside = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();
    let args = ["export", "--base-url", &server.url(), "-o", "file", "--report", "report"];
    let Some(run) = mounted(directory.path(), "", &args) else { return };
    let run = run.expect(0);
    assert!(run.stderr.contains("Warning: file is a mount of its own"), "{run:?}");
    assert!(run.stderr.contains("written to file in place"), "{run:?}");
    assert_eq!(inside("mounted").lines().count(), 250);
    assert_eq!(names(directory.path()), ["file", "mounted", "report"]);

    let args = ["export", "--base-url", &server.url(), "-o", "out", "--report", "file"];
    let run = mounted(directory.path(), "", &args).unwrap().expect(0);
    assert!(run.stderr.contains("Warning: file is a mount of its own"), "{run:?}");
    assert!(serde_json::from_str::<serde_json::Value>(&inside("mounted")).is_ok());
}

#[test]
fn o15_a_failed_export_leaves_a_mounted_file_as_it_was() {
    let server = emulator(250, Script::new().then(Fault::status(400).page(2).forever()));
    let directory = place();
    let old = fs::read(directory.path().join("mounted")).unwrap();
    let args = ["export", "--base-url", &server.url(), "-o", "file", "--keep-partial"];
    let Some(run) = mounted(directory.path(), "", &args) else { return };
    let run = run.expect(8);
    assert_eq!(fs::read(directory.path().join("mounted")).unwrap(), old);
    assert!(run.stderr.contains("written to file.partial"), "{run:?}");
    assert!(
        fs::read_to_string(directory.path().join("file.partial")).unwrap().lines().count() > 90
    );
}

#[test]
fn o15_a_mounted_file_is_written_where_nothing_else_can_be() {
    let server = emulator(250, Script::new());
    let directory = place();
    // As in a container whose own files are read-only.
    let script = "mount --bind . . && mount --bind mounted file && mount -o remount,bind,ro . && \
                  cd . || exit 99; cd \"$PWD\" || exit 99;";
    let args = ["export", "--base-url", &server.url(), "-o", "file"];
    let Some(run) = mounted(directory.path(), script, &args) else { return };
    run.expect(0);
    let mounted_file = fs::read_to_string(directory.path().join("mounted")).unwrap();
    assert_eq!(mounted_file.lines().count(), 250);
    // Another file has no place there, which is known before anything is sent.
    let before = asked(&server);
    let args = ["export", "--base-url", &server.url(), "-o", "other"];
    mounted(directory.path(), script, &args).unwrap().expect(74);
    assert_eq!(asked(&server), before);
}

#[test]
fn o15_a_checkpoint_has_to_be_replaced() {
    let server = emulator(250, Script::new());
    let directory = place();
    fs::write(directory.path().join("mounted"), "").unwrap();
    let args = ["export", "--base-url", &server.url(), "--checkpoint", "file"];
    let Some(run) = mounted(directory.path(), "", &args) else { return };
    let error = run.expect(74).error();
    assert!(error.contains("a mount of its own, and cannot be replaced"), "{error}");
    assert_eq!(asked(&server), 0);
}
