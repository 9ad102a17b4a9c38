//! A folder with the files of a platform, and an emulator to read from.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use xshell::Shell;

use crate::python::Environment;
use crate::scripts::copy_scripts;
use crate::server::{Server, target_directory};
use crate::step::Steps;

/// The interpreter that makes the environments.
pub(super) const PYTHON: &str = "python3";

/// Under the target directory; what is installed stays there for the next time.
const FOLDER: &str = "connectors";

/// With what platforms are started.
const SCRIPTS: &str = "xtask/connectors";

const KEY: &str = "a-key-of-the-emulator";

/// A request is refused once, the sixth.
pub(super) const FAILS_ONCE: &str =
    r#"[{"after": 5, "times": 1, "kind": {"status": {"code": 503}}}]"#;

/// How many segments there are: eleven requests, with the one that fails twelve.
pub(super) const SEGMENTS: usize = 550;

#[derive(Debug)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    segments: PathBuf,
}

impl Place {
    pub(super) fn prepare(sh: &Shell) -> Result<Self> {
        let target = target_directory(sh);
        let segments = target.join("debug/segments");
        ensure!(segments.exists(), "{} is missing: run cargo build", segments.display());

        let folder = target.join(FOLDER);
        copy_scripts(sh, SCRIPTS, &folder)?;
        Ok(Self { folder, segments })
    }

    /// An environment with these packages in it.
    pub(super) fn install(
        &self,
        sh: &Shell,
        steps: &mut Steps,
        name: &str,
        packages: &[&str],
    ) -> Option<Environment> {
        let folder = self.folder.join(name);
        let environment = Environment::prepare(sh, steps, PYTHON, &folder)?;
        environment.install(sh, steps, packages).then_some(environment)
    }

    /// An emulator with these faults, and the configuration that leads to it.
    pub(super) fn serve(&self, segments: usize, faults: &str) -> Result<Server> {
        fs::write(self.folder.join("key"), KEY)?;
        fs::write(self.folder.join("faults.json"), faults)?;
        let mut command = self.command(&self.segments, ["serve", "--listen", "127.0.0.1:0"]);
        command.args(["--segments", &segments.to_string(), "--faults", "faults.json"]);
        command.args(["--api-key-file", "key"]);

        let server = Server::run(command)?;
        let config =
            json!({ "base_url": server.url, "api_key": KEY, "max_attempts": 1, "window": 1 });
        self.write("config.json", &config)?;
        Ok(server)
    }

    pub(super) fn write(&self, name: &str, content: &Value) -> Result<()> {
        fs::write(self.folder.join(name), content.to_string()).with_context(|| name.to_owned())
    }

    /// Runs the program, and hands back its exit code and what it printed.
    pub(super) fn segments(&self, args: &[&str]) -> Result<(Option<i32>, String)> {
        let output = self.command(&self.segments, args).stderr(Stdio::inherit()).output()?;
        Ok((output.status.code(), String::from_utf8(output.stdout)?))
    }

    /// Another program, in this folder, without calls to the makers of the platforms.
    pub(super) fn command<S: AsRef<OsStr>>(
        &self,
        program: &Path,
        args: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.folder).stdin(Stdio::null());
        command.env("SEGMENTS", &self.segments);
        for (name, value) in [
            ("MELTANO_SEND_ANONYMOUS_USAGE_STATS", "false"),
            ("TAP_BRAZE_SEGMENTS_API_KEY", KEY),
            ("AIRBYTE_OFFLINE_MODE", "1"),
            ("DO_NOT_TRACK", "1"),
            ("NO_COLOR", "1"),
        ] {
            command.env(name, value);
        }
        command.env("AIRBYTE_LOGGING_ROOT", self.folder.join("logs"));
        command
    }
}
