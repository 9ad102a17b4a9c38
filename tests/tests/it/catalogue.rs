//! The catalogue of faults holds: every row has its tests, and every test of a fault its row.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use segments_tests::cases::{Case, table};
use segments_tests::catalogue::{Layer, document, fault_tests, row_of, rows};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/faults.md");

#[test]
fn every_row_has_a_test_in_each_of_its_layers() {
    let mut tested: BTreeMap<String, BTreeSet<Layer>> = BTreeMap::new();
    for test in fault_tests().unwrap() {
        let row = row_of(&test.name).unwrap();
        assert!(!test.layers.is_empty(), "{}: {} is of no layer", test.file.display(), test.name);
        tested.entry(row).or_default().extend(test.layers);
    }

    for row in rows() {
        let layers: BTreeSet<_> = row.layers.iter().copied().collect();
        let tests = tested.remove(row.id).unwrap_or_default();
        assert_eq!(tests, layers, "{}: the layers with tests, and those of the row", row.id);
    }
    assert!(tested.is_empty(), "tests without a row: {tested:?}");
}

#[test]
fn every_row_is_there_once_and_says_something() {
    let ids: BTreeSet<_> = rows().map(|row| row.id).collect();
    assert_eq!(ids.len(), rows().count());
    for row in rows() {
        assert_eq!(row_of(&row.id.to_ascii_lowercase()).as_deref(), Some(row.id));
        assert!(![row.fault, row.outcome].contains(&""), "{}", row.id);
    }
}

#[test]
fn a_row_names_the_error_that_its_cases_end_with() {
    let failing = table().iter().filter(|case| !case.expected.reason.is_empty());
    let is_named = |case: &&Case| {
        let row = rows().find(|row| row.id == case.row).unwrap();
        row.outcome.contains(&format!("`{}`", case.expected.reason))
    };
    let unnamed = failing.filter(|case| !is_named(case));
    let unnamed: Vec<_> = unnamed.map(|case| (case.row, case.name, case.expected.reason)).collect();
    assert!(unnamed.is_empty(), "{unnamed:#?}");
}

#[test]
fn the_document_is_written_from_the_catalogue() {
    let written = document();
    if std::env::var_os("SEGMENTS_WRITE_GOLDEN").is_some() {
        return fs::write(DOCUMENT, written).unwrap();
    }

    let kept = fs::read_to_string(DOCUMENT).unwrap();
    assert!(
        kept == written,
        "SEGMENTS_WRITE_GOLDEN=1 cargo test --package segments-tests catalogue"
    );
}

#[test]
fn a_test_belongs_to_the_row_that_its_name_begins_with() {
    for (name, row) in [
        ("h13_redirect", Some("H13")),
        ("h13", Some("H13")),
        ("x13_unknown_section", None),
        ("h_13", None),
        ("height_13", None),
        ("ok", None),
    ] {
        assert_eq!(row_of(name).as_deref(), row, "{name}");
    }
}
