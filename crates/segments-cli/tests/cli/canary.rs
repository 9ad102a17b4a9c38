//! Every way to fail, at the highest verbosity, with servers that say the key back: neither it nor
//! eight characters of it come out, on a stream, in a file, or in the list of processes.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use segments_emulator::{Fault, Script};
use segments_tests::echoes::{echoes, piece_in};

use crate::support::{KEY, emulator, finish, program, signal, wait};

/// What is said, kept and reported, as much as can be.
const LOUD: [&str; 14] = [
    "-vvv",
    "--keep-partial",
    "--window",
    "1",
    "--max-attempts",
    "2",
    "--output",
    "out.csv",
    "--report",
    "report",
    "--checkpoint",
    "saved",
    "--record",
    "record",
];

/// Runs a command in a directory of its own, looks into the list of processes meanwhile, and
/// searches everything behind it.
fn search(name: &str, mut command: Command) -> Option<i32> {
    let directory = tempfile::tempdir().unwrap();
    command.current_dir(directory.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let line = command_line(&child);
    // Searches both streams itself.
    let run = wait(child);
    for (place, text) in [("command line", line), ("files", files(directory.path()))] {
        assert_eq!(piece_in(KEY, &text), None, "{name}: {place}: {run:?}");
    }
    run.code
}

fn command_line(child: &Child) -> Vec<u8> {
    fs::read(format!("/proc/{}/cmdline", child.id())).unwrap()
}

/// The names and bytes of all files.
fn files(directory: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in directory.read_dir().unwrap().map(Result::unwrap) {
        all.extend(entry.file_name().as_encoded_bytes());
        all.extend(fs::read(entry.path()).unwrap());
    }
    all
}

/// Runs jobs, a few at a time: most of them wait.
fn side_by_side<T: Sync>(jobs: &[T], run: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    run(job);
                }
            });
        }
    });
}

/// An export that keeps everything; a walk, which streams; one page.
fn ways() -> [Vec<&'static str>; 3] {
    let export = [&["export"][..], &LOUD].concat();
    let walk = ["export", "--goal", "walk", "-vvv", "--max-attempts", "2", "--report", "report"];
    let get = ["get", "--page", "2", "-vvv", "--max-attempts", "2"];
    [export, walk.to_vec(), get.to_vec()]
}

#[test]
fn no_echo_of_a_server_comes_out() {
    let ways = ways();
    let echoes = echoes(KEY);
    let jobs: Vec<_> =
        echoes.iter().flat_map(|echo| ways.iter().map(move |way| (echo, way))).collect();
    side_by_side(&jobs, |((name, fault), way)| {
        let server = emulator(350, Script::new().then(fault.clone().page(2).forever()));
        let mut command = program(way);
        command.args(["--base-url", &server.url()]);
        let code = search(name, command);
        assert!(matches!(code, Some(4..=9)), "{name} {way:?}: {code:?}");
    });
}

#[test]
fn no_other_failure_shows_it() {
    let ways = ways();
    let faults = [
        ("401", Fault::status(401)),
        ("404", Fault::status(404)),
        ("503", Fault::status(503)),
        ("429", Fault::rate_limited(Duration::from_secs(9999))),
        ("redirect", Fault::redirect(format!("http://127.0.0.1:1/?api_key={KEY}"))),
        ("html", Fault::html()),
        ("cut", Fault::cut(120)),
        ("stall", Fault::stall(120)),
        ("gzip", Fault::gzip()),
        ("both framings", Fault::both_framings()),
        ("close", Fault::close()),
        ("endless", Fault::endless()),
        ("no pages", Fault::ignore_page()),
        ("message", Fault::message("no")),
    ];
    let jobs: Vec<_> =
        faults.iter().flat_map(|fault| ways.iter().map(move |way| (fault, way))).collect();
    side_by_side(&jobs, |((name, fault), way)| {
        let server = emulator(350, Script::new().then(fault.clone().page(2).forever()));
        let mut command = program(way);
        command.args(["--base-url", &server.url(), "--timeout", "500ms"]);
        let code = search(name, command);
        // One page that is another is a page.
        let got = *name == "no pages" && way[0] == "get" && code == Some(0);
        assert!(got || matches!(code, Some(4..=9)), "{name} {way:?}: {code:?}");
    });
}

