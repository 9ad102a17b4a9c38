use std::io;
use std::net::SocketAddr;
use std::thread::{self, JoinHandle};

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::server::{self, Server};
use crate::service::emulator::Emulator;

/// A [`Server`] in a thread of its own. Dropping it closes everything at once.
#[derive(Debug)]
pub struct RunningServer {
    addr: SocketAddr,
    emulator: Emulator,
    stop: watch::Sender<Stop>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Not,
    Drained,
    AtOnce,
}

impl RunningServer {
    pub(crate) fn start(emulator: Emulator, listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, mut stopped) = watch::channel(Stop::Not);
        let server = {
            let _guard = runtime.enter();
            Server::start(emulator.clone(), TcpListener::from_std(listener)?)?
        };
        let thread = thread::Builder::new().name("segments-emulator".into()).spawn(move || {
            runtime.block_on(async {
                let stop = stopped.wait_for(|stop| *stop != Stop::Not).await.map(|stop| *stop);
                if stop.is_ok_and(|stop| stop == Stop::Drained) {
                    server.shutdown().await;
                }
            });
        })?;
        Ok(Self { addr, emulator, stop, thread: Some(thread) })
    }

    /// Where it listens, with the port that was taken.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base URL for clients on this machine, as [`Server::url`] names it.
    pub fn url(&self) -> String {
        server::url(self.addr)
    }

    /// What it serves, to edit it or to look at its log.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// Stops as [`Server::shutdown`] does, and waits for it.
    pub fn stop(mut self) {
        self.end(Stop::Drained);
    }

    fn end(&mut self, stop: Stop) {
        self.stop.send_replace(stop);
        if let Some(thread) = self.thread.take() {
            // A panic of the server was printed by its own thread.
            let _ = thread.join();
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.end(Stop::AtOnce);
        }
    }
}
