//! Connections whose traffic is watched, so that one that the server had closed is told from one
//! that broke.

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
use crate::failure::{failure, was_never_sent};

type BoxError = Box<dyn StdError + Send + Sync>;

/// How often a kept connection has been found dead. Connections from before are not used again: what
/// closed one of them, such as an idle limit, has mostly closed them all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deaths(Arc<AtomicU64>);

impl Deaths {
    fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// What is known of a connection when a request over it fails.
#[derive(Clone, Debug)]
struct Record {
    traffic: Arc<Traffic>,
    retired: Arc<AtomicBool>,
}

/// Sends a request, on another connection than those that are given up.
pub(crate) async fn exchange<C>(
    client: legacy::Client<C, Body>,
    deaths: Deaths,
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
        // Nothing of it was sent, and each round uses a connection up.
        if retired.load(Ordering::Acquire) {
            continue;
        }
        if traffic.is_http2() {
            return Err(Traffic::http2_only().into());
        }
        let failure = failure(&error, false);
        let unsent = was_never_sent(&error) && traffic.is_kept();
        if failure.kind() == TransportErrorKind::Closed && (unsent || traffic.is_kept_and_silent())
        {
            deaths.0.fetch_add(1, Ordering::AcqRel);
            let detail = failure.detail();
            return Err(TransportError::new(TransportErrorKind::StaleConnection, detail).into());
        }
        return Err(error.into());
    }
}

/// A connector whose connections keep a [`Record`].
#[derive(Clone, Debug)]
pub(crate) struct Kept<C> {
    inner: C,
    deaths: Deaths,
}

impl<C> Kept<C> {
    pub(crate) fn new(inner: C, deaths: Deaths) -> Self {
        Self { inner, deaths }
    }
}

impl<C> Service<Uri> for Kept<C>
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
        let deaths = self.deaths.clone();
        Box::pin(async move { Ok(Watched::new(connecting.await?, deaths)) })
    }
}

/// So much is read at once.
const BUFFER: usize = 16 << 10;

/// A connection, and what went over it.
pub(crate) struct Watched<T> {
    inner: T,
    record: Record,
    deaths: Deaths,
    /// How many deaths there were when it was opened.
    opened_at: u64,
    /// What came is looked at before it is handed on, and a cursor cannot be read.
    buffer: Box<[u8]>,
}

impl<T> Watched<T> {
    fn new(inner: T, deaths: Deaths) -> Self {
        let record = Record { traffic: Arc::default(), retired: Arc::default() };
        let buffer = vec![0; BUFFER].into_boxed_slice();
        Self { inner, record, opened_at: deaths.count(), deaths, buffer }
    }

    /// Refuses the beginning of a request if the connection is given up.
    fn begin(&self) -> io::Result<()> {
        if self.record.traffic.is_kept() && self.opened_at != self.deaths.count() {
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
