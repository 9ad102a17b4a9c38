//! Programs that this process runs, and that must not outlive it.

use std::io::{self, ErrorKind};
use std::process::{Child, ChildStdout, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take to end when it is asked to, before it is killed.
const GRACE: Duration = Duration::from_secs(1);

/// Between two looks at whether a program has ended.
const PERIOD: Duration = Duration::from_millis(10);

static RUNNING: Mutex<Running> = Mutex::new(Running { is_over: false, children: Vec::new() });

struct Running {
    /// This process ends, and nothing is started any more.
    is_over: bool,
    children: Vec<Arc<Mutex<Child>>>,
}

/// A program that runs, until it is dropped at the latest.
#[derive(Debug)]
pub(crate) struct RunningChild(Arc<Mutex<Child>>);

impl RunningChild {
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        let mut running = lock(&RUNNING);
        if running.is_over {
            return Err(ErrorKind::Interrupted.into());
        }

        let child = Arc::new(Mutex::new(command.spawn()?));
        running.children.push(Arc::clone(&child));
        Ok(Self(child))
    }

    /// What it prints, if that is piped and was not taken before.
    pub(crate) fn take_stdout(&self) -> Option<ChildStdout> {
        lock(&self.0).stdout.take()
    }

    /// How it ends; `None` if it takes too long, and then it is ended.
    pub(crate) fn wait(&self, limit: Duration) -> io::Result<Option<ExitStatus>> {
        let status = wait(&self.0, limit)?;
        if status.is_none() {
            end(&self.0);
        }
        Ok(status)
    }
}

impl Drop for RunningChild {
    fn drop(&mut self) {
        end(&self.0);
        lock(&RUNNING).children.retain(|child| !Arc::ptr_eq(child, &self.0));
    }
}

/// Ends all programs, before this process ends.
pub(crate) fn end_children() {
    // The lock is held meanwhile, so that no other thread ends the process before this is done.
    let mut running = lock(&RUNNING);
    running.is_over = true;
    for child in running.children.drain(..) {
        end(&child);
    }
}

fn wait(child: &Mutex<Child>, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        let status = lock(child).try_wait()?;
        if status.is_some() || started.elapsed() >= limit {
            return Ok(status);
        }
        thread::sleep(PERIOD);
    }
}

/// Asks it to end, as one that reads a passphrase has to make the terminal usable again, and kills it
/// if it does not.
fn end(child: &Mutex<Child>) {
    let terminated = terminate(child);
    if terminated && matches!(wait(child, GRACE), Ok(Some(_))) {
        return;
    }

    let mut child = lock(child);
    let _ = child.kill();
    let _ = child.wait();
}

/// Whether the program was asked to end, or has ended.
#[cfg(unix)]
fn terminate(child: &Mutex<Child>) -> bool {
    use rustix::process::{Pid, Signal, kill_process};

    let mut child = lock(child);
    match child.try_wait() {
        // Its number may belong to another process by now.
        Ok(Some(_)) => true,
        _ => kill_process(Pid::from_child(&child), Signal::TERM).is_ok(),
    }
}

#[cfg(not(unix))]
fn terminate(_: &Mutex<Child>) -> bool {
    false
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
