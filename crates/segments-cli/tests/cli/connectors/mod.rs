//! `segments tap` and `segments airbyte`: what they print is what the platforms read.

mod airbyte;
mod properties;
mod resume;
mod singer;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use segments_core::Segment;
use segments_emulator::{Script, ServerThread};
use segments_tests::echoes::piece_in;
use serde_json::{Value, json};

use crate::support::{KEY, Run, finish, program};

/// A directory with the files of a platform.
struct Place(tempfile::TempDir);

impl Place {
    /// With a configuration that has this endpoint, the key and these entries.
    fn new(url: &str, entries: Value) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let mut config = json!({ "base_url": url, "api_key": KEY });
        let Value::Object(entries) = entries else { panic!("no object") };
        config.as_object_mut().unwrap().extend(entries);
        place.write("config.json", &config);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: &Value) {
        fs::write(self.path(name), content.to_string()).unwrap();
    }

    /// Runs the program in this directory, without a key in its environment.
    fn text(&self, args: &[&str]) -> Run {
        let mut command = program(args);
        command.current_dir(self.0.path()).env_remove("BRAZE_API_KEY");
        finish(command)
    }

    fn run(&self, args: &[&str]) -> Lines {
        Lines::new(self.text(args))
    }

    fn tap(&self, args: &[&str]) -> Lines {
        self.run(&[&["tap", "--config", "config.json"], args].concat())
    }

    /// Runs a tap with the state of a run before, if there is one.
    fn tap_from(&self, state: Option<&Value>) -> Lines {
        let Some(state) = state else { return self.tap(&[]) };
        self.write("state.json", state);
        self.tap(&["--state", "state.json"])
    }
}

/// What a run has printed.
#[derive(Debug)]
struct Lines {
    run: Run,
    all: Vec<Value>,
}

impl Lines {
    fn new(run: Run) -> Self {
        let all = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Self { run, all }
    }

    #[track_caller]
    fn expect(self, code: i32) -> Self {
        Self { run: self.run.expect(code), ..self }
    }

    fn types(&self) -> Vec<&str> {
        let mut types: Vec<_> =
            self.all.iter().map(|line| line["type"].as_str().unwrap()).collect();
        types.dedup();
        types
    }

    fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.all.iter().filter(move |line| line["type"] == kind)
    }

    /// The segments of a tap's records.
    fn segments(&self) -> Vec<Segment> {
        self.of_type("RECORD").map(|line| segment(&line["record"])).collect()
    }

    /// The last state of a tap.
    fn state(&self) -> Option<Value> {
        let state = self.of_type("STATE").last()?["value"].clone();
        check_for_key(&state["bookmarks"]["segments"]);
        Some(state)
    }
}

fn segment(record: &Value) -> Segment {
    serde_json::from_value(record.clone()).unwrap()
}

/// Searches a checkpoint, which is packed, for the key.
fn check_for_key(state: &Value) {
    let Some(checkpoint) = state["checkpoint"].as_str() else { return };
    let mut content = Vec::new();
    let packed = STANDARD.decode(checkpoint).unwrap();
    GzDecoder::new(&*packed).read_to_end(&mut content).unwrap();
    assert!(content.starts_with(b"{\"segments_checkpoint\":"));
    assert_eq!(piece_in(KEY, &content), None);
}

fn requests(server: &ServerThread) -> u64 {
    server.emulator().with(|workspace| workspace.log().total())
}

fn set_faults(server: &ServerThread, script: Script) {
    server.emulator().with(|workspace| workspace.set_faults(script));
}

/// The state without an export in it.
fn no_export() -> Value {
    json!({ "bookmarks": { "segments": { "checkpoint": null, "began": null } } })
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}
