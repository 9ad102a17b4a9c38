//! A process as it is seen from outside: time, work and memory.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::programs::Program;

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// Seconds from start to end.
    pub(crate) wall: f64,
    /// Seconds of a processor, in the program and for it in the kernel.
    pub(crate) cpu: f64,
    /// The most memory that was resident, in kilobytes.
    pub(crate) memory: f64,
}

/// GNU time's words for it. Its own clock is too coarse for the wall.
const FORMAT: &str = "%U %S %M";

/// Whether memory can be measured here.
pub(crate) const TOOL: &str = "/usr/bin/time --version";

/// Runs a program against a server, and checks that it got every segment once.
pub(crate) fn run(
    program: &Program,
    folder: &Path,
    url: &str,
    segments: usize,
) -> Result<Run, String> {
    let measured = || -> io::Result<_> {
        let mut command = program.timed(folder, url, FORMAT)?;
        let begun = now();
        let status = command.status()?;
        let wall = begun.elapsed().as_secs_f64();
        let said = fs::read_to_string(folder.join("errors"))?;
        Ok((status, wall, said, program.counts(folder)?))
    };
    let (status, wall, said, counts) =
        measured().map_err(|error| format!("{}: {error}", program.name))?;
    if !status.success() || counts != Some((segments, segments)) {
        return Err(format!("{}: {status}, {counts:?} of {segments}: {said}", program.name));
    }
    let numbers: Vec<f64> = said.lines().last().map_or_else(Vec::new, |line| {
        line.split(' ').filter_map(|number| number.parse().ok()).collect()
    });
    match numbers[..] {
        [user, system, memory] => Ok(Run { wall, cpu: user + system, memory }),
        _ => Err(format!("{}: no figures: {said}", program.name)),
    }
}

/// How long a command takes whose output is of no interest, in seconds.
pub(crate) fn wall(command: &mut Command) -> Result<f64, String> {
    let begun = now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(begun.elapsed().as_secs_f64()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

/// The run in the middle, for each figure.
pub(crate) fn median(runs: &[Run]) -> Run {
    let middle = |figure: fn(&Run) -> f64| middle(runs.iter().map(figure).collect());
    Run {
        wall: middle(|run| run.wall),
        cpu: middle(|run| run.cpu),
        memory: middle(|run| run.memory),
    }
}

/// The number in the middle.
pub(crate) fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

#[allow(clippy::disallowed_methods)]
fn now() -> Instant {
    Instant::now()
}
