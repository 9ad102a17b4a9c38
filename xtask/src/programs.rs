//! Programs of other people and ours: installed, pointed at `segments serve`, and what they had.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::step::Steps;

pub(crate) const BRAZE_API: &str = "braze-api@2.13.4";
pub(crate) const DLT: &str = "dlt==1.31.0";
pub(crate) const AIRBYTE: &str = "airbyte-cdk==7.39.1";

/// The key of the emulator in these runs.
pub(crate) const KEY: &str = "a-key-of-the-emulator";

/// Under the target directory; what is installed stays there for the next time.
const FOLDER: &str = "target/clients";

/// What of ours and of others is used to drive them.
const SCRIPTS: [&str; 4] =
    ["braze-api.mjs", "dlt_source.py", "airbyte-config.json", "airbyte-catalog.json"];

/// A program that reads the whole list.
pub(crate) struct Program {
    pub(crate) name: String,
    executable: PathBuf,
    arguments: Vec<String>,
    pub(crate) says: Says,
}

/// How a program shows what it has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// A segment a line: the program is ours.
    Rows,
    /// `rows 250 distinct 250`, in the last line.
    Counts,
    /// Messages of Airbyte's protocol.
    Messages,
}

/// Where all of it happens.
pub(crate) fn folder(root: &Path) -> PathBuf {
    root.join(FOLDER)
}

/// Makes the folder, with the scripts and a file with the key in it.
pub(crate) fn prepare(root: &Path) -> Result<(), Vec<String>> {
    let folder = folder(root);
    let copy = || -> io::Result<()> {
        fs::create_dir_all(&folder)?;
        for script in SCRIPTS {
            fs::copy(root.join("xtask/clients").join(script), folder.join(script))?;
        }
        fs::write(folder.join("key"), KEY)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(folder.join("key"), fs::Permissions::from_mode(0o600))?;
        }
        Ok(())
    };
    copy().map_err(|error| vec![error.to_string()])
}

/// Ours, built by cargo beforehand.
pub(crate) fn segments(root: &Path, profile: &str) -> PathBuf {
    target_directory(root).join(profile).join("segments")
}

