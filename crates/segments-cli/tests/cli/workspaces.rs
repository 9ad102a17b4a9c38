//! Many workspaces: each whole or loud by itself, and none of them read twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use segments_emulator::{Emulator, Fault, Script, Server, ServerThread, Workspace, sample};
use serde_json::Value;

use crate::support::{KEY, Run, emulator, finish, names, program, signal, until, wait};

/// A list of workspaces, their keys, and a directory for what is read of them.
struct Many {
    directory: tempfile::TempDir,
    list: String,
    keys: Vec<(String, String)>,
}

impl Many {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), list: String::new(), keys: Vec::new() }
    }

    /// Adds a workspace whose key is in a variable.
    fn with(mut self, name: &str, url: &str, key: &str) -> Self {
        let variable = format!("KEY_{}", self.keys.len());
        writeln!(
            self.list,
            "[workspace.\"{name}\"]\nbase_url = \"{url}\"\napi_key_env = \"{variable}\""
        )
        .unwrap();
        self.keys.push((variable, key.to_owned()));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn out(&self, name: &str) -> PathBuf {
        self.path("out").join(name)
    }

    /// The program without a directory.
    fn stream(&self, args: &[&str]) -> Command {
        let list = self.path("list.toml");
        fs::write(&list, &self.list).unwrap();
        let mut command = program(&["export", "--workspaces"]);
        command.arg(list).args(args).envs(self.keys.iter().cloned());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.stream(&["--output-dir"]);
        command.arg(self.path("out")).args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Run {
        finish(self.command(args))
    }

    fn summary(&self) -> Value {
        serde_json::from_slice(&fs::read(self.out("summary.json")).unwrap()).unwrap()
    }

    /// The outcomes by their names.
    fn outcomes(&self) -> BTreeMap<String, String> {
        outcomes(&self.summary())
    }
}

fn outcomes(summary: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let each = summary["workspaces"].as_array().unwrap().iter();
    each.map(|one| (text(&one["name"]), text(&one["outcome"]))).collect()
}

fn ids(text: &str) -> Vec<String> {
    let id = |line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
    text.lines().map(id).collect()
}

fn expected(segments: usize, seed: u64) -> Vec<String> {
    sample(segments, seed).iter().map(|segment| segment.id().to_owned()).collect()
}

/// Requests by the number of their key; those of no key at `None`.
fn requests(server: &ServerThread) -> BTreeMap<Option<usize>, u64> {
    let mut counts = BTreeMap::new();
    server.emulator().with(|workspace| {
        for entry in workspace.log().entries() {
            *counts.entry(entry.key).or_default() += 1;
        }
    });
    counts
}

/// How many requests for page 2 there were.
fn stalled(server: &ServerThread) -> usize {
    let is_third = |page| page == Some(2);
    server
        .emulator()
        .with(|workspace| workspace.log().entries().filter(|entry| is_third(entry.page)).count())
}

fn total(server: &ServerThread) -> u64 {
    server.emulator().with(|workspace| workspace.log().total())
}

/// Waits until the server has taken up what was sent before: it answers one after the other.
fn arrived(server: &ServerThread) {
    let mut stream = TcpStream::connect(server.addr()).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
}

fn set_faults(server: &ServerThread, script: Script) {
    server.emulator().with(|workspace| workspace.set_faults(script));
}

#[test]
fn two_hundred_are_killed_and_gone_on_with_and_none_is_read_twice() {
    const COUNT: usize = 200;
    const WRONG: usize = 77;

    let name = |at: usize| format!("team-{at:03}");
    let key = |at: usize| format!("CANARY-key-of-team-{at:03}");
    let right = (0..COUNT).filter(|at| *at != WRONG);
    let workspace = Workspace::new().with_segments(sample(250, 1));
    let workspace = right.clone().fold(workspace, |workspace, at| workspace.with_key(&key(at)));
    let server = Server::spawn(Emulator::new(workspace)).unwrap();
    let many =
        (0..COUNT).fold(Many::new(), |many, at| many.with(&name(at), &server.url(), &key(at)));
    set_faults(
        &server,
        Script::new()
            .then(Fault::rate_limited(Duration::from_secs(1)).after(20).times(3))
            .then(Fault::status(503).after(50).times(5))
            .then(Fault::cut(1000).after(90).times(5))
            .then(Fault::close().after(130).times(5))
            .then(Fault::delay(Duration::from_millis(2)).times(800))
            // Enough for half of the lists. However late the kill comes, it is not too late.
            .then(Fault::stall(20).forever()),
    );

    let args = ["--jobs", "16"];
    let child = many.command(&args).spawn().unwrap();
    let is_list = |name: &String| name.ends_with(".ndjson");
    let lists = || names(&many.path("out")).into_iter().filter(is_list).count();
    until(|| many.path("out").exists() && lists() >= 60);
    signal(child.id(), "KILL");
    assert_eq!(wait(child).code, None);
    assert!(!many.out("summary.json").exists());
    let done: BTreeSet<_> = names(&many.out(".segments")).into_iter().collect();
    let is_done = |at: usize| done.contains(&format!("{}.json", name(at)));
    let finished = right.clone().filter(|at| is_done(*at)).count();
    assert!((1..COUNT - 1).contains(&finished), "{finished}");

    arrived(&server);
    let before = requests(&server);
    set_faults(&server, Script::new());
    let run = many.run(&args).expect(4);
    assert!(run.stderr.contains("1 of 200 workspaces is not whole"), "{run:?}");
    let after = requests(&server);
    // Keys are numbered in the order in which they were added, without the wrong one.
    let summary = many.summary();
    for (number, at) in right.clone().enumerate() {
        let [before, after] = [&before, &after].map(|log| log.get(&Some(number)).copied());
        let sent = after.unwrap_or_default() - before.unwrap_or_default();
        assert_eq!(sent == 0, is_done(at), "{at}");
        // What it says it has sent is what has arrived.
        assert_eq!(summary["workspaces"][at]["requests"], sent, "{at}");
        let list = fs::read_to_string(many.out(&format!("{}.ndjson", name(at)))).unwrap();
        assert!(ids(&list) == expected(250, 1), "{at}");
    }
    for (name, outcome) in many.outcomes() {
        let at: usize = name[5..].parse().unwrap();
        let usual = if is_done(at) { "kept" } else { "read" };
        assert_eq!(outcome, if at == WRONG { "failed" } else { usual });
    }

    many.run(&args).expect(4);
    let of_right = |(key, count): (&Option<usize>, &u64)| key.map(|key| (key, *count));
    let last = requests(&server);
    assert!(last.iter().filter_map(of_right).eq(after.iter().filter_map(of_right)));
    let left = names(&many.path("out"));
    assert!(left.iter().all(|name| !name.contains("checkpoint") && !name.contains("partial")));
    assert_eq!(left.len(), 2 * (COUNT - 1) + 3, "lists, reports, the report of the failure");
}

#[test]
fn each_has_its_own_server_key_and_list() {
    let servers: Vec<_> = (0..5)
        .map(|at| {
            let segments = sample(150 + 50 * at, at as u64);
            let workspace = Workspace::new().with_key(&format!("key-{at}")).with_segments(segments);
            Server::spawn(Emulator::new(workspace)).unwrap()
        })
        .collect();
    let many = servers.iter().enumerate().fold(Many::new(), |many, (at, server)| {
        many.with(&format!("w{at}"), &server.url(), &format!("key-{at}"))
    });
    for goal in ["complete", "snapshot", "walk"] {
        let run = many.run(&["--goal", goal]).expect(0);
        assert!(run.stdout.is_empty());
        assert!(run.stderr.contains("5 of 5 workspaces whole: 1250 segments"), "{run:?}");
        for at in 0..5 {
            let list = fs::read_to_string(many.out(&format!("w{at}.ndjson"))).unwrap();
            assert_eq!(ids(&list), expected(150 + 50 * at, at as u64), "{goal}");
            let report = fs::read(many.out(&format!("w{at}.report.json"))).unwrap();
            let report: Value = serde_json::from_slice(&report).unwrap();
            assert_eq!(report["goal"], goal);
            assert!(report["ids_digest"].is_string());
        }
    }
}

#[test]
fn one_stream_has_the_rows_of_each_together_and_none_of_what_failed() {
    let server = emulator(250, Script::new());
    let url = server.url();
    let mut many =
        Many::new().with("eu", &url, KEY).with("us", &url, "wrong").with("jp", &url, KEY);
    let id = format!("[workspace.id]\nbase_url = \"{url}\"\napi_key_command = [\"false\"]\n");
    many.list.push_str(&id);
    let report = many.path("report.json");
    for goal in ["complete", "walk"] {
        let args = ["--goal", goal, "--fields", "id,name", "--report", report.to_str().unwrap()];
        let run = finish(many.stream(&args)).expect(2);
        let of: Vec<_> = run.stdout.lines().map(|line| line[..15].to_owned()).collect();
        let mut runs: Vec<_> = of.chunk_by(|a, b| a == b).map(|of| (&*of[0], of.len())).collect();
        runs.sort_unstable();
        assert_eq!(runs, [("{\"workspace\":\"e", 250), ("{\"workspace\":\"j", 250)]);
        let row: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
        assert_eq!(row.as_object().unwrap().len(), 3);

        assert!(run.stderr.contains("us: failed with exit code 4"), "{run:?}");
        assert!(run.stderr.contains("id: failed with exit code 2: api_key_command"), "{run:?}");
        assert!(run.stderr.contains("are those of "), "{run:?}");
        let summary: Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
        let outcomes: Vec<_> = outcomes(&summary).into_values().collect();
        assert_eq!(outcomes, ["read", "failed", "read", "failed"]);
        let proof = if goal == "walk" { "unverified" } else { "complete" };
        assert_eq!(summary["workspaces"][0]["report"]["completeness"], proof);
        assert_eq!(summary["exit_code"], 2);
        assert_eq!(summary["workspaces"][1]["error"]["status"], 401);
    }

    // What is too short is not written either.
    let run = finish(many.stream(&["--min-segments", "251"])).expect(2);
    assert!(run.stdout.is_empty(), "{run:?}");
    assert!(run.stderr.contains("eu: failed with exit code 3"), "{run:?}");
}

#[test]
fn a_reader_that_leaves_ends_it_with_success() {
    let server =
        emulator(5000, Script::new().then(Fault::delay(Duration::from_millis(5)).forever()));
    let many =
        (0..20).fold(Many::new(), |many, at| many.with(&format!("w{at}"), &server.url(), KEY));
    let mut child = many.stream(&["--jobs", "2"]).spawn().unwrap();
    let mut first = [0; 13];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    wait(child).expect(0);
    // Not all of them are read for nobody.
    assert!(total(&server) < 20 * 100, "{}", total(&server));
}

#[test]
fn a_slow_reader_stops_no_requests() {
    let server = emulator(1000, Script::new());
    let many =
        (0..12).fold(Many::new(), |many, at| many.with(&format!("w{at}"), &server.url(), KEY));
    let report = many.path("report.json");
    let report = report.to_str().unwrap();
    let mut child =
        many.stream(&["--jobs", "4", "--timeout", "10s", "--report", report]).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let reading = thread::spawn(move || {
        let mut text = String::new();
        // Longer than the time limit of a request.
        thread::sleep(Duration::from_secs(12));
        stdout.read_to_string(&mut text).unwrap();
        text
    });
    wait(child).expect(0);
    let summary: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    let workspaces = summary["workspaces"].as_array().unwrap();
    assert!(workspaces.iter().all(|one| one["report"]["retries"] == 0), "{summary}");
    assert_eq!(reading.join().unwrap().lines().count(), 12_000);
}

#[test]
fn a_signal_keeps_what_was_read() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let server = emulator(550, Script::new().then(Fault::stall(20).page(2).forever()));
        let many =
            (0..6).fold(Many::new(), |many, at| many.with(&format!("w{at}"), &server.url(), KEY));
        let args = ["--jobs", "3", "--window", "1"];
        let child = many.command(&args).spawn().unwrap();
        until(|| stalled(&server) >= 3);
        signal(child.id(), name);
        let run = wait(child).expect(code);
        assert!(run.error().contains("6 of 6 workspaces are not whole"), "{run:?}");
        let outcomes: Vec<_> = many.outcomes().into_values().collect();
        assert_eq!(outcomes.iter().filter(|outcome| *outcome == "stopped").count(), 3);
        assert_eq!(outcomes.iter().filter(|outcome| *outcome == "not_started").count(), 3);
        let saved = names(&many.path("out"));
        assert_eq!(saved.iter().filter(|name| name.ends_with(".checkpoint")).count(), 3);
        assert!(saved.iter().all(|name| !name.contains("partial") && !name.contains("lock")));

        set_faults(&server, Script::new());
        let run = many.run(&args).expect(0);
        assert_eq!(run.stderr.matches("Resuming from a checkpoint").count(), 3, "{run:?}");
        assert!(names(&many.path("out")).iter().all(|name| !name.ends_with(".checkpoint")));
    }
}

