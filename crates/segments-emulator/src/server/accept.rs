use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::server::connection;
use crate::server::shutdown_signal::{self, ShutdownSender, ShutdownSignal};
use crate::service::emulator::Emulator;

/// Connections that are served at once. More wait until one ends.
const MAX_CONNECTIONS: usize = 256;

/// How long started responses may take after a shutdown was requested.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// The task that accepts connections. Dropping it closes them all.
#[derive(Debug)]
pub(crate) struct ServerTask {
    addr: SocketAddr,
    shutdown: ShutdownSender,
    task: JoinHandle<()>,
}

impl ServerTask {
    /// Starts the task in the current runtime.
    pub(crate) fn start(emulator: Emulator, listener: TcpListener) -> io::Result<Self> {
        let addr = listener.local_addr()?;
        let (shutdown, signal) = shutdown_signal::channel();
        let serves_page = addr.ip().to_canonical().is_loopback();
        let task = tokio::spawn(accept_loop(listener, serves_page, emulator, signal));

        Ok(Self { addr, shutdown, task })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(crate) async fn shutdown(&mut self) {
        self.shutdown.send();
        // The task ends by itself, and does not panic.
        let _ = (&mut self.task).await;
    }
}

impl Drop for ServerTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept_loop(
    listener: TcpListener,
    serves_page: bool,
    emulator: Emulator,
    mut shutdown: ShutdownSignal,
) {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    let signal = shutdown.clone();

    loop {
        tokio::select! {
            () = shutdown.received() => break,
            Some(_) = connections.join_next() => {}
            (permit, stream, peer) = accept(&listener, &permits) => {
                let (emulator, signal) = (emulator.clone(), signal.clone());
                let connection = connection::serve(stream, peer, serves_page, emulator, signal);
                connections.spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
        }
    }

    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    // What has not finished then is closed when `connections` is dropped.
    let _ = timeout(DRAIN_TIMEOUT, drained).await;
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> (OwnedSemaphorePermit, TcpStream, SocketAddr) {
    let permit = Arc::clone(permits).acquire_owned().await.expect("the semaphore is never closed");

    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (permit, stream, peer),
            // Usually no file descriptor is left. Connections that end give some back.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}
