//! The task that is killed.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use super::workspaces::{KILLED, name};

/// How long to wait for it, in seconds.
const PATIENCE: u32 = 900;

/// Waits for the export of its workspace, and kills the process that started it.
pub(super) fn kill(sh: &Shell) -> Result<()> {
    let name = name(KILLED);
    for _ in 0..PATIENCE {
        if let Some(parent) = parent_of_export(&name) {
            // In the midst of the list.
            sleep(Duration::from_secs(2));
            println!("killed: {}", fs::read_to_string(format!("/proc/{parent}/comm"))?.trim());
            return Ok(cmd!(sh, "kill -KILL {parent}").quiet().run()?);
        }
        sleep(Duration::from_secs(1));
    }
    bail!("{name} was not exported")
}

/// The process that started `segments export --profile NAME`.
fn parent_of_export(profile: &str) -> Option<String> {
    let processes = fs::read_dir("/proc").ok()?;
    processes.filter_map(Result::ok).find_map(|process| {
        let command = fs::read_to_string(process.path().join("cmdline")).ok()?;
        let arguments: Vec<_> = command.split('\0').collect();
        let is_export = arguments.first().is_some_and(|program| program.ends_with("segments"))
            && arguments.windows(2).any(|pair| pair == ["--profile", profile]);
        if !is_export {
            return None;
        }

        let status = fs::read_to_string(process.path().join("status")).ok()?;
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
        parent.map(|parent| parent.trim().to_owned())
    })
}
