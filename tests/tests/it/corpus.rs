//! The stored inputs: each was once interesting, and none may violate its property again.
//! `cargo xtask fuzz` begins with them.

use std::fs;
use std::path::Path;

use segments_tests::properties;

#[test]
fn the_stored_inputs_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, check) in properties::ALL {
        let mut files: Vec<_> = fs::read_dir(root.join(name))
            .unwrap_or_else(|error| panic!("corpus/{name}: {error}"))
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        assert!(!files.is_empty(), "corpus/{name} is empty");
        for file in files {
            println!("{}", file.display());
            check(&fs::read(&file).unwrap());
        }
    }

    let stored = fs::read_dir(root).unwrap().count();
    assert_eq!(stored, properties::ALL.len(), "a directory that no property reads");
}

#[test]
fn every_property_is_a_fuzz_target() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();

    for (name, _) in properties::ALL {
        let target = fs::read_to_string(root.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(target.contains(&format!("properties::{name}::check(input)")), "{name}");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
    }

    let targets = fs::read_dir(root.join("fuzz_targets")).unwrap().count();
    assert_eq!(targets, properties::ALL.len(), "a target that is no property");
}
