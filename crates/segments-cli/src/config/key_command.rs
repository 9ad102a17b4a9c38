//! A program that prints the key, such as that of a keychain.

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use segments_core::ApiKey;

use super::key_text::{parse_key, read_key};
use crate::error::CommandError;

/// Long enough to touch a hardware key or to type a passphrase.
const LIMIT: Duration = Duration::from_secs(60);

/// Between two looks at whether the program has ended.
const PERIOD: Duration = Duration::from_millis(10);

/// Runs the program without a shell, and reads the key that it prints.
///
/// What it prints to standard error is the user's, so it stays there.
pub(super) fn key_of_command(words: &[String], place: &str) -> Result<ApiKey, CommandError> {
    let (program, arguments) = words.split_first().expect("the file is checked");
    let failed = |what: String| {
        let advice = "Run it by hand; it must print the key and nothing else";
        CommandError::usage(format!("{place}: {program} {what}"), advice)
    };

    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    let (status, printed) = match output(&mut child, LIMIT) {
        Some(Ok(output)) => output,
        Some(Err(error)) => return Err(failed(format!("cannot be read: {error}"))),
        None => return Err(failed(format!("has not ended after {} s", LIMIT.as_secs()))),
    };

    if !status.success() {
        return Err(failed(format!("failed ({status})")));
    }
    if printed.is_empty() {
        return Err(failed("printed nothing".to_owned()));
    }
    parse_key(printed, place)
}

/// What the child prints, and how it ends; `None` if that takes too long.
fn output(child: &mut Child, limit: Duration) -> Option<io::Result<(ExitStatus, Vec<u8>)>> {
    let started = Instant::now();
    let stdout = child.stdout.take().expect("it is piped");
    let (sender, receiver) = mpsc::channel();
    // On a thread of its own: a program in the background may keep the pipe open for ever.
    thread::spawn(move || sender.send(read_key(stdout)));

    let ended = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Ok(status),
            Ok(None) if started.elapsed() < limit => thread::sleep(PERIOD),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
            Err(error) => break Err(error),
        }
    };
    let printed = receiver.recv_timeout(limit.saturating_sub(started.elapsed())).ok()?;
    Some(ended.and_then(|status| Ok((status, printed?))))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn run(script: &str, limit: Duration) -> Option<io::Result<(ExitStatus, Vec<u8>)>> {
        let mut command = Command::new("sh");
        let child = command.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::piped());
        output(&mut child.spawn().unwrap(), limit)
    }

    #[test]
    fn a_program_has_a_time_limit() {
        let (status, printed) = run("echo key", LIMIT).unwrap().unwrap();
        assert!(status.success() && printed == b"key");

        let short = Duration::from_millis(300);
        assert!(run("exec sleep 60", short).is_none());
        // It ends, but something that it has started keeps the pipe.
        assert!(run("sleep 60 & echo key", short).is_none());
    }
}
