//! A program that prints the key.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use segments_emulator::Script;

use crate::support::{KEY, emulator, finish, program, run, signal, until, wait};

#[test]
fn c9_the_command_of_a_flag_goes_before_the_variable() {
    let server = emulator(3, Script::new());
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("the key");
    fs::write(&path, format!("{KEY}\n")).unwrap();

    let command_line = format!("cat '{}'", path.display());
    let mut command = program(&["export", "--base-url", &server.url()]);
    command.args(["--api-key-command", &command_line]).env("BRAZE_API_KEY", "another");
    command.env("PATH", "/usr/bin:/bin");
    assert_eq!(finish(command).expect(0).stdout.lines().count(), 3);

    let show = ["config", "show", "--origin", "--api-key-command", &command_line];
    let shown = run(&show).expect(0).stdout;
    assert!(
        shown.contains("api_key_command = [\"cat\", \"***\"]  # --api-key-command\n"),
        "{shown}"
    );
}

#[test]
fn c10_what_is_no_command_is_refused_before_anything_is_sent() {
    let server = emulator(3, Script::new());
    let url = server.url();
    let refused = |args: &[&str]| {
        let run = run(&[&["export", "--base-url", &url], args].concat()).expect(2);
        run.stderr
    };
    for (command, said) in [
        ("", "is empty, or a quotation mark is not closed"),
        ("cat 'key", "is empty, or a quotation mark is not closed"),
        ("/nonexistent/program", "--api-key-command: /nonexistent/program cannot be run"),
        ("/bin/false", "failed (exit status: 1)"),
        ("/bin/true", "printed nothing"),
        ("/bin/echo two words", "--api-key-command: "),
        // It is not repeated either: `run` looks for it.
        (KEY, "looks like a key"),
    ] {
        let said_instead = refused(&["--api-key-command", command]);
        assert!(said_instead.contains(said), "{command}: {said_instead}");
    }
    refused(&["--api-key-command", "/bin/echo key", "--api-key-file", "key"]);
    run(&["export", "--demo", "--api-key-command", "/bin/echo key"]).expect(2);
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 0);
}

/// Whether a process of this number is there and no zombie.
fn is_running(id: &str) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(id).join("stat"));
    status.is_ok_and(|status| !status.rsplit(')').next().unwrap().starts_with(" Z"))
}

#[test]
fn o5_a_signal_ends_the_command_too() {
    let waits = "echo $$ > \"$0\"; exec sleep 300";
    let ignores = "trap '' TERM HUP INT; echo $$ > \"$0\"; while :; do sleep 0.1; done";
    for (name, code) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        for script in [waits, ignores] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("id");
            fs::write(directory.path().join("script"), script).unwrap();

            let mut command = program(&["export", "--instance", "us-01"]);
            let shell = "/bin/sh -c \". ./script\" ./id";
            command.args(["--api-key-command", shell]).current_dir(directory.path());
            command.env("PATH", "/usr/bin:/bin").stdout(Stdio::piped()).stderr(Stdio::piped());
            let child = command.spawn().unwrap();
            let started = || fs::read_to_string(&path).is_ok_and(|id| id.ends_with('\n'));
            until(started);
            let id = fs::read_to_string(&path).unwrap().trim().to_owned();
            assert!(is_running(&id));

            signal(child.id(), name);
            wait(child).expect(code);
            assert!(!is_running(&id), "{name} {script}");
        }
    }
}

#[test]
fn o17_the_deadline_ends_the_command_too() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("script"), "echo $$ > id; exec sleep 300").unwrap();
    let mut command = program(&["export", "--instance", "us-01", "--deadline", "5s"]);
    command.args(["--api-key-command", "/bin/sh ./script"]).current_dir(directory.path());
    command.env("PATH", "/usr/bin:/bin");
    finish(command).expect(9);
    let id = fs::read_to_string(directory.path().join("id")).unwrap();
    assert!(!is_running(id.trim()));
}
