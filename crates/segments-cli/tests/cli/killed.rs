//! Processes that are killed, and what is left of their work.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use segments_core::Segment;
use segments_emulator::{Fault, Script, ServerThread};
use serde_json::Value;

use crate::support::{Run, emulator, finish, names, program, signal, until, wait};

const SEGMENTS: usize = 550;

fn asked(server: &ServerThread) -> u64 {
    server.emulator().with(|workspace| workspace.log().total())
}

fn set_faults(server: &ServerThread, script: Script) {
    server.emulator().with(|workspace| workspace.set_faults(script));
}

/// An export into `out`, with `saved` for its checkpoint and `report` for its report.
fn args(server: &ServerThread, directory: &Path, goal: &str) -> Vec<String> {
    let inside = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    let mut args: Vec<_> =
        ["export", "--window", "1", "--goal", goal].iter().map(|arg| (*arg).to_owned()).collect();
    for (flag, value) in [
        ("--base-url", server.url()),
        ("-o", inside("out")),
        ("--checkpoint", inside("saved")),
        ("--report", inside("report")),
    ] {
        args.extend([flag.to_owned(), value]);
    }
    args
}

fn begin(args: &[String]) -> Child {
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    program(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn o6_a_killed_export_leaves_the_old_file_and_is_gone_on_with() {
    let server = emulator(SEGMENTS, Script::new());
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join("out");
    fs::write(&output, "old").unwrap();
    let args = args(&server, directory.path(), "complete");
    // Each process goes on where the one before was killed.
    let mut before = None;
    let saved = || fs::read(directory.path().join("saved")).ok();
    for page in [2, 3, 1] {
        set_faults(&server, Script::new().then(Fault::stall(20).after(page).forever()));
        let child = begin(&args);
        // What had come when the first second was over, though the next answer never comes.
        until(|| saved() != before);
        signal(child.id(), "KILL");
        let killed = wait(child);
        assert_eq!(killed.code, None);
        assert_eq!(killed.stderr.contains("Resuming"), before.is_some(), "{killed:?}");
        assert_eq!(fs::read_to_string(&output).unwrap(), "old");
        before = saved();
        // What was begun bears a name that nobody takes for the file, and the next one removes it.
        let partial = |name: &String| name.contains(".partial-");
        assert!(names(directory.path()).iter().filter(|name| partial(name)).count() <= 3);
    }
    set_faults(&server, Script::new());
    let asked_before = asked(&server);
    let run = wait(begin(&args)).expect(0);
    assert!(run.stderr.contains("Resuming"), "{run:?}");
    assert_eq!(fs::read_to_string(&output).unwrap().lines().count(), SEGMENTS);
    assert!(asked(&server) - asked_before < 8, "nothing was gained");
    assert_eq!(names(directory.path()), ["out", "report"]);
}

#[test]
fn o16_a_checkpoint_is_for_one_export_at_a_time() {
    let server = emulator(SEGMENTS, Script::new().then(Fault::stall(20).after(3).forever()));
    let directory = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("saved", directory.path().join("link")).unwrap();
    let url = server.url();
    let command = |name: &str| {
        let mut command = program(&["export", "--base-url", &url, "--window", "1"]);
        command.arg("--checkpoint").arg(directory.path().join(name));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let first = command("saved").spawn().unwrap();
    until(|| asked(&server) > 3);
    for name in ["saved", "link"] {
        let error = finish(command(name)).expect(2).error();
        assert!(error.contains("in use by another export"), "{error}");
    }
    assert_eq!(asked(&server), 4);
    until(|| directory.path().join("saved").exists());
    assert_eq!(names(directory.path()), ["link", "saved", "saved.lock"]);

    // A dead process holds nothing.
    signal(first.id(), "KILL");
    wait(first);
    assert_eq!(names(directory.path()), ["link", "saved", "saved.lock"]);
    set_faults(&server, Script::new());
    let run = finish(command("link")).expect(0);
    assert!(run.stderr.contains("Resuming"), "{run:?}");
    assert_eq!(names(directory.path()), ["link"]);
}

/// What the list was, at every moment of a story, and in which order its segments were created.
struct History {
    moments: Vec<Vec<String>>,
    created: Vec<String>,
}

impl History {
    fn new(server: &ServerThread) -> Self {
        let listed = listed(server);
        Self { moments: vec![listed.clone()], created: listed }
    }

    /// Archives one and creates another.
    fn edit(&mut self, server: &ServerThread, random: &mut Random) {
        server.emulator().with(|workspace| {
            let ids: Vec<_> = workspace.segments().map(|one| one.id().to_owned()).collect();
            workspace.archive(&ids[random.below(ids.len())]).unwrap();
        });
        self.moments.push(listed(server));
        let id = format!("created-{:x}", random.below(usize::MAX));
        server.emulator().with(|workspace| {
            workspace.create(Segment::new(&id, "new", true, ["x"; 0]).unwrap()).unwrap();
        });
        self.created.push(id);
        self.moments.push(listed(server));
    }

    /// Judges an export that has ended well, and began with the first of the moments.
    fn judge_run(&self, run: Run, directory: &Path) {
        run.expect(0);
        let out = fs::read_to_string(directory.join("out")).unwrap();
        let id = |line: &str| serde_json::from_str::<Segment>(line).unwrap().id().to_owned();
        let report = fs::read(directory.join("report")).unwrap();
        self.judge(
            &out.lines().map(id).collect::<Vec<_>>(),
            &serde_json::from_slice(&report).unwrap(),
        );
    }

    /// Judges what it says of its list.
    fn judge(&self, listed: &[String], report: &Value) {
        let known: HashSet<_> = self.created.iter().collect();
        let distinct: HashSet<_> = listed.iter().collect();
        assert_eq!(distinct.len(), listed.len(), "a segment stands there twice");
        assert!(distinct.iter().all(|id| known.contains(*id)), "a segment of nobody's");

        let stable = |id: &&String| self.moments.iter().all(|moment| moment.contains(*id));
        match report["completeness"].as_str().unwrap() {
            "complete" | "complete_by_count" => {
                let expected: Vec<_> = self.created.iter().filter(stable).collect();
                let found: Vec<_> = listed.iter().filter(stable).collect();
                assert_eq!(found, expected, "{report}");
            }
            claim => assert_eq!(claim, "unverified"),
        }
        if !report["snapshot"].is_null() {
            let same = |moment: &Vec<String>| distinct == moment.iter().collect::<HashSet<_>>();
            assert!(self.moments.iter().any(same), "the list was never this: {report}");
        }
    }
}

fn listed(server: &ServerThread) -> Vec<String> {
    let ids = |one: &Segment| one.id().to_owned();
    server.emulator().with(|workspace| workspace.segments().map(ids).collect())
}

/// Numbers that look like chance, and are the same in every run (`xorshift64`).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

/// From a question to its answer: a process is killed long before it could read the whole list.
const DELAY: Duration = Duration::from_millis(150);

// Each process is killed somewhere after it has saved, with edits meanwhile and in between.
#[test]
fn o6_what_goes_on_after_thirty_kills_claims_nothing_wrong() {
    thread::scope(|scope| {
        for (goal, seed) in [("walk", 1), ("complete", 2), ("snapshot", 3)] {
            scope.spawn(move || killed_ten_times(goal, Random(seed)));
        }
    });
}

fn killed_ten_times(goal: &str, mut random: Random) {
    let server = emulator(2000, Script::new());
    let directory = tempfile::tempdir().unwrap();
    let args = args(&server, directory.path(), goal);
    let saved = || fs::read(directory.path().join("saved")).ok();
    let mut history = History::new(&server);
    let mut kills = 0;
    while kills < 10 {
        set_faults(&server, Script::new().then(Fault::delay(DELAY).forever()));
        let before = saved();
        let run = kill(
            begin(&args),
            || saved() != before,
            || {
                history.edit(&server, &mut random);
                thread::sleep(Duration::from_millis(random.below(300) as u64));
            },
        );
        // One that was killed at its very end has nothing saved to go on with.
        kills += u32::from(run.code.is_none() && saved().is_some());
        if run.code.is_some() {
            // It was quicker: its list is judged, and another story begins.
            history.judge_run(run, directory.path());
            history = History::new(&server);
        }
        history.edit(&server, &mut random);
    }

    set_faults(&server, Script::new());
    let last = wait(begin(&args));
    assert!(last.stderr.contains("Resuming"), "{goal}: {last:?}");
    history.judge_run(last, directory.path());
    assert_eq!(names(directory.path()), ["out", "report"]);
}

/// Kills a process a while after it has come to some point, unless it ends before.
fn kill(mut child: Child, point: impl Fn() -> bool, a_while: impl FnOnce()) -> Run {
    while !point() && child.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(1));
    }
    a_while();
    if child.try_wait().unwrap().is_none() {
        signal(child.id(), "KILL");
    }
    wait(child)
}
