//! `cargo xtask soak`: random exports of a changing list, judged, as many as time allows.

use std::path::Path;
use std::process::Command;

/// Builds the soak for release and runs it with these arguments.
pub(crate) fn run(root: &Path, args: &[&str]) -> bool {
    let soak = "run --release --locked --package segments-tests --bin soak --";
    let mut command = Command::new("cargo");
    command.args(soak.split(' ')).args(args).current_dir(root);
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("cargo: {error}");
            false
        }
    }
}