/// What cargo builds into.
pub(crate) fn target_directory(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// `segments export` with these arguments.
pub(crate) fn ours(name: &str, segments: &Path, arguments: &[&str]) -> Program {
    let arguments = ["export"].iter().chain(arguments).map(ToString::to_string).collect();
    Program { name: name.to_owned(), executable: segments.to_owned(), arguments, says: Says::Rows }
}

/// The example over `segments-blocking`, built by cargo beforehand. It needs no arguments.
pub(crate) fn blocking(root: &Path, profile: &str) -> Program {
    let executable = target_directory(root).join(profile).join("blocking");
    let name = "segments-blocking".to_owned();
    Program { name, executable, arguments: Vec::new(), says: Says::Rows }
}

/// Installs braze-api with npm.
pub(crate) fn braze_api(steps: &mut Steps) -> Option<Program> {
    steps
        .run(&format!("npm install --no-audit --no-fund --prefix {FOLDER} {BRAZE_API}"))
        .then(|| script(BRAZE_API, Path::new("node"), &["braze-api.mjs"], Says::Counts))
}

/// Installs dlt in an environment of its own.
pub(crate) fn dlt(steps: &mut Steps, root: &Path) -> Option<Program> {
    let python = environment(steps, root, "venv", DLT)?;
    Some(script(DLT, &python, &["dlt_source.py"], Says::Counts))
}

/// Installs the Airbyte CDK in another.
pub(crate) fn airbyte(steps: &mut Steps, root: &Path) -> Option<Program> {
    let python = environment(steps, root, "airbyte", AIRBYTE)?;
    let command = python.with_file_name("source-declarative-manifest");
    let arguments = ["read", "--config", "config.json", "--catalog", "airbyte-catalog.json"];
    Some(script(AIRBYTE, &command, &arguments, Says::Messages))
}

fn environment(steps: &mut Steps, root: &Path, name: &str, package: &str) -> Option<PathBuf> {
    let python = folder(root).join(name).join("bin/python");
    let ready = (python.exists() || steps.run(&format!("python3 -m venv {FOLDER}/{name}")))
        && steps.run(&format!("{} -m pip install --quiet {package}", python.display()));
    ready.then_some(python)
}

fn script(name: &str, executable: &Path, arguments: &[&str], says: Says) -> Program {
    let arguments = arguments.iter().map(ToString::to_string).collect();
    Program { name: name.to_owned(), executable: executable.to_owned(), arguments, says }
}

impl Program {
    /// The command that reads from the server at `url`, with its output in a file.
    pub(crate) fn command(&self, folder: &Path, url: &str) -> io::Result<Command> {
        let mut command = Command::new(&self.executable);
        command.args(&self.arguments);
        self.aim(&mut command, folder, url)?;
        Ok(command)
    }

    /// The same under `/usr/bin/time`, which writes what it saw behind the program's own errors.
    pub(crate) fn timed(&self, folder: &Path, url: &str, format: &str) -> io::Result<Command> {
        let mut command = Command::new("/usr/bin/time");
        command.args(["-f", format]).arg(&self.executable).args(&self.arguments);
        self.aim(&mut command, folder, url)?;
        Ok(command)
    }

    fn aim(&self, command: &mut Command, folder: &Path, url: &str) -> io::Result<()> {
        if self.says == Says::Messages {
            configure_airbyte(folder, url)?;
        }
        command.current_dir(folder).env("BRAZE_BASE_URL", url).env("BRAZE_API_KEY", KEY);
        command.stdin(Stdio::null()).stdout(File::create(folder.join("output"))?);
        command.stderr(File::create(folder.join("errors"))?);
        Ok(())
    }

    /// The segments in the output of its last run, and how many of them differ.
    pub(crate) fn counts(&self, folder: &Path) -> io::Result<Option<(usize, usize)>> {
        let output = fs::read_to_string(folder.join("output"))?;
        Ok(match self.says {
            Says::Rows => Some(lines(output.lines())),
            Says::Counts => stated(&output),
            Says::Messages => Some(lines(output.lines().filter_map(record_id))),
        })
    }
}

fn lines<'a>(lines: impl Iterator<Item = &'a str>) -> (usize, usize) {
    let mut distinct = HashSet::new();
    let rows = lines.map(|line| distinct.insert(line)).count();
    (rows, distinct.len())
}

/// `rows 250 distinct 250`, in the last line.
fn stated(output: &str) -> Option<(usize, usize)> {
    let words: Vec<_> = output.lines().last()?.split(' ').collect();
    match words[..] {
        ["rows", rows, "distinct", distinct] => Some((rows.parse().ok()?, distinct.parse().ok()?)),
        _ => None,
    }
}

/// The id in a message of Airbyte's, if it is a record.
fn record_id(message: &str) -> Option<&str> {
    let record = message.contains("\"type\":\"RECORD\"").then_some(message)?;
    record.split_once("\"id\":\"")?.1.split('"').next()
}

/// Airbyte takes the server and the key in a file, beside the connector itself.
fn configure_airbyte(folder: &Path, url: &str) -> io::Result<()> {
    let config = fs::read_to_string(folder.join("airbyte-config.json"))?;
    fs::write(folder.join("config.json"), config.replace("BASE_URL", url).replace("API_KEY", KEY))
}

/// A running server that says its URL first; stopped when dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    /// `segments serve` with so many segments, and faults from a file.
    pub(crate) fn start(
        folder: &Path,
        segments: &Path,
        count: usize,
        faults: Option<&Path>,
    ) -> io::Result<Self> {
        let mut command = Command::new(segments);
        command.args(["serve", "--listen", "127.0.0.1:0", "--segments", &count.to_string()]);
        command.arg("--api-key-file").arg(folder.join("key"));
        if let Some(faults) = faults {
            command.arg("--faults").arg(faults);
        }
        Self::run(command)
    }

    /// Any command whose first line is a URL.
    pub(crate) fn run(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn()?;
        let output = process.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
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
