//! Names that a spreadsheet could take for formulas, as `docs/testing.md` opens them in one.

use segments_core::Segment;
use segments_emulator::{Emulator, Server, Workspace};

use crate::support::{KEY, export};

const NAMES: &str = include_str!("../golden/formulas.ndjson");

/// What no spreadsheet calculates, so that it stays as it is.
const PLAIN: [&str; 7] =
    ["\"=1+1\"", "a\",=1+1", "a\n=1+1", "a;=1+1", " plain", "plain", "日本 \u{202e}=1+1"];

#[test]
fn o10_every_name_that_may_be_a_formula_is_guarded() {
    let segments: Vec<Segment> =
        NAMES.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let workspace = Workspace::new().with_key(KEY).with_segments(segments.clone());
    let server = Server::spawn(Emulator::new(workspace)).unwrap();
    let url = server.url();

    let names = |args: &[&str]| -> Vec<String> {
        let run = export(&url, &[&["--format", "csv"], args].concat()).expect(0);
        let mut reader = csv::Reader::from_reader(run.stdout.as_bytes());
        reader.records().map(|record| record.unwrap()[1].to_owned()).collect()
    };

    for (guarded, segment) in names(&[]).iter().zip(&segments) {
        let name = segment.name();
        let guard = if PLAIN.contains(&name) { "" } else { "'" };
        assert_eq!(*guarded, format!("{guard}{name}"));
    }
    let raw = names(&["--csv-raw"]);
    assert!(raw.iter().eq(segments.iter().map(Segment::name)), "{raw:?}");
}
