//! `docs/tour.md`, typed into one shell, command by command.

use std::fmt::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::finish;

const TOUR: &str = include_str!("../../../../docs/tour.md");

/// Where the emulators of the document are. Those of the test are elsewhere.
const ADDRESS: &str = "127.0.0.1";
const PORTS: [&str; 2] = ["8080", "8090"];

/// What stands before the address of a server.
const LISTEN: &str = "--listen ";

/// What the shell prints before the output of each command.
const MARK: &str = "--- command";

/// A command, and what the document shows below it.
struct Step {
    command: String,
    shown: Vec<String>,
}

/// The commands of all console blocks. A line that begins with `> ` continues a command, as in a
/// shell.
fn steps(document: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut in_console = false;

    for line in document.lines() {
        if line.starts_with("```") {
            in_console = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| in_console) {
            steps.push(Step { command: command.to_owned(), shown: Vec::new() });
        } else if in_console {
            let step = steps.last_mut().expect("a command comes before its output");
            let more = line.strip_prefix('>').map(|more| more.strip_prefix(' ').unwrap_or(more));
            match more.filter(|_| step.shown.is_empty()) {
                Some(more) => step.command.extend(["\n", more]),
                None => step.shown.push(line.to_owned()),
            }
        }
    }
    steps
}

/// A script that runs the commands, each with the exit code of the one before in `$?`.
fn script(steps: &[Step]) -> String {
    let mut script = String::new();

    for Step { command, .. } in steps {
        writeln!(script, "code=$?; echo '{MARK}'; (exit $code)\n{command}").unwrap();

        if let Some((_, listen)) = command.split_once(LISTEN) {
            // A person is slower than the start of a server.
            let address = listen.split(' ').next().unwrap().replace(':', "/");
            let connect = format!("(exec 3<> /dev/tcp/{address}) 2> /dev/null");
            writeln!(script, "until {connect}; do sleep 0.05; done").unwrap();
        }
    }
    script
}

/// A loopback address of this process alone: on 127.0.0.1 a port that is free now may be given to
/// another test before the tour comes to it.
fn own_address() -> Ipv4Addr {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 1 + high % 128, middle, low)
}

/// The document, with an address and free ports in place of its own.
fn tour() -> String {
    let address = own_address();
    let listeners = PORTS.map(|_| TcpListener::bind((address, 0)).unwrap());
    let tour = TOUR.replace(ADDRESS, &address.to_string());

    PORTS.iter().zip(&listeners).fold(tour, |tour, (port, listener)| {
        let free = listener.local_addr().unwrap().port().to_string();
        tour.replace(port, &free)
    })
}

/// Whether a line is as the document shows it, where `…` stands for any text.
fn fits(shown: &str, printed: &str) -> bool {
    let Some((start, more)) = shown.split_once('…') else { return shown == printed };
    let Some(rest) = printed.strip_prefix(start) else { return false };

    let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    ends.into_iter().any(|at| fits(more, &rest[at..]))
}

/// The same for lines, where a line `…` stands for any lines.
fn fit(shown: &[String], printed: &[&str]) -> bool {
    match shown {
        [] => printed.is_empty(),
        [any, more @ ..] if any == "…" => (0..=printed.len()).any(|at| fit(more, &printed[at..])),
        [line, more @ ..] => printed
            .split_first()
            .is_some_and(|(printed, rest)| fits(line, printed) && fit(more, rest)),
    }
}

/// What a terminal of 100 columns shows when bash runs a file in an empty home directory.
fn typed(home: &Path, file: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_segments")).parent().unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", program.display());
    let line = format!("stty cols 100 rows 40 -onlcr; exec bash {}", file.display());

    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).current_dir(home);
    command.env_clear().env("HOME", home).env("PATH", path).env("TERM", "dumb");
    finish(command).expect(0).stdout
}

#[test]
fn the_tour_prints_what_it_shows() {
    let steps = steps(&tour());
    assert!(steps.len() > 25, "{} commands", steps.len());

    let directory = tempfile::tempdir().unwrap();
    let (home, file) = (directory.path().join("home"), directory.path().join("tour.sh"));
    std::fs::create_dir(&home).unwrap();
    std::fs::write(&file, script(&steps)).unwrap();

    let transcript = typed(&home, &file);
    let outputs: Vec<&str> = transcript.split(&format!("{MARK}\n")).skip(1).collect();
    assert_eq!(outputs.len(), steps.len(), "{transcript}");

    for (Step { command, shown }, output) in steps.iter().zip(outputs) {
        let printed: Vec<&str> = output.lines().collect();
        assert!(fit(shown, &printed), "$ {command}\nshown: {shown:#?}\nprinted: {printed:#?}");
    }
}