#[test]
fn two_runs_do_not_share_a_directory() {
    let server = emulator(250, Script::new().then(Fault::stall(20).forever()));
    let many = Many::new().with("a", &server.url(), KEY);
    let child = many.command(&[]).spawn().unwrap();
    until(|| total(&server) >= 1);
    let error = many.run(&[]).expect(2).error();
    assert!(error.contains("out is in use by another export"), "{error}");
    signal(child.id(), "KILL");
    wait(child);
    set_faults(&server, Script::new());
    many.run(&[]).expect(0);
}

#[test]
fn only_the_same_list_is_kept() {
    let workspace = Workspace::new().with_key(KEY).with_key("another").with_segments(sample(3, 1));
    let server = Server::spawn(Emulator::new(workspace)).unwrap();
    let mut many = Many::new().with("a", &server.url(), KEY);
    let is_read = |many: &Many, args: &[&str]| {
        many.run(args).expect(0);
        many.outcomes()["a"] == "read"
    };
    let run = |many: &Many| is_read(many, &[]);
    assert!(run(&many) && !run(&many));

    // Other questions. After each, the first list must be read again.
    for args in [
        &["--goal", "snapshot"][..],
        &["--sort", "desc"],
        &["--fields", "id"],
        &["--replace-invalid-text"],
    ] {
        assert!(is_read(&many, args), "{args:?}");
        assert!(!is_read(&many, args), "{args:?}");
        assert!(run(&many), "{args:?}");
    }
    // What has nothing to do with the list.
    for args in [&["--window", "1"][..], &["--jobs", "1"], &["--min-segments", "3"]] {
        assert!(!is_read(&many, args), "{args:?}");
    }
    many.run(&["--min-segments", "4"]).expect(3);
    assert!(run(&many));

    // Age. A clock that was wrong is no proof of youth.
    assert!(is_read(&many, &["--max-age", "0s"]));
    let completion = many.out(".segments/a.json");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    for (at, expected) in [(now - 13 * 3600, true), (now + 3600, true), (now - 11 * 3600, false)] {
        let text = fs::read_to_string(&completion).unwrap();
        let (before, rest) = text.split_once("\"at\":").unwrap();
        let after = &rest[rest.find(',').unwrap()..];
        fs::write(&completion, format!("{before}\"at\":{at}{after}")).unwrap();
        assert_eq!(run(&many), expected, "{at}");
    }

    // Files that are not those that were written.
    for (name, content) in [
        ("a.ndjson", Some("")),
        ("a.ndjson", None),
        ("a.report.json", Some("{}")),
        ("a.report.json", None),
        (".segments/a.json", Some("{}")),
        (".segments/a.json", None),
    ] {
        match content {
            Some(content) => fs::write(many.out(name), content).unwrap(),
            None => fs::remove_file(many.out(name)).unwrap(),
        }
        assert!(run(&many), "{name}");
    }

    // Another key may be that of another workspace.
    many.keys[0].1 = "another".to_owned();
    assert!(run(&many) && !run(&many));
    let other = emulator(3, Script::new());
    many.list = many.list.replace(&server.url(), &other.url());
    many.keys[0].1 = KEY.to_owned();
    assert!(run(&many) && !run(&many));
}

