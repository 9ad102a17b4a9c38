//! A program that prints the key, such as that of a keychain.

use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use segments_core::ApiKey;

use super::key_text::{looks_like_key, parse_key, read_key};
use crate::child::RunningChild;
use crate::error::CommandError;

/// Long enough to touch a hardware key or to type a passphrase.
const LIMIT: Duration = Duration::from_secs(60);

/// The words of a command line, as a shell would split it.
pub(super) fn words(command: &str, place: &str) -> Result<Vec<String>, CommandError> {
    let words = shlex::split(command).filter(|words| !words.is_empty());
    words.ok_or_else(|| {
        let message =
            format!("{place} is not a command: it is empty, or a quotation mark is not closed");
        CommandError::usage(message, "Write a program and its arguments")
    })
}

/// Runs the program without a shell, and reads the key that it prints.
///
/// What it prints to standard error is the user's, so it stays there.
pub(super) fn key_of_command(words: &[String], place: &str) -> Result<ApiKey, CommandError> {
    let (program, arguments) = words.split_first().expect("there is a program");
    if looks_like_key(Path::new(program)) {
        let message = format!("{place} must be a command that prints a key, and looks like a key");
        return Err(CommandError::usage(message, "Put the key into BRAZE_API_KEY or into a file"));
    }
    let failed = |what: String| {
        let advice = "Run it by hand; it must print the key and nothing else";
        CommandError::usage(format!("{place}: {program} {what}"), advice)
    };

    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    let child = RunningChild::spawn(&mut command)
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    let (status, printed) = match output(&child, LIMIT) {
        Ok(Some(output)) => output,
        Ok(None) => return Err(failed(format!("has not ended after {} s", LIMIT.as_secs()))),
        Err(error) => return Err(failed(format!("cannot be read: {error}"))),
    };

    if !status.success() {
        return Err(failed(format!("failed ({status})")));
    }
    if printed.is_empty() {
        return Err(failed("printed nothing".to_owned()));
    }
    parse_key(printed, place)
}

/// How the child ends, and what it prints; `None` if that takes too long.
fn output(child: &RunningChild, limit: Duration) -> io::Result<Option<(ExitStatus, Vec<u8>)>> {
    let started = Instant::now();
    let stdout = child.take_stdout().expect("it is piped");
    let (sender, receiver) = mpsc::channel();
    // On a thread of its own: a program in the background may keep the pipe open for ever.
    thread::spawn(move || sender.send(read_key(stdout)));

    let Some(status) = child.wait(limit)? else { return Ok(None) };
    match receiver.recv_timeout(limit.saturating_sub(started.elapsed())) {
        Ok(printed) => Ok(Some((status, printed?))),
        Err(_) => Ok(None),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Read;
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn run(script: &str, limit: Duration) -> Option<(ExitStatus, Vec<u8>)> {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::piped());
        output(&RunningChild::spawn(&mut command).unwrap(), limit).unwrap()
    }

    #[test]
    fn a_program_has_a_time_limit() {
        let (status, printed) = run("echo key", LIMIT).unwrap();
        assert!(status.success() && printed == b"key");

        let short = Duration::from_millis(300);
        assert!(run("exec sleep 60", short).is_none());
        // It ends, but something that it has started keeps the pipe.
        assert!(run("sleep 60 & echo key", short).is_none());
    }

    #[test]
    fn a_program_that_does_not_end_is_killed() {
        let mut command = Command::new("sh");
        let script = "trap '' TERM; echo ready; while :; do sleep 0.1; done";
        command.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::piped());
        let child = RunningChild::spawn(&mut command).unwrap();
        let mut ready = [0; 6];
        child.take_stdout().unwrap().read_exact(&mut ready).unwrap();

        assert!(child.wait(Duration::from_millis(50)).unwrap().is_none());
        let status = child.wait(Duration::ZERO).unwrap().unwrap();
        assert_eq!(status.signal(), Some(9));
    }

    #[test]
    fn a_command_line_is_split_as_a_shell_does() {
        let split = |text: &str| words(text, "x").unwrap();
        assert_eq!(split("pass show braze/eu"), ["pass", "show", "braze/eu"]);
        assert_eq!(
            split(r#"op read "op://Team Vault/key" 'a"b' c\ d"#)[2..],
            ["op://Team Vault/key", "a\"b", "c d"]
        );
        // No shell: these are characters.
        assert_eq!(split("echo $HOME | cat; *"), ["echo", "$HOME", "|", "cat;", "*"]);
        for command in ["", "  ", "pass 'show", "# nothing"] {
            assert!(words(command, "x").is_err(), "{command:?}");
        }
    }
}
