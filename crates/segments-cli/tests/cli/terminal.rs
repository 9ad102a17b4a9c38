//! Terminals: narrow, dumb, of another encoding, and what names can do to them.

use std::fs;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use segments_core::Segment;
use segments_emulator::{Emulator, Fault, Script, Server, ServerThread, Workspace, sample};
use unicode_width::UnicodeWidthStr;

use crate::support::{KEY, Run, WATCHDOG, emulator, export, finish, program, signal, until, wait};

/// A minute before an allowance is new.
const BEFORE_THE_HOUR: Duration = Duration::from_secs(1_592_427_600 - 60);

/// What the program says on a terminal of its own, which has this many columns.
fn on_a_terminal(columns: u16, environment: &[(&str, &str)], args: &[&str]) -> Run {
    let binary = env!("CARGO_BIN_EXE_segments");
    let line = format!("stty cols {columns} rows 24; exec '{binary}' {}", args.join(" "));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).env_clear().env("BRAZE_API_KEY", KEY);
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    command.env("PATH", "/usr/bin:/bin").envs(environment.iter().copied()).stdin(Stdio::null());
    finish(command)
}

/// Runs the program on a terminal until a line of it is found, and ends it then.
fn seen_on_a_terminal(columns: u16, args: &[&str], found: impl Fn(&str) -> bool) -> String {
    let binary = env!("CARGO_BIN_EXE_segments");
    let line = format!("stty cols {columns} rows 24; exec '{binary}' {}", args.join(" "));
    let mut command = Command::new("script");
    command.args(["-qefc", &line, "/dev/null"]).env_clear().env("BRAZE_API_KEY", KEY);
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    command.env("PATH", "/usr/bin:/bin").env("TERM", "xterm").stdin(Stdio::null());
    command.stderr(Stdio::null());
    seen(command.stdout(Stdio::piped()).spawn().unwrap(), |child| child.stdout.take(), found)
}

/// Reads what a child says until a line of it is found, and ends it then.
fn seen<R: Read + Send + 'static>(
    mut child: Child,
    output: impl Fn(&mut Child) -> Option<R>,
    found: impl Fn(&str) -> bool,
) -> String {
    let mut output = output(&mut child).unwrap();
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = output.read(&mut bytes) {
            if send.send(bytes[..read].to_vec()).is_err() {
                break;
            }
        }
    });
    let started = Instant::now();
    let mut said = Vec::new();
    let line =
        loop {
            // Also for a child that always says something else.
            let left = WATCHDOG.saturating_sub(started.elapsed());
            said.extend(receive.recv_timeout(left).unwrap_or_else(|_| {
                panic!("nothing more than {:?}", String::from_utf8_lossy(&said))
            }));
            let text = String::from_utf8_lossy(&said).into_owned();
            let line = text.split(['\r', '\n']).find(|line| found(line));
            if let Some(line) = line {
                break line.to_owned();
            }
        };
    signal(child.id(), "TERM");
    child.wait().unwrap();
    line
}

/// Without what erases a line.
fn plain(line: &str) -> &str {
    line.trim_start_matches("\u{1b}[K")
}

/// Whether a text holds the time of a day.
fn has_time(text: &str) -> bool {
    let time = |word: &str| {
        let word = word.trim_end_matches([';', ',']);
        let parts: Vec<_> = word.split(':').collect();
        parts.len() == 3 && parts.iter().all(|part| part.len() == 2 && part.parse::<u8>().is_ok())
    };
    text.split(' ').any(time)
}

/// The progress line is about all of them, so the wait of one is a message.
#[test]
fn o8_a_wait_of_one_of_several_workspaces_is_told_on_a_terminal() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("workspaces.toml");
    let server = limited();
    let url = server.url();
    fs::write(
        &file,
        format!("[workspace.eu]\nbase_url = \"{url}\"\napi_key_env = \"BRAZE_API_KEY\"\n"),
    )
    .unwrap();

    let out = directory.path().join("lists");
    let args = ["export", "--workspaces", file.to_str().unwrap()];
    let args = [&args[..], &["--output-dir", out.to_str().unwrap(), "--window", "1"]].concat();
    let begins = "eu: Rate limited until ";
    let line = seen_on_a_terminal(80, &args, |line| plain(line).starts_with(begins));
    assert!(has_time(plain(&line)) && line.contains(", for "), "{line}");
}