#[test]
fn every_format_has_its_file() {
    let server = emulator(3, Script::new());
    let many = Many::new().with("a", &server.url(), KEY);
    for (format, file) in [
        ("ndjson", "a.ndjson"),
        ("json", "a.json"),
        ("csv", "a.csv"),
        ("tsv", "a.tsv"),
        ("table", "a.txt"),
        ("markdown", "a.md"),
        ("ids", "a.ids"),
    ] {
        many.run(&["--format", format]).expect(0);
        let list = fs::read_to_string(many.out(file)).unwrap();
        assert!(expected(3, 1).iter().all(|id| list.contains(id)), "{format} {list}");
        assert_eq!(many.summary()["workspaces"][0]["file"], file);
    }
}

#[test]
fn what_failed_leaves_its_old_list_and_its_partial_one_on_demand() {
    let server = emulator(250, Script::new());
    let many = Many::new().with("a", &server.url(), KEY);
    many.run(&[]).expect(0);
    let old = fs::read(many.out("a.ndjson")).unwrap();
    set_faults(&server, Script::new().then(Fault::status(500).page(1).forever()));
    let args = ["--max-age", "0s", "--keep-partial", "--max-attempts", "1", "--goal", "walk"];
    let run = many.run(&args).expect(6);
    assert!(run.stderr.contains("a: partial: 100 segments written"), "{run:?}");
    assert_eq!(fs::read(many.out("a.ndjson")).unwrap(), old);
    assert_eq!(ids(&fs::read_to_string(many.out("a.ndjson.partial")).unwrap()).len(), 100);
    assert!(many.summary()["workspaces"][0]["file"].is_null());
}

