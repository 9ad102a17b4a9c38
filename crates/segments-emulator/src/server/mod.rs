pub(crate) mod connection;
pub(crate) mod health;
pub(crate) mod raw_response;
pub(crate) mod server_thread;
pub(crate) mod write_timeout;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::server::server_thread::RunningServer;
use crate::service::emulator::Emulator;

/// Connections that are served at once; more wait until one ends.
const MAX_CONNECTIONS: usize = 256;

/// How long answers that were begun may go on after a shutdown.
const DRAIN: Duration = Duration::from_secs(2);

/// An [`Emulator`] on a socket, over HTTP/1.1.
///
/// On the loopback only, unless [`Server::bind_anywhere`] is asked to do otherwise. Bounds: 256
/// connections, heads of 64 KiB that arrive within 30 s, and 10 s for a client that does not read.
/// Whatever a script says about delivery is done to the socket. Beside the list there are the
/// [admin routes](crate::admin) and `GET /healthz`, which says `ok` to everybody.
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
/// let mut answer = String::new();
/// stream.read_to_string(&mut answer)?;
/// assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Serves on a loopback address, in the background of the current tokio runtime. Port 0 takes
    /// a free one.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] if the address is not of the loopback; else what the system
    /// says, such as a port in use.
    pub async fn bind(emulator: Emulator, addr: impl Into<SocketAddr>) -> io::Result<Self> {
        let addr = loopback(addr.into())?;
        Self::bind_anywhere(emulator, addr).await
    }

    /// Serves on any address. Who can reach it can try keys on it; the admin routes still answer
    /// this machine only.
    ///
    /// # Errors
    /// What the system says.
    pub async fn bind_anywhere(
        emulator: Emulator,
        addr: impl Into<SocketAddr>,
    ) -> io::Result<Self> {
        Self::start(emulator, TcpListener::bind(addr.into()).await?)
    }

    pub(crate) fn start(emulator: Emulator, listener: TcpListener) -> io::Result<Self> {
        let addr = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(serve(listener, emulator, stopped));
        Ok(Self { addr, stop, task })
    }

    /// Where it listens, with the port that was taken.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base URL for clients on this machine, such as `http://127.0.0.1:40123`.
    ///
    /// A server on every address (`0.0.0.0`, `[::]`) names the loopback, which is one of them.
    pub fn url(&self) -> String {
        url(self.addr)
    }

    /// Takes no more connections, lets answers that were begun end within 2 s, and closes the rest.
    /// Dropping the server closes everything at once.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        // The task ends by itself, and cannot panic.
        let _ = (&mut self.task).await;
    }

    /// Serves on a free port of 127.0.0.1 in a thread of its own, for programs without a runtime.
    ///
    /// # Errors
    /// What the system says.
    pub fn spawn(emulator: Emulator) -> io::Result<RunningServer> {
        Self::spawn_at(emulator, (Ipv4Addr::LOCALHOST, 0))
    }

    /// The same on this loopback address.
    ///
    /// # Errors
    /// As [`Server::bind`].
    pub fn spawn_at(emulator: Emulator, addr: impl Into<SocketAddr>) -> io::Result<RunningServer> {
        let addr = loopback(addr.into())?;
        Self::spawn_anywhere(emulator, addr)
    }

    /// The same on any address; see [`Server::bind_anywhere`].
    ///
    /// # Errors
    /// What the system says.
    pub fn spawn_anywhere(
        emulator: Emulator,
        addr: impl Into<SocketAddr>,
    ) -> io::Result<RunningServer> {
        RunningServer::start(emulator, std::net::TcpListener::bind(addr.into())?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The base URL of a server that listens on `addr`. Nobody can connect to "every address".
pub(crate) fn url(addr: SocketAddr) -> String {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, addr.port()))
}

fn loopback(addr: SocketAddr) -> io::Result<SocketAddr> {
    if addr.ip().is_loopback() {
        return Ok(addr);
    }
    let text = format!("{} can be reached from other machines", addr.ip());
    Err(io::Error::new(io::ErrorKind::InvalidInput, text))
}

async fn serve(listener: TcpListener, emulator: Emulator, mut stop: watch::Receiver<bool>) {
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    let signal = stop.clone();
    loop {
        tokio::select! {
            () = stopped(&mut stop) => break,
            Some(_) = connections.join_next() => {}
            (permit, stream, peer) = accept(&listener, &free) => {
                let connection = connection::serve(stream, peer, emulator.clone(), signal.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    // What is left after that is closed when `connections` is dropped.
    let _ = timeout(DRAIN, drained).await;
}

/// Returns when the server is to stop, also because its handle is gone.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn accept(
    listener: &TcpListener,
    free: &Arc<Semaphore>,
) -> (OwnedSemaphorePermit, TcpStream, SocketAddr) {
    let permit = Arc::clone(free).acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (permit, stream, peer),
            // Out of file descriptors, most likely: some come back when connections end.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}
