//! Terminals: narrow, dumb, of another encoding, and what names can do to them.

use std::process::{Command, Stdio};
use std::time::Duration;

use segments_core::Segment;
use segments_emulator::{Fault, RunningServer, Script};
use unicode_width::UnicodeWidthStr;

use crate::support::{KEY, Run, emulator, export, finish, program};

/// What the program says on a terminal of its own, which has this many columns.
fn on_a_terminal(columns: u16, environment: &[(&str, &str)], args: &[&str]) -> Run {
    let binary = env!("CARGO_BIN_EXE_segments");
    let line = format!("stty cols {columns} rows 24; exec {binary} {}", args.join(" "));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).env_clear().env("BRAZE_API_KEY", KEY);
    command.env("PATH", "/usr/bin:/bin").envs(environment.iter().copied()).stdin(Stdio::null());
    finish(command)
}

/// A list of names that are wide, joined, or try to steer, read slowly enough for progress.
fn server() -> RunningServer {
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
fn o8_a_narrow_terminal_shows_names_and_a_wide_one_whole_ids() {
    let server = emulator(60, Script::new());
    let family = Segment::new("family", "👩\u{200d}👩\u{200d}👧", true, ["a"]).unwrap();
    server.emulator().with(|workspace| workspace.create(family).unwrap());
    let segments: Vec<_> =
        server.emulator().with(|workspace| workspace.segments().cloned().collect());
    for columns in [20, 40, 80] {
        let args = ["export", "--base-url", &server.url(), "-q"];
        let run = on_a_terminal(columns, &[("TERM", "dumb")], &args).expect(0);
        let lines: Vec<_> = run.stdout.lines().collect();
        assert_eq!(lines.len(), 62, "{run:?}");
        assert_eq!(lines[0].contains("id  "), columns == 80, "{run:?}");
        for (line, segment) in lines[1..].iter().zip(&segments) {
            assert_eq!(line.contains(segment.id()), columns == 80, "{line}");
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
    for (term, erases) in [("xterm", true), ("dumb", false), ("", false)] {
        let server = server();
        let args = ["export", "--base-url", &server.url()];
        let environment = [("TERM", term), ("NO_COLOR", "1")];
        assert_eq!(coloured(&environment, &args), (false, erases), "{term:?}");
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
    for transport in ["hyper", "blocking"] {
        let run = export(&server.url(), &["-v", "--transport", transport]).expect(8);
        assert!(run.stderr.chars().all(|c| c == '\n' || !c.is_control()), "{run:?}");
        assert!(run.error().contains("\\u{1b}]0;x\\u{7}"), "{run:?}");
        assert!(!run.stderr.contains(['\u{202e}', '\u{2028}']), "{run:?}");
    }
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
