//! Ctrl-C, SIGTERM and SIGHUP.

use std::future;
use std::io;
use std::panic::resume_unwind;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tokio::sync::watch;

use crate::child::end_children;
use crate::error::{CommandError, Signal};
use crate::files::discard_unfinished;

/// How long the program may take to end after a signal. It needs longer only while it is blocked in a
/// write to a pipe that nobody reads.
const GRACE: Duration = Duration::from_secs(3);

/// More file descriptors than two runtimes and their signals take.
#[cfg(unix)]
const DESCRIPTORS: usize = 16;

/// Reports the first signal.
#[derive(Debug, Clone)]
pub(crate) struct Signals {
    first: watch::Receiver<Option<Signal>>,
    /// How much work there is that must be finished.
    busy: Arc<AtomicUsize>,
}

impl Signals {
    /// Watches on a thread of its own, which ends the process at the second signal.
    pub(crate) fn watch() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut signals = runtime.block_on(async { Listener::new() })?;
        let (send, first) = watch::channel(None);
        let busy = Arc::new(AtomicUsize::new(0));
        let is_busy = Arc::clone(&busy);

        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            runtime.block_on(async {
                let signal = signals.next().await;
                send.send_replace(Some(signal));

                // A second signal ends the wait, and so does the time, unless work must be finished.
                while tokio::time::timeout(GRACE, signals.next()).await.is_err() {
                    if is_busy.load(Ordering::Relaxed) == 0 {
                        break;
                    }
                }

                end_children();
                discard_unfinished();
                process::exit(signal.exit() as i32);
            });
        })?;

        Ok(Self { first, busy })
    }

    /// Does work that must be finished even after a first signal.
    pub(crate) fn hold<T>(&self, work: impl FnOnce() -> T) -> T {
        let _busy = self.busy();
        work()
    }

    /// The same for as long as it is held.
    pub(crate) fn busy(&self) -> Busy {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(&self.busy))
    }

    /// Waits for the first signal.
    pub(crate) async fn first(&mut self) -> Signal {
        match self.first.wait_for(Option::is_some).await.map(|signal| *signal) {
            Ok(Some(signal)) => signal,
            _ => future::pending().await,
        }
    }
}

/// Work that must be finished even after a first signal.
#[derive(Debug)]
pub(crate) struct Busy(Arc<AtomicUsize>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Does work that may block for as long as another program likes, such as opening a named pipe; a
/// signal or the end of `time` interrupts the wait for it.
pub(crate) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CommandError> + Send + 'static,
    time: Option<Duration>,
    signals: &mut Signals,
) -> Result<T, CommandError> {
    let timeout = async {
        match time {
            Some(time) => tokio::time::sleep(time).await,
            None => future::pending().await,
        }
    };

    tokio::select! {
        done = tokio::task::spawn_blocking(work) => {
            done.unwrap_or_else(|error| resume_unwind(error.into_panic()))
        }
        signal = signals.first() => Err(CommandError::Stopped(signal)),
        () = timeout => Err(CommandError::OpenTimedOut),
    }
}

/// Makes a write beyond the limit on file sizes fail, as on a full disk, instead of killing the
/// process.
#[cfg(unix)]
pub(crate) fn outlive_size_limit() {
    let signal = rustix::process::Signal::XFSZ.as_raw();
    // Without a handler the signal does what it always does.
    let _ = signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)));
}

#[cfg(not(unix))]
pub(crate) fn outlive_size_limit() {}

/// Whether there are enough file descriptors for a runtime and its signals: tokio panics without.
#[cfg(unix)]
pub(crate) fn check_descriptors() -> io::Result<()> {
    let pairs: io::Result<Vec<_>> =
        (0..DESCRIPTORS / 2).map(|_| std::os::unix::net::UnixStream::pair()).collect();
    pairs.map(drop)
}

#[cfg(not(unix))]
pub(crate) fn check_descriptors() -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
struct Listener {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Listener {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        // Listening would undo what nohup(1) has set.
        let hang_up = if ignores_hang_up() { None } else { Some(signal(SignalKind::hangup())?) };
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up,
        })
    }

    async fn next(&mut self) -> Signal {
        let hang_up = async {
            match &mut self.hang_up {
                Some(hang_up) => hang_up.recv().await,
                None => future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = hang_up => Signal::HangUp,
        }
    }
}

/// Whether SIGHUP, the lowest bit of the mask, is ignored. Where that is unknown, it counts as not
/// ignored.
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
struct Listener;

#[cfg(not(unix))]
impl Listener {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Interrupt,
            Err(_) => future::pending().await,
        }
    }
}
