use std::future::{poll_fn, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::admin;
use crate::server::health;
use crate::server::raw_response::Raw;
use crate::server::stopped;
use crate::server::write_timeout::Patient;
use crate::service::body::{Body, Broken};
use crate::service::emulator::{Answering, Emulator};
use crate::workspace::delivery::Delivery;

/// How long a client may take over the head of a request, or leave a connection unused.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may take over the body of an admin request, or not read what is written.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest head of a request.
const MAX_HEAD: usize = 64 * 1024;

/// Serves one client until it leaves, breaks a bound, or the server stops.
pub(crate) async fn serve(
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
    let mut connection =
        http.serve_connection(Patient::new(TokioIo::new(stream), BODY_TIMEOUT), service);
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
    let mut stream = connection.into_parts().io.into_inner().into_inner();
    // A client that is gone, or does not read, gets no more.
    let _ = finish(&mut stream, &instead.take()).await;
}

async fn finish(stream: &mut TcpStream, raw: &Raw) -> io::Result<()> {
    let (slow, rest) = raw.bytes.split_at(raw.slow);
    for byte in slow.chunks(1) {
        sleep(raw.every).await;
        timeout(BODY_TIMEOUT, stream.write_all(byte)).await??;
    }
    timeout(BODY_TIMEOUT, stream.write_all(rest)).await??;
    if raw.reset {
        return stream.set_zero_linger();
    }
    stream.shutdown().await
}

/// What is to be written to the connection when hyper has left it.
#[derive(Debug, Clone, Default)]
struct Instead(Arc<Mutex<Raw>>);

impl Instead {
    fn set(&self, raw: Raw) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = raw;
    }

    fn take(&self) -> Raw {
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
        if request.uri().path() == health::PATH {
            let response = health::answer(request.method()).map(Body::from);
            return Box::pin(ready(Ok(response)));
        }
        let emulator = self.emulator.clone();
        if request.uri().path().starts_with(admin::PREFIX) {
            let peer = self.peer;
            return Box::pin(
                async move { Ok(admin(emulator, peer, request).await.map(Body::from)) },
            );
        }
        let response = emulator.answer(&request);
        let Some(raw) = Raw::of(&response) else { return Box::pin(Answering::new(response)) };
        let instead = self.instead.clone();
        Box::pin(async move {
            sleep(Delivery::of(&response).delay).await;
            instead.set(raw);
            Err(Broken::Closed)
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
