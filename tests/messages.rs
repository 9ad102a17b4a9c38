//! Compares the texts that a user can see with `docs/messages.txt`, which is read in each review.
//!
//! Not a module of its own: crates include it in their tests by path. After a change on purpose
//!
//! ```console
//! $ SEGMENTS_WRITE_GOLDEN=1 cargo test --workspace messages
//! ```
//!
//! writes the file again, and its diff is what a user sees differently.

use std::fs;
use std::sync::{Mutex, PoisonError};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/messages.txt");

/// Panics unless this is the text of the section.
pub(crate) fn check_section(title: &str, text: &str) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let file = fs::read_to_string(FILE).unwrap_or_default();
    let heading = format!("\n== {title} ==\n\n");
    let start = file.find(&heading);
    let (before, section, after) = match start {
        Some(start) => {
            let (before, rest) = file.split_at(start + heading.len());
            let end = rest.find("\n== ").unwrap_or(rest.len());
            (before.to_owned(), &rest[..end], &rest[end..])
        }
        None => (file.clone() + &heading, "", ""),
    };
    if std::env::var_os("SEGMENTS_WRITE_GOLDEN").is_some() {
        fs::write(FILE, [&before, text, after].concat()).expect("docs/messages.txt is written");
        return;
    }
    let differs = section.lines().zip(text.lines()).find(|(kept, new)| kept != new);
    assert!(
        section == text,
        "docs/messages.txt, {title}: {differs:?}; see the first lines of tests/messages.rs"
    );
}
