//! Programs of other people and ours: installed, pointed at `segments serve`, and what they read.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use crate::step::Steps;

const BRAZE_API: &str = "braze-api@2.13.4";
const DLT: &str = "dlt==1.31.0";

/// The key of the emulator in these runs.
const KEY: &str = "a-key-of-the-emulator";

/// Under the target directory; what is installed stays there for the next time.
const FOLDER: &str = "target/clients";

/// What drives the programs of other people.
const SCRIPTS: [&str; 2] = ["braze-api.mjs", "dlt_source.py"];

/// Where the programs are.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    /// Where cargo has built ours.
    built: PathBuf,
}

/// A program that reads the whole list.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: String,
    executable: PathBuf,
    arguments: Vec<&'static str>,
    pub(crate) says: Says,
}

/// How a program shows what it has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// A segment a line: the program is ours.
    Rows,
    /// `rows 250 distinct 250`, in the last line.
    Counts,
}

impl Place {
    /// Builds ours, and makes the folder with the scripts and the key in it.
    pub(crate) fn prepare(sh: &Shell, steps: &mut Steps) -> Option<Self> {
        let built = target_directory(sh).join("debug");
        let place = Self { folder: sh.current_dir().join(FOLDER), built };
        let packages = ["--package", "segments-cli", "--package", "segments-examples"];
        let ready = steps.check("a folder of our own", || place.fill(sh))
            && steps.run(cmd!(sh, "cargo build --locked {packages...}"));
        ready.then_some(place)
    }

    fn fill(&self, sh: &Shell) -> Result<()> {
        sh.create_dir(&self.folder)?;

        for script in SCRIPTS {
            sh.copy_file(Path::new("xtask/clients").join(script), &self.folder)?;
        }

        let key = self.folder.join("key");
        sh.write_file(&key, KEY)?;

        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(key, fs::Permissions::from_mode(0o600))?;
        }

        Ok(())
    }

    /// `segments export`.
    pub(crate) fn ours(&self) -> Program {
        program("segments", &self.built.join("segments"), &["export"], Says::Rows)
    }

    /// The example over `segments-blocking`.
    pub(crate) fn blocking(&self) -> Program {
        program("segments-blocking", &self.built.join("blocking"), &[], Says::Rows)
    }

    /// Installs braze-api with npm.
    pub(crate) fn braze_api(sh: &Shell, steps: &mut Steps) -> Option<Program> {
        steps
            .run(cmd!(sh, "npm install --no-audit --no-fund --prefix {FOLDER} {BRAZE_API}"))
            .then(|| program(BRAZE_API, Path::new("node"), &["braze-api.mjs"], Says::Counts))
    }

    /// Installs dlt in an environment of its own.
    pub(crate) fn dlt(&self, sh: &Shell, steps: &mut Steps) -> Option<Program> {
        let python = self.folder.join("venv/bin/python");
        let ready = (python.exists() || steps.run(cmd!(sh, "python3 -m venv {FOLDER}/venv")))
            && steps.run(cmd!(sh, "{python} -m pip install --quiet {DLT}"));
        ready.then(|| program(DLT, &python, &["dlt_source.py"], Says::Counts))
    }

    /// `segments serve` with so many segments and these faults.
    pub(crate) fn serve(&self, segments: usize, faults: &str) -> Result<Server> {
        let file = self.folder.join("faults.json");
        fs::write(&file, faults)?;
        let mut command = Command::new(self.built.join("segments"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--segments", &segments.to_string()]);
        command.arg("--api-key-file").arg(self.folder.join("key")).arg("--faults").arg(file);
        Server::run(command)
    }
}

/// What cargo builds into.
pub(crate) fn target_directory(sh: &Shell) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| sh.current_dir().join("target"), PathBuf::from)
}

fn program(name: &str, executable: &Path, arguments: &[&'static str], says: Says) -> Program {
    let executable = executable.to_owned();
    Program { name: name.to_owned(), executable, arguments: arguments.to_vec(), says }
}

impl Program {
    /// The command that reads from the server at `url`, with its output in a file.
    pub(crate) fn command(&self, folder: &Path, url: &str) -> Result<Command> {
        let mut command = Command::new(&self.executable);
        command.args(&self.arguments).current_dir(folder).stdin(Stdio::null());
        command.env("BRAZE_BASE_URL", url).env("BRAZE_API_KEY", KEY);
        command.stdout(File::create(folder.join("output"))?).stderr(Stdio::null());
        Ok(command)
    }

    /// The segments in the output of its last run, and how many of them differ.
    pub(crate) fn counts(&self, folder: &Path) -> Result<Option<(usize, usize)>> {
        let output = fs::read_to_string(folder.join("output"))?;
        if self.says == Says::Counts {
            return Ok(stated(&output));
        }
        let distinct: HashSet<_> = output.lines().collect();
        Ok(Some((output.lines().count(), distinct.len())))
    }
}

/// `rows 250 distinct 250`, in the last line.
fn stated(output: &str) -> Option<(usize, usize)> {
    let words: Vec<_> = output.lines().last()?.split(' ').collect();
    match words[..] {
        ["rows", rows, "distinct", distinct] => Some((rows.parse().ok()?, distinct.parse().ok()?)),
        _ => None,
    }
}

/// A running server whose first line is its URL; stopped when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn run(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn()?;
        let output = process.stdout.take().context("no output")?;
        let mut server = Self { process, url: String::new() };
        BufReader::new(output).read_line(&mut server.url)?;
        server.url.truncate(server.url.trim_end().len());
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
