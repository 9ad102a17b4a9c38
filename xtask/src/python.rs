//! Python environments of our own.

use std::path::{Path, PathBuf};

use xshell::{Shell, cmd};

use crate::step::Steps;

/// A Python interpreter with what was installed for it.
#[derive(Debug)]
pub(crate) struct Environment {
    /// The folder of its programs.
    pub(crate) bin: PathBuf,
}

impl Environment {
    /// Takes the environment that is in this folder, or makes one of this interpreter.
    pub(crate) fn prepare(
        sh: &Shell,
        steps: &mut Steps,
        python: &str,
        folder: &Path,
    ) -> Option<Self> {
        let bin = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
        let environment = Self { bin };

        let exists = environment.program("python").exists();
        let ready = exists || steps.run(cmd!(sh, "{python} -m venv {folder}"));
        ready.then_some(environment)
    }

    /// Installs packages, each with its version. uv finds what they need in seconds, pip in minutes.
    pub(crate) fn install(&self, sh: &Shell, steps: &mut Steps, packages: &[&str]) -> bool {
        let python = self.program("python");
        let uv = cmd!(sh, "{python} -m pip install --quiet --disable-pip-version-check uv");
        let install = ["-m", "uv", "pip", "install", "--quiet", "--python"];

        steps.run(uv) && steps.run(cmd!(sh, "{python} {install...} {python} {packages...}"))
    }

    /// A program that is installed in it.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}