/// A server that refuses the second request for a minute.
fn limited() -> ServerThread {
    emulator(250, Script::new().then(Fault::rate_limited(Duration::from_secs(60)).after(1)))
}

#[test]
fn o8_a_wait_is_seen_however_narrow_the_terminal_is() {
    for (columns, begins) in
        [(80, "Rate limited until "), (40, "Rate limited until "), (20, "until ")]
    {
        let server = limited();
        let args = ["export", "--base-url", &server.url(), "--window", "1"];
        let found = |line: &str| plain(line).starts_with(begins) && has_time(plain(line));
        let line = seen_on_a_terminal(columns, &args, found);
        assert!(plain(&line).width() < columns.into(), "{line}");
    }
}

/// The wait of a 429, and that of an allowance which the last good answer used up.
#[test]
fn a_long_wait_is_told_without_a_terminal() {
    let used_up = || {
        let workspace = Workspace::new().with_key(KEY).with_segments(sample(250, 1));
        let workspace = workspace.with_rate_limit(1);
        Server::spawn(Emulator::starting_at(workspace, BEFORE_THE_HOUR)).unwrap()
    };
    for make in [limited as fn() -> ServerThread, used_up] {
        for more in [&[][..], &["-v"]] {
            let server = make();
            let args = ["export", "--base-url", &server.url()];
            let mut command = program(&[&args[..], &["--window", "1"], more].concat());
            command.stdout(Stdio::null()).stderr(Stdio::piped());
            let found = |line: &str| line.starts_with("Rate limited until ");
            let line = seen(command.spawn().unwrap(), |child| child.stderr.take(), found);
            assert!(has_time(&line) && line.contains(", for "), "{line}");
        }
    }
}

