//! No file has two purposes, under whatever names it is reached.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;

use segments_emulator::Script;

use crate::support::{KEY, Run, emulator, finish, names, program, run, wait};

/// What is written or read, and by which flag.
const WRITTEN: [&str; 3] = ["--output", "--report", "--checkpoint"];
const READ: [&str; 2] = ["--api-key-file", "--ca-file"];

/// Another name of a file: what is made of `file` in `directory`, and how it is called.
type Alias = fn(directory: &Path, file: &str) -> String;

const ALIASES: [Alias; 6] = [
    |_, file| file.to_owned(),
    |_, file| format!("./{file}"),
    |_, file| format!("inside/../{file}"),
    |directory, file| directory.join(file).to_str().unwrap().to_owned(),
    |directory, file| {
        symlink(file, directory.join("link")).unwrap();
        "link".to_owned()
    },
    |directory, _| {
        symlink("..", directory.join("inside/out")).unwrap();
        "inside/out/file".to_owned()
    },
];

fn place(there: bool) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("inside")).unwrap();
    if there {
        fs::write(directory.path().join("file"), "old").unwrap();
    }
    directory
}

fn in_directory(directory: &Path, args: &[&str]) -> Run {
    let mut command = program(args);
    command.current_dir(directory);
    finish(command)
}

#[track_caller]
fn assert_refused(run: Run, directory: &Path, there: bool, flags: [&str; 2]) {
    let run = run.expect(2);
    assert_eq!(run.stdout, "", "{flags:?}");
    let error = run.error();
    assert!(flags.iter().all(|flag| error.contains(flag)), "{flags:?}: {error}");
    let file = directory.join("file");
    assert_eq!(fs::read_to_string(file).ok().as_deref(), there.then_some("old"), "{flags:?}");
    let more = |name: &String| !["file", "inside", "link", "hard"].contains(&name.as_str());
    assert!(!names(directory).iter().any(more), "{flags:?}");
}

#[test]
fn o4_two_flags_of_one_file_are_refused_under_any_names() {
    let server = emulator(3, Script::new());
    let url = server.url();
    let pairs = WRITTEN.iter().flat_map(|one| {
        let others = WRITTEN.iter().filter(move |other| *other != one).chain(&READ);
        others.flat_map(move |other| [(*one, *other), (*other, *one)])
    });
    for (one, other) in pairs {
        let reads = READ.contains(&one) || READ.contains(&other);
        for there in [false, true].into_iter().filter(|there| *there || !reads) {
            for alias in ALIASES {
                let directory = place(there);
                let name = alias(directory.path(), "file");
                let args = ["export", "--base-url", &url, one, "file", other, &name];
                let run = in_directory(directory.path(), &args);
                assert_refused(run, directory.path(), there, [one, other]);
            }
        }
        let directory = place(true);
        fs::hard_link(directory.path().join("file"), directory.path().join("hard")).unwrap();
        let args = ["export", "--base-url", &url, one, "file", other, "hard"];
        let run = in_directory(directory.path(), &args);
        assert_refused(run, directory.path(), true, [one, other]);
    }
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 0);
}

#[test]
fn o4_names_that_are_made_of_others_count_too() {
    let server = emulator(3, Script::new());
    let url = server.url();
    for args in [
        ["--keep-partial", "-o", "file", "--report", "file.partial"],
        ["--keep-partial", "--output", "./file", "--checkpoint", "inside/../file.partial"],
        ["--keep-partial", "--checkpoint", "file", "-o", "file.lock"],
        ["--keep-partial", "--checkpoint", "file", "--report", "./file.lock"],
    ] {
        let directory = place(false);
        let args = [&["export", "--base-url", &url], &args[..]].concat();
        assert_refused(
            in_directory(directory.path(), &args),
            directory.path(),
            false,
            ["--", "--"],
        );
    }
    // Of a part that nobody asked for there is no file.
    let directory = place(false);
    let args = ["export", "--base-url", &url, "-o", "file", "--report", "file.partial"];
    in_directory(directory.path(), &args).expect(0);
    assert_eq!(names(directory.path()), ["file", "file.partial", "inside"]);
}

#[test]
fn o4_a_single_page_does_not_overwrite_its_key() {
    let server = emulator(3, Script::new());
    for flag in READ {
        let directory = place(true);
        let args = ["get", "--base-url", &server.url(), "-o", "./file", flag, "file"];
        let run = in_directory(directory.path(), &args);
        assert_refused(run, directory.path(), true, ["--output", flag]);
    }
    let directory = place(true);
    let mut command = program(&["get", "--base-url", &server.url(), "-o", "file"]);
    command.env("SSL_CERT_FILE", "./file").current_dir(directory.path());
    let flags = ["--output", "SSL_CERT_FILE"];
    assert_refused(finish(command), directory.path(), true, flags);
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 0);
}

