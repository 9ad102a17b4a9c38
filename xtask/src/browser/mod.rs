//! `cargo xtask browser`: the page of `segments serve` in Chromium, with the clicks of a person.
//!
//! Needs Chromium, so CI does not run it.

mod devtools;
mod stage;
mod walkthrough;

use std::fs;

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use crate::step::{Steps, works};
use stage::Stage;

/// Its names in distributions.
const PROGRAMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

const MISSING: &str = "Chromium is not installed: PATH has neither chromium, chromium-browser, \
                       google-chrome nor chrome";

/// What README.md of the emulator shows.
const PICTURE: &str = "docs/emulator.png";

/// Of the picture in the documents, in bytes.
const LARGEST: usize = 150_000;

pub(crate) fn run(sh: &Shell, steps: &mut Steps, save: bool) {
    let mut program = None;
    let is_ready = steps.check("Chromium", || {
        program = PROGRAMS.into_iter().find(|program| works(cmd!(sh, "{program} --version")));
        let program = program.context(MISSING)?;
        println!("{}", cmd!(sh, "{program} --version").quiet().ignore_stderr().read()?);
        Ok(())
    }) && steps.run(cmd!(sh, "cargo build --locked --package segments-cli"));

    if let Some(program) = program.filter(|_| is_ready) {
        steps.check("the page of segments serve", || walk_through(sh, program, save));
    }
}

fn walk_through(sh: &Shell, program: &str, save: bool) -> Result<()> {
    let mut stage = Stage::set(sh, program)?;
    walkthrough::run(&mut stage)?;

    let picture = fs::read(stage.folder.join("1200-light.png"))?;
    ensure!(picture.len() < LARGEST, "the picture has {} bytes", picture.len());
    if save {
        fs::write(PICTURE, picture)?;
    }
    println!("The pictures are in {}", stage.folder.display());
    Ok(())
}
