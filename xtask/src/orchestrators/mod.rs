//! `cargo xtask orchestrators`: the recipes of `examples/orchestrators`, each over twenty emulated
//! workspaces, with failures.
//!
//! Needs Linux, Python 3.11, the wheel of `cargo xtask package` and the network, so CI does not run it.
//! `docs/orchestrators.md` has the last result.

mod airflow;
mod dagster;
mod engine;
mod outcome;
mod service;
mod victim;
mod workspaces;

use std::path::PathBuf;

use xshell::Shell;

use crate::step::Steps;
use engine::Engine;

pub(crate) fn run(sh: &Shell, steps: &mut Steps) {
    let Some(wheel) = wheel(sh) else {
        return steps.skip("the recipes", "they use the wheel: run cargo xtask package first");
    };

    for recipe in [dagster::RECIPE, airflow::RECIPE] {
        let Some(engine) = Engine::install(sh, steps, &recipe, &wheel) else { continue };
        let step = format!("the recipe for {}", recipe.package);
        steps.check(&step, || (recipe.run)(sh, &engine));
    }
}

fn wheel(sh: &Shell) -> Option<PathBuf> {
    let files = sh.read_dir("target/dist").ok()?;
    files.into_iter().find(|file| file.extension().is_some_and(|extension| extension == "whl"))
}
