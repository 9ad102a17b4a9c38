//! What the tests share. Every run is checked for the key, whatever else it is about.

use std::fmt;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use segments_emulator::{Emulator, Script, Server, ServerThread, Workspace, sample};
use segments_tests::echoes::piece_in;

/// The key of every test: neither it nor eight characters of it may come out anywhere.
pub(crate) const KEY: &str = "CANARY-75480f9a-4db8-4057-8b7e-4d59bfd73709";

/// What takes longer hangs, however slow the machine is: no measure of speed.
pub(crate) const WATCHDOG: Duration = Duration::from_secs(600);

/// How a run of the program ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Checks the code, and shows what was said if it is another.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// What is wrong, in one line, and what to do next.
    #[track_caller]
    pub(crate) fn error(&self) -> String {
        let mut lines = self.stderr.lines().skip_while(|line| !line.starts_with("Error: "));
        let error = lines.next().unwrap_or_else(|| panic!("{self:?}")).to_owned();
        assert_eq!(self.stderr.matches("Error: ").count(), 1, "{self:?}");
        error + lines.next().filter(|line| line.starts_with("       ")).unwrap_or_default()
    }
}

/// Without the end of a long output.
impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stdout: String = self.stdout.chars().take(400).collect();
        write!(f, "code {:?}\nstdout {stdout:?}\nstderr {:?}", self.code, self.stderr)
    }
}

/// The program, with a key and nothing else in its environment.
pub(crate) fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segments"));
    command.args(args).env_clear().env("BRAZE_API_KEY", KEY).stdin(Stdio::null());
    // The user who runs the tests may have a configuration file.
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    command
}

/// Runs the program to its end.
pub(crate) fn run(args: &[&str]) -> Run {
    finish(program(args))
}

/// Runs a command to its end.
pub(crate) fn finish(mut command: Command) -> Run {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait(child)
}

/// Waits for a running program.
pub(crate) fn wait(child: Child) -> Run {
    let id = child.id();
    let (send, receive) = mpsc::channel();
    thread::spawn(move || send.send(child.wait_with_output()));
    let Ok(output) = receive.recv_timeout(WATCHDOG) else {
        signal(id, "KILL");
        panic!("the program hangs");
    };
    let output = output.unwrap();
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let run = Run {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    };
    for text in [&run.stdout, &run.stderr] {
        assert_eq!(piece_in(KEY, text.as_bytes()), None, "{run:?}");
    }
    assert!(!run.stderr.contains("panicked"), "{run:?}");
    run
}

/// Waits for something to become true.
#[track_caller]
pub(crate) fn until(condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < WATCHDOG, "it never becomes true");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Sends a signal to one process.
pub(crate) fn signal(id: u32, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), id.to_string()]).status().unwrap();
    assert!(sent.success());
}

/// An emulator with this many segments.
pub(crate) fn emulator(segments: usize, faults: Script) -> ServerThread {
    let workspace =
        Workspace::new().with_key(KEY).with_segments(sample(segments, 1)).with_faults(faults);
    Server::spawn(Emulator::new(workspace)).unwrap()
}

/// Runs an export from `url`.
pub(crate) fn export(url: &str, args: &[&str]) -> Run {
    run(&[&["export", "--base-url", url], args].concat())
}

/// A server that says the same to everybody, and counts them.
pub(crate) struct Raw {
    pub(crate) url: String,
    connections: Arc<AtomicUsize>,
}

impl Raw {
    /// Reads a head, writes `answer` and closes.
    pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::serving(move |mut stream, _| {
            let _ = stream.write_all(&answer);
        })
    }

    /// Answers 200 with this body.
    pub(crate) fn body(body: &str) -> Self {
        let length = body.len();
        Self::answering(format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        ))
    }

    /// Hands each connection on, with the head of its request.
    pub(crate) fn serving(answer: impl Fn(TcpStream, &str) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let answer = Arc::clone(&answer);
                thread::spawn(move || {
                    let head = head(&stream);
                    answer(stream, &head);
                });
            }
        });
        Self { url, connections }
    }

    /// How many have come.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

const TLS_HANDSHAKE: u8 = 22;

fn head(mut stream: &TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
        // A TLS handshake has no lines to wait for.
        if head == [TLS_HANDSHAKE] {
            break;
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// The names in a directory.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = directory.read_dir().unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
