//! `segments version`: which program this is.

use std::env::consts::{ARCH, OS};

use serde_json::json;

use super::print::print;
use crate::error::CommandError;

const NAME: &str = "segments";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Prints it, as `--version` does or as JSON.
pub(super) fn run(json: bool) -> Result<(), CommandError> {
    let line = if json {
        json!({ "name": NAME, "version": VERSION, "os": OS, "arch": ARCH }).to_string()
    } else {
        format!("{NAME} {VERSION}")
    };
    print(format!("{line}\n").as_bytes())
}