#[test]
fn no_wrong_use_shows_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let two = file("two", &format!("{KEY}\n{KEY}\n"));
    let long = file("long", &KEY.repeat(1000));
    let good = file("good", KEY);
    let key = file("no-pem", &format!("-----BEGIN CERTIFICATE-----\n{KEY}\n"));
    let here = directory.path().to_str().unwrap();
    let export = ["export", "--instance", "us-01", "-vvv"];
    for more in [
        &["--api-key-file", &two][..],
        &["--api-key-file", &long],
        &["--api-key-file", here],
        &["--ca-file", &key],
        &["--checkpoint", &good],
        &["--checkpoint", &two],
        &["--output", here],
        &["--report", "-"],
        &["--deadline", "0s"],
        &["--nonsense"],
    ] {
        let mut command = program(&export);
        command.args(more);
        let code = search("wrong use", command);
        assert!(matches!(code, Some(2 | 74)), "{more:?} {code:?}");
    }
    for more in [&["--load", &good][..], &["--faults", &good], &["--listen", "192.0.2.1:1"]] {
        let mut command = program(&["serve", "--allow-remote", "--api-key-file", &good]);
        command.args(more);
        assert_eq!(search("serve", command), Some(2), "{more:?}");
    }
    for proxy in [format!("http://u:{KEY}@127.0.0.1:1"), format!("socks5://u:{KEY}@h"), KEY.into()]
    {
        let mut command = program(&export);
        command.args(["--max-attempts", "1"]);
        command.env("HTTPS_PROXY", &proxy);
        let code = search("proxy", command);
        assert!(matches!(code, Some(2 | 7)), "{proxy} {code:?}");
    }
    // In an argument, where it does not belong, the list of processes has it; nothing else does.
    for args in [&["export", "--api-key", KEY][..], &["export", KEY], &["get", "--base-url", KEY]] {
        finish(program(args)).expect(2);
    }
}

/// Messages, reports and records name the URL, and servers log it.
#[test]
fn no_url_with_the_key_is_asked() {
    let server = emulator(3, Script::new());
    for path in [format!("/{KEY}"), format!("/a/{KEY}/b")] {
        let url = format!("{}{path}", server.url());
        for way in ways() {
            let mut command = program(&way);
            command.env("BRAZE_BASE_URL", &url);
            assert_eq!(search("in the URL", command), Some(2));
        }
        for args in [["tap", "-vvv"], ["airbyte", "read"]] {
            let (_elsewhere, command) = connector(&url, &args);
            assert_eq!(search("in the URL", command), Some(2));
        }
    }
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 0);
}

#[test]
fn no_end_by_a_signal_shows_it() {
    for name in ["INT", "TERM", "HUP"] {
        let directory = tempfile::tempdir().unwrap();
        let server = emulator(350, Script::new().then(Fault::stall(20).page(2).forever()));
        let mut command = program(&["export", "--base-url", &server.url()]);
        command.args(LOUD).current_dir(directory.path());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let asked = || server.emulator().with(|workspace| workspace.log().total());
        crate::support::until(|| asked() >= 4);
        assert_eq!(piece_in(KEY, &command_line(&child)), None);
        signal(child.id(), name);
        assert!(wait(child).code >= Some(129));
        let files = files(directory.path());
        assert!(files.len() > 10_000, "a part, a report and a checkpoint");
        assert_eq!(piece_in(KEY, &files), None);
    }
}

/// A connector whose configuration holds the key itself.
fn connector(url: &str, args: &[&str]) -> (tempfile::TempDir, Command) {
    let elsewhere = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = elsewhere.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let config = format!(r#"{{"base_url": "{url}", "api_key": "{KEY}", "max_attempts": 2}}"#);
    let stream = r#"{"stream": {"name": "segments"}, "sync_mode": "full_refresh"}"#;
    let mut command = program(args);
    command.args(["--config", &file("config.json", &config)]).env_remove("BRAZE_API_KEY");
    if args[..2] == ["airbyte", "read"] {
        let catalog = format!(r#"{{"streams": [{stream}]}}"#);
        command.args(["--catalog", &file("catalog.json", &catalog)]);
    }
    (elsewhere, command)
}

#[test]
fn no_connector_shows_it() {
    let ways = [&["tap", "-vvv"][..], &["airbyte", "read", "-vvv"], &["airbyte", "check"]];
    let echoes = echoes(KEY);
    let jobs: Vec<_> =
        echoes.iter().flat_map(|echo| ways.iter().map(move |way| (echo, *way))).collect();
    side_by_side(&jobs, |((name, fault), way)| {
        // A check sends one request.
        let is_check = way[1] == "check";
        let fault = fault.clone().page(if is_check { 0 } else { 2 }).forever();
        let server = emulator(350, Script::new().then(fault));
        let (_elsewhere, command) = connector(&server.url(), way);
        let code = search(name, command);
        assert!(matches!(code, Some(4..=9)) || is_check && code == Some(0), "{name}: {code:?}");
    });

    // A configuration that is damaged, at each place: what is wrong is said without it.
    let (elsewhere, _) = connector("http://127.0.0.1:1", &["tap", "-v"]);
    let path = elsewhere.path().join("config.json");
    let whole = fs::read(&path).unwrap();
    let ends: Vec<_> = (0..whole.len()).step_by(3).collect();
    side_by_side(&ends, |end| {
        let (elsewhere, command) = connector("http://127.0.0.1:1", &["tap", "-v"]);
        fs::write(elsewhere.path().join("config.json"), &whole[..*end]).unwrap();
        assert_eq!(search("damaged", command), Some(2), "{end}");
    });
}
