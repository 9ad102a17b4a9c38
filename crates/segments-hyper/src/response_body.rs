use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::connection::Connection;
use crate::pool::{Epoch, Pool};

/// The body of a response of [`Client`](crate::Client).
///
/// At its end the connection goes back to the client. Dropping it earlier closes the connection.
#[derive(Debug)]
pub struct ResponseBody {
    inner: Incoming,
    has_ended: bool,
    lease: Option<Lease>,
}

/// A connection, and where it goes when the response is over.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) connection: Connection,
    pub(crate) epoch: Epoch,
    pub(crate) pool: Arc<Pool>,
}

impl ResponseBody {
    pub(crate) fn new(inner: Incoming, lease: Lease) -> Self {
        Self { inner, has_ended: false, lease: Some(lease) }
    }

    /// Waits until the connection can take another request: it was told of the end of this response
    /// a moment ago.
    fn poll_give_back(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(lease) = &mut self.lease {
            let is_open = ready!(lease.connection.poll_ready(cx)).is_ok();
            if let Some(Lease { connection, epoch, pool }) = self.lease.take().filter(|_| is_open) {
                pool.put(connection, epoch);
            }
        }
        Poll::Ready(())
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        if !this.has_ended {
            let frame = ready!(Pin::new(&mut this.inner).poll_frame(cx));
            if frame.is_some() {
                return Poll::Ready(frame);
            }
            this.has_ended = true;
        }

        ready!(this.poll_give_back(cx));
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended && self.lease.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
