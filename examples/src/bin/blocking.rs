//! segments-blocking: an `Iterator` over ureq, or the whole list at once.

use std::process::ExitCode;

use segments_blocking::{Reader, agent};
use segments_core::{Export, Plan};
use segments_examples::{Outcome, api, finish};

fn main() -> ExitCode {
    finish(export())
}

fn export() -> Outcome {
    let export = Export::new(api()?, Plan::default());

    Ok(Reader::new(export, agent()).collect_all()?)
}