#[test]
fn each_has_its_own_limits() {
    let server = emulator(250, Script::new());
    let many =
        (0..4).fold(Many::new(), |many, at| many.with(&format!("w{at}"), &server.url(), KEY));
    // Enough for each, and not for two of them.
    many.run(&["--window", "1", "--max-requests", "8"]).expect(0);
    let run = many.run(&["--window", "1", "--max-requests", "4", "--max-age", "0s"]).expect(8);
    assert!(run.error().contains("4 of 4 workspaces are not whole"), "{run:?}");
    set_faults(&server, Script::new().then(Fault::stall(20).forever()));
    many.run(&["--deadline", "300ms", "--max-age", "0s"]).expect(9);
}

#[test]
fn the_list_comes_as_ndjson_and_from_standard_input_too() {
    let server = emulator(3, Script::new());
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("key"), KEY).unwrap();
    let url = server.url();
    let list = format!(
        "{{\"name\":\"a\",\"base_url\":\"{url}\",\"api_key_file\":\"key\"}}\n\
         {{\"name\":\"b\",\"base_url\":\"{url}\",\"api_key_env\":\"BRAZE_API_KEY\"}}\n"
    );
    fs::write(directory.path().join("list.ndjson"), list).unwrap();
    let stdin = || fs::File::open(directory.path().join("list.ndjson")).unwrap();
    for file in ["list.ndjson", "-"] {
        let mut command = program(&["export", "--workspaces", file]);
        command.current_dir(&directory).stdin(stdin());
        let run = finish(command).expect(0);
        assert_eq!(run.stdout.lines().count(), 6);
    }

    fs::write(directory.path().join("list.ndjson"), "\n[]").unwrap();
    let mut command = program(&["check", "--workspaces", "-"]);
    command.stdin(stdin());
    let run = finish(command).expect(2);
    assert!(run.error().starts_with("Error: standard input, line 2: "), "{run:?}");
}

