//! The emulator on a socket.

pub(crate) mod accept;
pub(crate) mod address;
pub(crate) mod connection;
pub(crate) mod health;
pub(crate) mod raw_response;
pub(crate) mod server_thread;
pub(crate) mod shutdown_signal;
pub(crate) mod write_timeout;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::server::accept::ServerTask;
use crate::server::address::{base_url, require_loopback};
use crate::server::server_thread::ServerThread;
use crate::service::emulator::Emulator;

/// An [`Emulator`] on a socket, over HTTP/1.1, for a client in any language.
///
/// It listens on loopback, unless [`Server::bind_any_address`] allows more. It also serves the
/// [admin routes](crate::admin), and `GET /healthz`, which answers `ok` to every peer without a
/// key. Dropping it closes all connections at once; [`Server::shutdown`] lets responses finish.
///
/// Limits: 256 connections, while others wait; a head of 64 KiB within 30 s, also on an idle
/// connection; 10 s for a client that does not read.
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
/// use segments_emulator::{Emulator, Server, Workspace, sample};
///
/// let emulator = Emulator::new(Workspace::new().with_key("k").with_segments(sample(3, 1)));
/// let server = Server::spawn(emulator)?;
///
/// let mut stream = TcpStream::connect(server.addr())?;
/// stream.write_all(b"GET /segments/list HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n\
///                    Connection: close\r\n\r\n")?;
/// let mut response = String::new();
/// stream.read_to_string(&mut response)?;
/// assert!(response.starts_with("HTTP/1.1 200 OK\r\n"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    task: ServerTask,
}

impl Server {
    /// Serves on a loopback address, in a task of the current tokio runtime. Port 0 takes a free
    /// port.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] if the address is not a loopback address; otherwise what the
    /// system reports, such as [`io::ErrorKind::AddrInUse`].
    pub async fn bind(emulator: Emulator, addr: impl Into<SocketAddr>) -> io::Result<Self> {
        let addr = require_loopback(addr.into())?;
        Self::bind_any_address(emulator, addr).await
    }

    /// Like [`Server::bind`], on any address. Other machines may then reach the endpoint and try
    /// keys; the admin routes still answer this machine only.
    ///
    /// # Errors
    /// What the system reports.
    pub async fn bind_any_address(
        emulator: Emulator,
        addr: impl Into<SocketAddr>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(addr.into()).await?;
        Ok(Self { task: ServerTask::start(emulator, listener)? })
    }

    /// Serves on a free port of 127.0.0.1 in a thread of its own, for tests without a runtime.
    ///
    /// # Errors
    /// What the system reports.
    pub fn spawn(emulator: Emulator) -> io::Result<ServerThread> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        ServerThread::start(emulator, listener)
    }

    /// The address it listens on, with the port that was taken.
    pub fn addr(&self) -> SocketAddr {
        self.task.addr()
    }

    /// The base URL for clients on this machine, such as `http://127.0.0.1:40123`. For an
    /// unspecified address (`0.0.0.0`, `[::]`), to which nobody can connect, it has the loopback
    /// address.
    pub fn url(&self) -> String {
        base_url(self.addr())
    }

    /// Accepts no more connections, lets started responses finish within 2 s, and closes the rest.
    pub async fn shutdown(mut self) {
        self.task.shutdown().await;
    }
}