/// Runs with the streams that are named redirected to `file`, as a shell does.
fn redirected(directory: &Path, args: &[&str], streams: &str) -> Run {
    let file = || File::options().append(true).create(true).open(directory.join("file")).unwrap();
    let mut command = program(args);
    command.current_dir(directory).stdout(Stdio::piped()).stderr(Stdio::piped());
    for stream in streams.chars() {
        match stream {
            '0' => command.stdin(File::open(directory.join("file")).unwrap()),
            '1' => command.stdout(file()),
            _ => command.stderr(file()),
        };
    }
    wait(command.spawn().unwrap())
}

#[test]
fn o4_what_a_stream_was_redirected_to_counts_too() {
    let server = emulator(3, Script::new());
    let url = server.url();
    for (command, streams, more, flags) in [
        ("export", "1", &["--report", "file"][..], ["--report", "standard output"]),
        ("export", "1", &["--checkpoint", "file"], ["--checkpoint", "standard output"]),
        ("export", "1", &["--api-key-file", "file"], ["--api-key-file", "standard output"]),
        ("export", "1", &["-o", "-", "--report", "file"], ["--report", "--output"]),
        ("export", "2", &["-o", "file"], ["--output", "standard error"]),
        ("export", "2", &["-o", "x", "--report", "file"], ["--report", "standard error"]),
        ("export", "0", &["-o", "file", "--api-key-file", "-"], ["--output", "--api-key-file"]),
        ("export", "12", &[], ["standard output", "standard error"]),
        ("get", "1", &["--api-key-file", "file"], ["--api-key-file", "standard output"]),
        ("get", "12", &[], ["standard output", "standard error"]),
    ] {
        let directory = place(true);
        let args = [&[command, "--base-url", &url], more].concat();
        let run = redirected(directory.path(), &args, streams);
        let run = run.expect(2);
        if !streams.contains('2') {
            let error = run.error();
            assert!(flags.iter().all(|flag| error.contains(flag)), "{args:?}: {error}");
            assert_eq!(fs::read_to_string(directory.path().join("file")).unwrap(), "old");
        }
        assert_eq!(names(directory.path()), ["file", "inside"], "{args:?}");
    }
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 0);
    let directory = place(true);
    let args = ["serve", "--load", "file"];
    assert!(redirected(directory.path(), &args, "1").expect(2).error().contains("--load"));
}

#[test]
fn o4_what_is_no_file_or_not_used_may_be_named_twice() {
    let server = emulator(3, Script::new());
    let url = server.url();
    // Nothing is written to standard output.
    let directory = place(true);
    let args = ["export", "--base-url", &url, "-o", "x", "--report", "y"];
    redirected(directory.path(), &args, "12").expect(0);
    let log = fs::read_to_string(directory.path().join("file")).unwrap();
    assert!(log.starts_with("old3 segments"), "{log}");
    // What `check` prints is for people, on both streams.
    let directory = place(true);
    redirected(directory.path(), &["check", "--base-url", &url], "12").expect(0);
    let log = fs::read_to_string(directory.path().join("file")).unwrap();
    assert!(log.starts_with("oldendpoint"), "{log}");
    // `/dev/null` holds nothing that could be mixed.
    let args = ["export", "--base-url", &url, "-o", "/dev/null", "--report", "/dev/null"];
    run(&args).expect(0);
    // Two files are read as one, if somebody likes.
    let key = directory.path().join("key");
    fs::write(&key, KEY).unwrap();
    let key = key.to_str().unwrap();
    let args = ["export", "--base-url", &url, "--api-key-file", key, "--ca-file", key];
    assert!(!run(&args).expect(2).error().contains("same file"));
}

#[test]
fn o4_a_report_beside_a_file_may_go_to_standard_output() {
    let server = emulator(3, Script::new());
    let directory = place(false);
    let args = ["export", "--base-url", &server.url(), "-o", "file", "--report", "-"];
    let run = in_directory(directory.path(), &args).expect(0);
    assert!(run.stdout.contains("\"segments\": 3"), "{run:?}");
    for more in [&[][..], &["-o", "-"], &["-o", "/dev/stdout"]] {
        for report in ["-", "/dev/stdout"] {
            let args = [&["export", "--base-url", &server.url(), "--report", report], more];
            let run = in_directory(directory.path(), &args.concat()).expect(2);
            assert!(run.error().contains("--report"), "{run:?}");
        }
        let args = [&["export", "--base-url", &server.url(), "--checkpoint", "-"], more];
        in_directory(directory.path(), &args.concat()).expect(2);
    }
}