#[test]
fn short_waits_and_quiet_ones_are_not_told() {
    let faults = || Script::new().then(Fault::rate_limited(Duration::from_secs(1)).after(1));
    let run = export(&emulator(250, faults()).url(), &["--window", "1"]).expect(0);
    assert!(!run.stderr.contains("until"), "{run:?}");
    let server = limited();
    let args = ["export", "--base-url", &server.url(), "--window", "1", "-q"];
    let mut command = program(&args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(|| server.emulator().with(|workspace| workspace.log().total()) >= 2);
    let id = child.id();
    // What was to be said of the answer has been said when the next signal is taken.
    thread::sleep(Duration::from_millis(200));
    signal(id, "TERM");
    let run = wait(child).expect(143);
    assert!(!run.stderr.contains("until"), "{run:?}");
}

/// A list of names that are wide, joined, or try to steer, read slowly enough for progress.
fn server() -> ServerThread {
    let server = emulator(0, Script::new().then(Fault::delay(Duration::from_millis(600))));
    server.emulator().with(|workspace| {
        for (id, name) in [
            "日本語のセグメント名がとても長い場合",
            "👩\u{200d}👩\u{200d}👧 family 👍🏽",
            "❤\u{fe0f}❤\u{fe0f}❤\u{fe0f}❤\u{fe0f}❤\u{fe0f}❤\u{fe0f}",
            "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}",
            "\u{1b}]0;title\u{7}\r\u{202e}x\u{200b}\u{9b}2J",
        ]
        .iter()
        .enumerate()
        {
            workspace.create(Segment::new(id.to_string(), name, true, [name]).unwrap()).unwrap();
        }
    });
    server
}

#[test]
fn o8_nothing_is_wider_than_the_terminal() {
    for columns in [20, 40, 80] {
        let server = server();
        let args = ["export", "--base-url", &server.url()];
        let run = on_a_terminal(columns, &[("TERM", "dumb")], &args).expect(0);
        assert!(!run.stdout.contains('\u{1b}'), "{run:?}");
        let lines: Vec<_> = run.stdout.split("\r\n").collect();
        assert!(lines.len() >= 7, "{run:?}");
        assert!(lines.iter().all(|line| line.width() <= columns.into()), "{run:?}");
    }
}

#[test]
fn o8_names_come_before_ids_and_a_wide_terminal_shows_both_whole() {
    let server = emulator(60, Script::new());
    let family = Segment::new("family", "👩\u{200d}👩\u{200d}👧", true, ["a"]).unwrap();
    server.emulator().with(|workspace| workspace.create(family).unwrap());
    let segments: Vec<_> =
        server.emulator().with(|workspace| workspace.segments().cloned().collect());
    for (columns, id_length) in [(20, 0), (40, 0), (80, 8), (160, 36)] {
        let args = ["export", "--base-url", &server.url(), "-q"];
        let run = on_a_terminal(columns, &[("TERM", "dumb")], &args).expect(0);
        let lines: Vec<_> = run.stdout.lines().collect();
        assert_eq!(lines.len(), 62, "{run:?}");
        assert_eq!(lines[0].contains("id  "), id_length > 0, "{run:?}");
        for (line, segment) in lines[1..].iter().zip(&segments) {
            let id = segment.id();
            assert_eq!(line.contains(id), id_length >= id.len(), "{line}");
            assert_eq!(line.starts_with(&id[..id.len().min(8)]), id_length > 0, "{line}");
            let begins: String = segment.name().chars().take(10).collect();
            let is_plain = begins.chars().all(|c| !c.is_control() && c != '\u{202e}');
            assert!(!is_plain || line.contains(&begins), "{line}");
        }
        assert!(lines[61].contains("👩\u{200d}👩\u{200d}👧"), "{}", lines[61]);
    }
}

#[test]
fn o8_no_colour_is_no_colour() {
    let coloured = |environment: &[(&str, &str)], args: &[&str]| {
        let run = on_a_terminal(80, environment, args);
        let plain = run.stdout.replace("\r\u{1b}[K", "");
        (plain.contains('\u{1b}'), plain.len() < run.stdout.len())
    };
    for args in [&["--help"][..], &["--nonsense"]] {
        assert!(coloured(&[("TERM", "xterm")], args).0, "the test sees colours where they are");
        assert!(!coloured(&[("TERM", "xterm"), ("NO_COLOR", "1")], args).0);
        assert!(!coloured(&[("TERM", "dumb")], args).0);
    }
    // The one line that erases itself needs no colour, and a terminal that can erase.
    for term in ["xterm", "dumb", ""] {
        let server = server();
        let args = ["export", "--base-url", &server.url()];
        let environment = [("TERM", term), ("NO_COLOR", "1")];
        let (colour, erases) = coloured(&environment, &args);
        assert!(!colour && (!erases || term == "xterm"), "{term:?}");
    }
    let silent = emulator(1, Script::new().then(Fault::stall(0).forever()));
    let args = ["export", "--base-url", &silent.url()];
    let reading = "\u{1b}[KReading: 0 pages, 1 in flight, ";
    seen_on_a_terminal(80, &args, |line| line.starts_with(reading));
}

/// What stays on the screen of each line: what was written after it was erased the last time.
#[test]
fn o8_the_progress_line_is_gone_before_anything_else_is_said() {
    for (columns, more) in [(80, &["-v"][..]), (40, &["-v"]), (40, &[])] {
        let slow = || Fault::delay(Duration::from_millis(400)).forever();
        let script = Script::new().then(Fault::status(503).delayed(Duration::from_millis(300)));
        let server = emulator(250, script.then(slow()));
        let url = server.url();
        let args = [&["export", "--base-url", &url, "--window", "1"][..], more].concat();
        let run = on_a_terminal(columns, &[("TERM", "xterm")], &args).expect(0);

        let erase = "\r\u{1b}[K";
        assert!(run.stdout.matches(erase).count() > 5, "there is progress: {run:?}");
        let lines = run.stdout.split('\n').map(|line| line.trim_end_matches('\r'));
        let left: Vec<_> = lines.map(|line| line.rsplit(erase).next().unwrap_or(line)).collect();
        assert!(!left.iter().any(|line| line.contains("Reading: ")), "{left:?}");
        assert!(!left.iter().any(|line| line.contains("in flight")), "{left:?}");
        let requests = left.iter().filter(|line| line.starts_with("GET")).count();
        assert_eq!(requests > 4, more == ["-v"], "{left:?}");

        // Each line that was drawn, and erased again, fits.
        for drawn in run.stdout.split(erase).filter(|text| text.contains("in flight")) {
            assert!(drawn.width() < columns.into(), "{drawn:?}");
        }
    }
}

#[test]
fn o9_names_cannot_steer_a_terminal() {
    let server = emulator(0, Script::new());
    server.emulator().with(|workspace| {
        let name = "\u{1b}]0;title\u{7}\r\u{202e}x\u{200b}";
        workspace.create(Segment::new("1", name, true, ["\u{9b}2J"]).unwrap()).unwrap();
    });
    let run = export(&server.url(), &["--format", "table"]).expect(0);
    assert!(run.stdout.chars().all(|c| c == '\n' || !c.is_control()), "{run:?}");
    assert!(run.stdout.contains("\\u{1b}]0;title\\u{7}\\u{d}\\u{202e}x\\u{200b}"), "{run:?}");
}

#[test]
fn o9_messages_of_the_server_cannot_either() {
    let message = "\u{1b}]0;x\u{7}\r\nWarning: forged\u{202e}\u{9b}2J\u{2028}";
    let server = emulator(1, Script::new().then(Fault::message(message).forever()));
    let run = export(&server.url(), &["-v"]).expect(8);
    assert!(run.stderr.chars().all(|c| c == '\n' || !c.is_control()), "{run:?}");
    assert!(run.error().contains("\\u{1b}]0;x\\u{7}"), "{run:?}");
    assert!(!run.stderr.contains(['\u{202e}', '\u{2028}']), "{run:?}");
}

#[test]
fn o13_every_locale_gets_the_same_bytes() {
    let server = server();
    let run = |locale: &str, format: &str| {
        let args = ["export", "--base-url", &server.url(), "--format", format, "-q"];
        let mut command = program(&args);
        for name in ["LC_ALL", "LANG", "LC_CTYPE"] {
            command.env(name, locale);
        }
        finish(command).expect(0).stdout
    };
    for format in ["ndjson", "json", "csv", "tsv", "table"] {
        let expected = run("C.UTF-8", format);
        assert!(expected.contains("日本"));
        for locale in ["C", "POSIX", "de_DE.ISO-8859-1", "ja_JP.SJIS", "nonsense"] {
            assert_eq!(run(locale, format), expected, "{locale} {format}");
        }
    }
}

#[test]
fn o8_many_workspaces_have_one_progress_line_and_a_table_that_fits() {
    use std::fmt::Write as _;
    let directory = tempfile::tempdir().unwrap();
    let list = directory.path().join("list.toml");
    let list_of = |server: &ServerThread, count: usize| {
        let mut text = String::new();
        for number in 0..count {
            let url = server.url();
            let key = "api_key_env = \"BRAZE_API_KEY\"";
            writeln!(text, "[workspace.production-eu-{number}]\nbase_url = \"{url}\"\n{key}")
                .unwrap();
        }
        std::fs::write(&list, text).unwrap();
    };
    let args = ["export", "--jobs", "3", "--workspaces", list.to_str().unwrap()];

    let silent = emulator(1, Script::new().then(Fault::stall(0).forever()));
    list_of(&silent, 20);
    for (columns, begins) in [
        (80, "0 of 20 workspaces: 0 segments, 3 in flight, "),
        (40, "0 of 20 workspaces: 0 segments"),
    ] {
        let line = seen_on_a_terminal(columns, &args, |line| plain(line).starts_with(begins));
        assert!(plain(&line).width() < columns.into(), "{line}");
    }

    let server = emulator(3, Script::new());
    list_of(&server, 5);
    let out = directory.path().join("out");
    let args = [&args[..], &["--output-dir", out.to_str().unwrap()]].concat();
    for columns in [20, 40, 80] {
        let run = on_a_terminal(columns, &[("TERM", "dumb")], &args).expect(0);
        let lines: Vec<_> = run.stdout.split("\r\n").collect();
        let table = lines.iter().position(|line| line.starts_with("workspa")).unwrap();
        assert!(lines[table..].iter().all(|line| line.width() <= columns.into()), "{run:?}");
        assert!(lines[table + 1..table + 6].iter().all(|line| line.starts_with("product")));
    }
}