#[test]
fn flags_of_one_workspace_are_refused() {
    let server = emulator(3, Script::new());
    let many = Many::new().with("a", &server.url(), KEY);
    for (args, mentions) in [
        (&["--output", "x"][..], "--output"),
        (&["--checkpoint", "x"], "--checkpoint"),
        (&["--demo"], "--demo"),
        (&["--profile", "x"], "--profile"),
        (&["--instance", "us-01"], "--instance"),
        (&["--base-url", "https://rest.example"], "--base-url"),
        (&["--api-key-file", "x"], "--api-key-file"),
        (&["--api-key-command", "x"], "--api-key-command"),
        (&["--record", "x"], "--record"),
        (&["--max-items", "1"], "--max-items"),
        (&["--print-request", "curl"], "--print-request"),
        (&["--max-age", "1h"], "--output-dir"),
        (&["--jobs", "0"], "--jobs"),
        (&["--jobs", "65"], "--jobs"),
        (&["--format", "csv"], "--output-dir"),
        (&["--keep-partial"], "--output-dir"),
        (&["--csv-bom"], "--csv-bom"),
        (&["--report", "-"], "--report"),
        (&["--api-key", KEY], "a key does not go into an argument"),
    ] {
        let run = finish(many.stream(args)).expect(2);
        assert!(run.stderr.contains(mentions), "{args:?} {run:?}");
    }
    let run = many.run(&["--report", "x"]).expect(2);
    assert!(run.stderr.contains("--report"), "{run:?}");
    for args in [&["export", "--output-dir", "x"][..], &["export", "--jobs", "2"]] {
        let run = finish(program(args)).expect(2);
        assert!(run.stderr.contains("--workspaces"), "{run:?}");
    }
    assert_eq!(total(&server), 0);
}

