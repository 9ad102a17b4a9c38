use std::io;
use std::net::SocketAddr;
use std::thread::{self, JoinHandle};

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::server::accept::ServerTask;
use crate::server::address::base_url;
use crate::service::emulator::Emulator;

/// A [`Server`](crate::Server) in a thread of its own. Dropping it closes all connections at once;
/// [`ServerThread::stop`] lets responses finish.
#[derive(Debug)]
pub struct ServerThread {
    addr: SocketAddr,
    emulator: Emulator,
    command: watch::Sender<Command>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Run,
    Shutdown,
    Abort,
}

impl ServerThread {
    pub(crate) fn start(emulator: Emulator, listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;

        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut task = {
            let _guard = runtime.enter();
            ServerTask::start(emulator.clone(), TcpListener::from_std(listener)?)?
        };

        let (command, mut commands) = watch::channel(Command::Run);
        let thread = thread::Builder::new().name("segments-emulator".into()).spawn(move || {
            runtime.block_on(async {
                let received = commands.wait_for(|command| *command != Command::Run).await;
                if received.is_ok_and(|command| *command == Command::Shutdown) {
                    task.shutdown().await;
                }
            });
        })?;

        Ok(Self { addr, emulator, command, thread: Some(thread) })
    }

    /// The address it listens on, with the port that was taken.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base URL for clients on this machine; see [`Server::url`](crate::Server::url).
    pub fn url(&self) -> String {
        base_url(self.addr)
    }

    /// The emulator that it serves, to edit the workspace or to inspect its log.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// Stops as [`Server::shutdown`](crate::Server::shutdown) does, and blocks until it is done.
    pub fn stop(mut self) {
        self.finish(Command::Shutdown);
    }

    fn finish(&mut self, command: Command) {
        self.command.send_replace(command);

        if let Some(thread) = self.thread.take() {
            // The thread has printed its panic, if there was one.
            let _ = thread.join();
        }
    }
}

impl Drop for ServerThread {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.finish(Command::Abort);
        }
    }
}
