//! Processes that end with their owner, and waiting for what they do.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Only what hangs takes longer.
const WATCHDOG: Duration = Duration::from_secs(300);

/// A running program, and the lines that it has printed. Killed when it is dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Process {
    pub(super) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("no output")?;
        let lines = Arc::new(Mutex::new(Vec::new()));

        let printed = Arc::clone(&lines);
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                printed.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        Ok(Self { child, lines })
    }

    /// How many lines hold this text.
    pub(super) fn count(&self, text: &str) -> usize {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter(|line| line.contains(text)).count()
    }

    /// Kills it without a warning.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.kill();
    }
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Waits until something listens on this port.
pub(super) fn listening(port: u16) -> Result<()> {
    until(|| Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()))
}

/// Waits for something to become true.
pub(super) fn until(condition: impl Fn() -> Result<bool>) -> Result<()> {
    #[allow(clippy::disallowed_methods)]
    let started = Instant::now();
    while !condition()? {
        ensure!(started.elapsed() < WATCHDOG, "it takes too long");
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// What an HTTP server answers, or an error.
pub(super) fn curl(arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail-with-body", "--max-time", "120"]);
    let output = command.args(arguments).output()?;
    let answer = String::from_utf8(output.stdout)?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "curl {}: {error}{answer}", arguments.join(" "));
    Ok(answer)
}

/// Posts JSON.
pub(super) fn post(url: &str, body: &str, more: &[&str]) -> Result<String> {
    let json = ["--header", "content-type: application/json", "--data", body];
    curl(&[&json[..], more, &[url]].concat())
}
