//! An orchestrator in an environment of its own, with the program beside it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use super::outcome::{self, Outcome};
use super::service::Service;
use super::victim;
use super::workspaces::{NUMBER, Workspaces};
use crate::python::Environment;
use crate::step::Steps;

/// How long twenty workspaces may take.
const SECONDS: u32 = 1200;

/// An orchestrator, and how its recipe is run.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) name: &'static str,
    pub(super) package: &'static str,
    pub(super) run: fn(&Shell, &Engine) -> Result<()>,
}

#[derive(Debug)]
pub(super) struct Engine {
    name: &'static str,
    environment: Environment,
    root: PathBuf,
    /// Of this run: what the orchestrator keeps, and the exported lists.
    pub(super) home: PathBuf,
    /// Its text; the tests shorten what it waits between two tries.
    pub(super) recipe: String,
}

impl Engine {
    /// Installs both, and reads the recipe.
    pub(super) fn install(
        sh: &Shell,
        steps: &mut Steps,
        recipe: &Recipe,
        wheel: &Path,
    ) -> Option<Self> {
        let (root, name) = (sh.current_dir(), recipe.name);
        let folder = root.join("target/orchestrators").join(name);
        let environment = Environment::prepare(sh, steps, "python3", &folder.join("python"))?;

        // The wheel may be another one of the same version.
        let wheel = wheel.to_string_lossy();
        let packages = [recipe.package, "--reinstall-package", "braze-segments", &wheel];
        if !environment.install(sh, steps, &packages) {
            return None;
        }

        let recipe = root.join(format!("examples/orchestrators/{name}_segments.py"));
        let home = folder.join("home");
        let recipe = sh.read_file(recipe).ok()?;
        Some(Self { name, environment, root, home, recipe })
    }

    /// Serves the workspaces, with nothing left of the last run.
    pub(super) fn serve(&self) -> Result<Workspaces> {
        if self.home.exists() {
            fs::remove_dir_all(&self.home)?;
        }
        fs::create_dir_all(&self.home)?;
        Workspaces::serve(&self.environment.program("segments"), &self.home)
    }

    /// A program of the orchestrator.
    pub(super) fn command(&self, program: &str, workspaces: &Workspaces) -> Result<Command> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path =
            std::iter::once(self.environment.bin.clone()).chain(std::env::split_paths(&path));
        let path: OsString = std::env::join_paths(path)?;

        let mut command = Command::new(self.environment.program(program));
        command.current_dir(&self.home).env("PATH", path).env("DO_NOT_TRACK", "1");
        command.env("XDG_CONFIG_HOME", &workspaces.config_home);
        Ok(command)
    }

    /// A program that runs until it is dropped; its output goes to a file.
    pub(super) fn start(&self, name: &str, command: Command) -> Result<Service> {
        Service::start(command, &self.home.join(format!("{name}.log")))
    }

    /// Kills one task, waits for the end of all, and checks how each ended.
    pub(super) fn finish(&self, sh: &Shell) -> Result<()> {
        victim::kill(sh)?;

        let python = self.environment.program("python");
        let script = self.root.join("xtask/orchestrators/outcomes.py");
        let (name, home) = (self.name, &self.home);
        let (number, seconds) = (NUMBER.to_string(), SECONDS.to_string());
        let lines =
            cmd!(sh, "{python} {script} {name} {home} {number} {seconds}").quiet().read()?;
        println!("{lines}");

        let outcomes: Vec<Outcome> = lines.lines().map(Outcome::parse).collect::<Result<_>>()?;
        ensure!(outcomes.len() == NUMBER as usize, "{} workspaces", outcomes.len());
        outcome::check(&outcomes, &home.join("segments")).context("not as it should be")
    }
}