#[test]
fn no_file_has_two_purposes() {
    let server = emulator(3, Script::new());
    let many = Many::new().with("a", &server.url(), KEY).with("a.report", &server.url(), KEY);
    many.run(&[]).expect(0);
    let error = many.run(&["--format", "json"]).expect(2).error();
    assert!(error.contains("a file of a.report and of a"), "{error}");

    // The list of workspaces, and a key.
    let run = |list: &Path| {
        let mut command = program(&["export", "--workspaces"]);
        command.arg(list).arg("--output-dir").arg(many.path("out"));
        finish(command).expect(2).error()
    };
    let url = server.url();
    for (list, key) in [("b.ndjson", "key"), ("list.toml", "b.checkpoint")] {
        let text =
            format!("{{\"name\":\"b\",\"base_url\":\"{url}\",\"api_key_file\":\"{key}\"}}\n");
        fs::write(many.out(list), &text).unwrap();
        fs::write(many.out(key), KEY).unwrap();
        let error = run(&many.out(list));
        assert!(error.contains("are the same file"), "{error}");
        assert_eq!(fs::read_to_string(many.out(list)).unwrap(), text);
    }
}

/// The report of one would replace its list, or the list of one that of another, and both would be
/// called whole.
#[cfg(unix)]
#[test]
fn no_link_gives_a_file_two_purposes() {
    let server = emulator(3, Script::new());
    for (link, target, exists) in [
        ("a.report.json", "a.ndjson", true),
        ("b.ndjson", "a.ndjson", false),
        ("a.checkpoint", "summary.json", false),
        ("b.checkpoint", "a.checkpoint", false),
    ] {
        let many = Many::new().with("a", &server.url(), KEY).with("b", &server.url(), KEY);
        fs::create_dir(many.path("out")).unwrap();
        std::os::unix::fs::symlink(target, many.out(link)).unwrap();
        if exists {
            fs::write(many.out(target), "old").unwrap();
        }

        let error = many.run(&[]).expect(2).error();
        assert!(error.contains("are the same file"), "{error}");
        assert_eq!(fs::read(many.out(target)).is_ok_and(|old| old == b"old"), exists);
    }
    assert_eq!(total(&server), 0);
}

