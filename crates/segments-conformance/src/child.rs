//! The client as a process: started without a shell, read within limits, ended with all its
//! children.

use std::ffi::OsString;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::{Instant, timeout};

/// No list of a situation has a hundredth of it.
const MOST_OUTPUT: usize = 8 * 1024 * 1024;

/// Would lead the requests elsewhere.
const PROXIES: [&str; 6] =
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];

/// How a run ended, and what it printed until then.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) end: End,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) took: Duration,
}

#[derive(Debug)]
pub(crate) enum End {
    Exited(ExitStatus),
    TimedOut(Duration),
    TooMuchOutput,
}

/// Runs a command to its end, or until the time has passed. Dropping the future kills it.
pub(crate) async fn run(
    command: &[OsString],
    variables: [(&str, &str); 2],
    time: Duration,
) -> io::Result<Ended> {
    let mut process = command_of(command, variables)?.spawn().map_err(|error| {
        let program = command.first().map(|program| program.to_string_lossy());
        io::Error::new(error.kind(), format!("{}: {error}", program.unwrap_or_default()))
    })?;
    let mut group = Group::of(&process);
    let streams = (process.stdout.take(), process.stderr.take());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());

    #[allow(clippy::disallowed_methods)]
    let start = Instant::now();
    let exit = async {
        let status = process.wait().await?;
        // What the command has left behind would keep its output open.
        group.kill();
        io::Result::Ok(status)
    };
    let whole = async {
        tokio::try_join!(exit, read(streams.0, &mut stdout), read(streams.1, &mut stderr))
    };

    let end = match timeout(time, whole).await {
        Ok(Ok((status, (), ()))) => End::Exited(status),
        Ok(Err(error)) if error.kind() == io::ErrorKind::FileTooLarge => End::TooMuchOutput,
        Ok(Err(error)) => return Err(error),
        Err(_) => End::TimedOut(time),
    };
    let took = start.elapsed();

    // Reaps it, so that no zombie stays.
    group.kill();
    let _ = process.kill().await;
    Ok(Ended { end, stdout, stderr, took })
}

fn command_of(command: &[OsString], variables: [(&str, &str); 2]) -> io::Result<Command> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = std::process::Command::new(program);
    command.args(arguments).envs(variables);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());

    for name in PROXIES {
        command.env_remove(name);
    }

    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);

    let mut command = Command::from(command);
    command.kill_on_drop(true);
    Ok(command)
}

/// Reads to the end, or fails with [`io::ErrorKind::FileTooLarge`].
async fn read(stream: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>) -> io::Result<()> {
    let Some(stream) = stream else { return Ok(()) };

    let length = stream.take(MOST_OUTPUT as u64).read_to_end(into).await?;
    if length == MOST_OUTPUT { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(()) }
}

/// The process group of a command. Dropping it kills what is left.
#[derive(Debug)]
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl Group {
    #[cfg(unix)]
    fn of(process: &tokio::process::Child) -> Self {
        let id = process.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(rustix::process::Pid::from_raw) }
    }

    /// Kills it, once: later its number may be that of another.
    #[cfg(unix)]
    fn kill(&mut self) {
        if let Some(leader) = self.leader.take() {
            // It fails if nothing is left.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }

    #[cfg(not(unix))]
    fn of(_: &tokio::process::Child) -> Self {
        Self {}
    }

    #[cfg(not(unix))]
    fn kill(&mut self) {}
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
