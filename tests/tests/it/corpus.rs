//! The stored inputs: each was once interesting, and none may violate its property again.

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
