use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::admin;
use crate::body::{Body, Broken};
use crate::raw;
use crate::service::Emulator;

/// Connections that are served at once; more wait until one ends.
const MAX_CONNECTIONS: usize = 512;

/// How long a client may take over the head of a request, or leave a connection unused.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may take over the body of an admin request, or not read what is written last.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest head of a request.
const MAX_HEAD: usize = 64 * 1024;

/// How long answers that were begun may go on after a shutdown.
const DRAIN: Duration = Duration::from_secs(2);

/// An [`Emulator`] on a socket, over HTTP/1.1.
///
/// On the loopback only, unless [`Server::bind_anywhere`] is asked to do otherwise. Bounds: 512
/// connections, heads of 64 KiB that arrive within 30 s. Whatever a script says about delivery is
/// done to the socket. Beside the list there are the [admin routes](crate::admin).
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

    fn start(emulator: Emulator, listener: TcpListener) -> io::Result<Self> {
        let addr = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(serve(listener, emulator, stopped));
        Ok(Self { addr, stop, task })
    }

    /// Where it listens, with the port that was taken.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base URL for clients, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
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
    fn start(emulator: Emulator, listener: std::net::TcpListener) -> io::Result<Self> {
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

    /// The base URL for clients, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
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
                let connection = connection(stream, peer, emulator.clone(), signal.clone());
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
async fn stopped(stop: &mut watch::Receiver<bool>) {
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

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    emulator: Emulator,
    mut stop: watch::Receiver<bool>,
) {
    // Small writes of a dripping body go out as they are.
    let _ = stream.set_nodelay(true);
    let instead = Instead::default();
    let service = Connection { peer, emulator, instead: instead.clone() };
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);
    let mut connection = http.serve_connection(TokioIo::new(stream), service);
    let mut stopping = false;
    loop {
        tokio::select! {
            _ = poll_fn(|context| connection.poll_without_shutdown(context)) => break,
            () = stopped(&mut stop), if !stopping => {
                stopping = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    }
    let mut stream = connection.into_parts().io.into_inner();
    let bytes = instead.take();
    let last = async {
        stream.write_all(&bytes).await?;
        stream.shutdown().await
    };
    // A client that is gone, or does not read, gets no more.
    let _ = timeout(BODY_TIMEOUT, last).await;
}

/// Bytes that are to be written to the connection in place of an HTTP response.
#[derive(Debug, Clone, Default)]
struct Instead(Arc<Mutex<Vec<u8>>>);

impl Instead {
    fn set(&self, bytes: Vec<u8>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The service of one connection. An error makes hyper end it without writing anything.
#[derive(Debug)]
struct Connection {
    peer: SocketAddr,
    emulator: Emulator,
    instead: Instead,
}

type Answer = Result<Response<Body>, Broken>;

impl hyper::service::Service<Request<Incoming>> for Connection {
    type Response = Response<Body>;
    type Error = Broken;
    type Future = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let emulator = self.emulator.clone();
        if request.uri().path().starts_with(admin::PREFIX) {
            let peer = self.peer;
            return Box::pin(
                async move { Ok(admin(emulator, peer, request).await.map(Body::from)) },
            );
        }
        let answering = emulator.answer(&request);
        let instead = self.instead.clone();
        Box::pin(async move {
            match answering.await {
                Ok(response) if raw::is_framed(response.headers()) => {
                    instead.set(raw::write(&response.map(Body::into_first)));
                    Err(Broken::Closed)
                }
                Err(Broken::Verbatim(bytes)) => {
                    instead.set(bytes);
                    Err(Broken::Closed)
                }
                answer => answer,
            }
        })
    }
}

async fn admin(
    emulator: Emulator,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Response<Vec<u8>> {
    let (head, body) = request.into_parts();
    if let Some(response) = admin::refusal(peer, &head.method, &head.headers) {
        return response;
    }
    let body = Limited::new(body, admin::MAX_BODY).collect();
    match timeout(BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => emulator.with(|workspace| {
            admin::answer(workspace, &head.method, head.uri.path(), &body.to_bytes())
        }),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            admin::message(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long")
        }
        Ok(Err(_)) => admin::message(StatusCode::BAD_REQUEST, "the body cannot be read"),
        Err(_) => admin::message(StatusCode::REQUEST_TIMEOUT, "the body took too long"),
    }
}
