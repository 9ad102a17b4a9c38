//! Connections whose bytes are watched, so that a reused connection that the server had closed is
//! told from one that broke.

use std::error::Error as StdError;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use http::{Extensions, Request, Response, Uri};
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{Connect, Connected, Connection};
use segments_core::{TransportError, TransportErrorKind};
use segments_transport::Traffic;
use tower_service::Service;

use crate::Body;
use crate::transport_error::{transport_error, was_never_sent};

type BoxError = Box<dyn StdError + Send + Sync>;

/// How many connections were found stale. A connection that was opened before the last of them is
/// not used again: what closed that one, such as an idle limit, has probably closed them all.
#[derive(Clone, Debug, Default)]
pub(crate) struct StaleCount(Arc<AtomicU64>);

impl StaleCount {
    fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// What is known of a connection when a request on it fails.
#[derive(Clone, Debug)]
struct Record {
    traffic: Arc<Traffic>,
    /// It refused a request, because it may be stale.
    retired: Arc<AtomicBool>,
}

/// Sends a request, on another connection if the pool offers one that may be stale.
pub(crate) async fn exchange<C>(
    client: legacy::Client<C, Body>,
    stale: StaleCount,
    request: Request<Body>,
) -> Result<Response<Incoming>, BoxError>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    loop {
        let error = match client.request(request.clone()).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };

        let mut extras = Extensions::new();
        if let Some(info) = error.connect_info() {
            info.get_extras(&mut extras);
        }
        let Some(Record { traffic, retired }) = extras.remove::<Record>() else {
            return Err(error.into());
        };

        // It sent no byte, and each turn of the loop uses up a connection of the pool.
        if retired.load(Ordering::Acquire) {
            continue;
        }
        if traffic.is_http2() {
            return Err(Traffic::http2_only().into());
        }

        let failure = transport_error(&error, false);
        let is_unsent = was_never_sent(&error) && traffic.is_reused();
        let is_stale = is_unsent || traffic.is_reused_and_silent();
        if failure.kind() == TransportErrorKind::Closed && is_stale {
            stale.0.fetch_add(1, Ordering::AcqRel);
            let detail = failure.detail();
            return Err(TransportError::new(TransportErrorKind::StaleConnection, detail).into());
        }
        return Err(error.into());
    }
}

/// A connector of connections that keep a [`Record`].
#[derive(Clone, Debug)]
pub(crate) struct WatchedConnector<C> {
    inner: C,
    stale: StaleCount,
}

impl<C> WatchedConnector<C> {
    pub(crate) fn new(inner: C, stale: StaleCount) -> Self {
        Self { inner, stale }
    }
}

impl<C> Service<Uri> for WatchedConnector<C>
where
    C: Service<Uri>,
    C::Future: Send + 'static,
{
    type Response = Watched<C::Response>;
    type Error = C::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, C::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let connecting = self.inner.call(target);
        let stale = self.stale.clone();
        Box::pin(async move { Ok(Watched::new(connecting.await?, stale)) })
    }
}

/// How many bytes are read at once.
const BUFFER: usize = 16 << 10;

/// A connection, and what is known of its bytes.
pub(crate) struct Watched<T> {
    inner: T,
    record: Record,
    stale: StaleCount,
    /// How many connections had been found stale when this one was opened.
    stale_before: u64,
    /// The bytes are looked at before hyper gets them, and hyper's cursor cannot be read.
    buffer: Box<[u8]>,
}

impl<T> Watched<T> {
    fn new(inner: T, stale: StaleCount) -> Self {
        let record = Record { traffic: Arc::default(), retired: Arc::default() };
        let buffer = vec![0; BUFFER].into_boxed_slice();
        Self { inner, record, stale_before: stale.get(), stale, buffer }
    }

    /// Refuses to begin a request if the connection may be stale.
    fn begin(&self) -> io::Result<()> {
        if self.record.traffic.is_reused() && self.stale_before != self.stale.get() {
            self.record.retired.store(true, Ordering::Release);
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }
}

impl<T: Connection> Connection for Watched<T> {
    fn connected(&self) -> Connected {
        self.inner.connected().extra(self.record.clone())
    }
}

impl<T: Read + Unpin> Read for Watched<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let room = this.buffer.len().min(cursor.remaining());
        let mut buffer = ReadBuf::new(&mut this.buffer[..room]);
        ready!(Pin::new(&mut this.inner).poll_read(cx, buffer.unfilled()))?;

        let bytes = buffer.filled();
        if !bytes.is_empty() {
            this.record.traffic.received(bytes).map_err(io::Error::other)?;
        }
        cursor.put_slice(bytes);
        Poll::Ready(Ok(()))
    }
}

impl<T: Write + Unpin> Write for Watched<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.begin()?;
        this.record.traffic.sent();
        Pin::new(&mut this.inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.begin()?;
        this.record.traffic.sent();
        Pin::new(&mut this.inner).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
