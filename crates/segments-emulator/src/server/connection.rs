use std::future::{poll_fn, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::admin::access::check_access;
use crate::admin::refusal::Refusal;
use crate::admin::routes::{self, AdminRequest};
use crate::page;
use crate::server::health;
use crate::server::raw_response::RawResponse;
use crate::server::shutdown_signal::ShutdownSignal;
use crate::server::write_timeout::WriteTimeout;
use crate::service::body::Body;
use crate::service::connection_error::ConnectionError;
use crate::service::emulator::Emulator;
use crate::service::response_future::ResponseFuture;
use crate::workspace::delivery::Delivery;

/// How long the head of a request may take, and how long a connection may be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a write may be pending.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest head of a request, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// Serves one connection until the client closes it, exceeds a limit, or the server stops.
pub(crate) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    serves_page: bool,
    emulator: Emulator,
    mut shutdown: ShutdownSignal,
) {
    // Each byte of a dripping body is sent as soon as it is written.
    let _ = stream.set_nodelay(true);

    let raw_response = RawSlot::default();
    let service =
        ConnectionService { peer, serves_page, emulator, raw_response: raw_response.clone() };
    let io = WriteTimeout::new(TokioIo::new(stream), WRITE_TIMEOUT);
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .serve_connection(io, service);

    let mut is_stopping = false;
    loop {
        tokio::select! {
            _ = poll_fn(|context| connection.poll_without_shutdown(context)) => break,
            () = shutdown.received(), if !is_stopping => {
                is_stopping = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    }

    let mut stream = connection.into_parts().io.into_inner().into_inner();
    // A client that is gone, or does not read, gets no more.
    let _ = finish(&mut stream, &raw_response.take()).await;
}

/// Writes what hyper could not, and closes the connection.
async fn finish(stream: &mut TcpStream, raw: &RawResponse) -> io::Result<()> {
    let (dripped, rest) = raw.bytes.split_at(raw.dripped);
    for byte in dripped.chunks(1) {
        sleep(raw.interval).await;
        timeout(WRITE_TIMEOUT, stream.write_all(byte)).await??;
    }
    timeout(WRITE_TIMEOUT, stream.write_all(rest)).await??;

    if raw.reset {
        return stream.set_zero_linger();
    }
    stream.shutdown().await
}

/// Where the service leaves what is to be written after hyper has let go of the connection.
#[derive(Debug, Clone, Default)]
struct RawSlot(Arc<Mutex<RawResponse>>);

impl RawSlot {
    fn set(&self, raw: RawResponse) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = raw;
    }

    fn take(&self) -> RawResponse {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The service of one connection. After an error hyper writes nothing and lets go of the
/// connection.
#[derive(Debug)]
struct ConnectionService {
    peer: SocketAddr,
    /// Only a server that no other machine can reach has a page for people.
    serves_page: bool,
    emulator: Emulator,
    raw_response: RawSlot,
}

type ServiceResult = Result<Response<Body>, ConnectionError>;

impl hyper::service::Service<Request<Incoming>> for ConnectionService {
    type Response = Response<Body>;
    type Error = ConnectionError;
    type Future = Pin<Box<dyn Future<Output = ServiceResult> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let path = request.uri().path();

        if path == health::PATH {
            let response = health::answer(request.method());
            return Box::pin(ready(Ok(response.map(Body::from))));
        }

        let page = self.serves_page.then(|| page::answer::answer(self.peer, &request));
        if let Some(response) = page.flatten() {
            return Box::pin(ready(Ok(response.map(Body::from))));
        }

        if path.starts_with(routes::PREFIX) {
            let (emulator, peer) = (self.emulator.clone(), self.peer);
            return Box::pin(async move {
                let response = answer_admin(emulator, peer, request).await;
                Ok(response.unwrap_or_else(Refusal::into_response).map(Body::from))
            });
        }

        let response = self.emulator.answer(&request);
        let Some(raw) = RawResponse::of(&response) else {
            return Box::pin(ResponseFuture::new(response));
        };
        let raw_response = self.raw_response.clone();
        Box::pin(async move {
            sleep(Delivery::of(&response).delay).await;
            raw_response.set(raw);
            Err(ConnectionError::Closed)
        })
    }
}

async fn answer_admin(
    emulator: Emulator,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Vec<u8>>, Refusal> {
    let (head, body) = request.into_parts();
    check_access(peer, &head.method, &head.headers)?;

    let body = Limited::new(body, routes::MAX_BODY).collect();
    let body = match timeout(routes::BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Refusal::BodyTooLarge),
        Ok(Err(_)) => return Err(Refusal::BodyUnreadable),
        Err(_) => return Err(Refusal::BodyTimeout),
    };

    let (method, uri, now) = (&head.method, &head.uri, emulator.now());
    let request = AdminRequest { method, uri, body: &body, now };
    emulator.with(|workspace| routes::answer(workspace, &request))
}