#[test]
fn rows_and_messages_do_not_mix() {
    let server = emulator(3, Script::new());
    let many = Many::new().with("a", &server.url(), KEY);
    let log = || fs::File::options().append(true).create(true).open(many.path("log")).unwrap();

    let mut command = many.stream(&[]);
    command.stdout(log()).stderr(log());
    assert_eq!(command.status().unwrap().code(), Some(2));
    assert_eq!(total(&server), 0);

    // With a directory there are no rows.
    let mut command = many.command(&[]);
    command.stdout(log()).stderr(log());
    assert_eq!(command.status().unwrap().code(), Some(0));
}

#[test]
fn programs_read_the_messages_too() {
    let server = emulator(3, Script::new());
    let many = Many::new().with("a", &server.url(), KEY).with("b", &server.url(), "wrong");
    let run = many.run(&["--log-format", "json"]).expect(4);
    let lines: Vec<Value> =
        run.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| lines.iter().filter(|line| line["workspace"] == name).count();
    assert!(of("a") >= 1 && of("b") >= 1, "{run:?}");
    let last = lines.last().unwrap();
    assert_eq!((&last["level"], &last["exit_code"]), (&"error".into(), &4.into()));
    assert_eq!(last["error"]["reason"], "incomplete");

    let run = many.run(&["-q"]).expect(4);
    let quiet: Vec<_> = run.stderr.lines().collect();
    assert!(quiet.iter().any(|line| line.starts_with("Warning: b: failed")), "{run:?}");
    assert!(!run.stderr.contains("already there"), "{run:?}");
    let run = many.run(&["-v", "--max-age", "0s"]).expect(4);
    assert!(
        run.stderr.lines().any(|line| line.starts_with("a: ") && line.contains("200")),
        "{run:?}"
    );
}

#[test]
fn a_check_has_a_line_for_each() {
    let server = emulator(150, Script::new());
    let url = server.url();
    let many =
        Many::new().with("good", &url, KEY).with("bad", &url, "wrong").with("none", &url, "");
    many.stream(&[]);
    let check = |args: &[&str]| {
        let mut command = program(&["check", "--workspaces"]);
        command.arg(many.path("list.toml")).args(args).envs(many.keys.iter().cloned());
        command
    };
    let run = finish(check(&["--jobs", "2"])).expect(2);
    assert_eq!(total(&server), 2);
    let lines: Vec<_> = run.stdout.lines().collect();
    assert!(lines[0].starts_with("good  ok: 100 segments on the first page; 249999 of"), "{run:?}");
    assert!(lines[1].starts_with("bad   failed (4): "), "{run:?}");
    assert!(
        lines[2].starts_with("none  failed (2): api_key_env: the variable KEY_2 is"),
        "{run:?}"
    );
    assert_eq!(lines.len(), 3);
    assert!(run.error().contains("2 of 3 workspaces cannot be read"), "{run:?}");

    let run = finish(check(&["--format", "json"])).expect(2);
    let lines: Vec<Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["workspace"], &lines[0]["ok"]), (&"good".into(), &true.into()));
    assert_eq!(lines[1]["error"]["status"], 401);
    assert_eq!(lines[2]["error"]["reason"], "usage");

    for args in [&["--profile", "x"][..], &["--base-url", "x"], &["--api-key-file", "x"]] {
        let run = finish(check(args)).expect(2);
        assert!(run.stderr.contains(args[0]), "{run:?}");
    }
    assert_eq!(total(&server), 4);

    set_faults(&server, Script::new().then(Fault::stall(0).forever()));
    let child = check(&[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(|| total(&server) == 6);
    signal(child.id(), "INT");
    wait(child).expect(130);
}
