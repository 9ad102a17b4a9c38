use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::{Pin, pin};

use bytes::Buf;
use http::response::Parts;
use http::uri::Scheme;
use http::{HeaderName, HeaderValue, Request, Response};
use hyper::ext::ReasonPhrase;
use segments_core::{Fetch, TransportError};
use segments_transport::{
    MAX_HEADERS, body_declared_too_large, body_too_large, head_too_large, timed_out,
};
use tokio::time::timeout;
use tower_service::Service;

use crate::Body;
use crate::transport_error::transport_error;

/// One attempt: a whole response with its body, or why there is none.
///
/// For a driver of your own around a [`segments_core::Export`]. Most programs take
/// [`Reader`](crate::Reader) instead, which documents what the limits and the kinds of failures are.
///
/// ```
/// use segments_core::{Api, ApiKey, Endpoint, Export, Plan};
/// # use segments_emulator::{Emulator, Server, Workspace, sample};
/// use tokio::time::{Instant, sleep};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let braze = Workspace::new().with_key("a-key").with_segments(sample(250, 1));
/// # let server = Server::bind(Emulator::new(braze), ([127, 0, 0, 1], 0)).await?;
/// # let api = Api::new(Endpoint::new(&server.url())?, ApiKey::new("a-key")?);
/// let client = &segments_hyper::Client::new()?;
/// let send = |fetch| async move { segments_hyper::send(client.clone(), &fetch).await };
///
/// let (start, mut export) = (Instant::now(), Export::new(api, Plan::default()));
/// let (segments, _) = export.drive_async(send, || start.elapsed(), sleep).await?;
/// assert_eq!(segments.len(), 250);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The failure to hand to [`segments_core::Export::handle_result`].
///
/// # Panics
/// Outside a tokio runtime with time enabled.
pub async fn send<S, B>(mut service: S, fetch: &Fetch) -> Result<Response<Vec<u8>>, TransportError>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    B: http_body::Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let request = fetch.request().map(|()| Body::new());
    let under_tls = request.uri().scheme() == Some(&Scheme::HTTPS);
    let failed = |error: S::Error| transport_error(&*error.into(), under_tls);

    poll_fn(|cx| service.poll_ready(cx)).await.map_err(failed)?;

    let response = service.call(request);
    let exchange = async {
        let (head, body) = response.await.map_err(failed)?.into_parts();
        check_head(&head, fetch.max_head())?;

        let broken = |error: B::Error| transport_error(&*error.into(), under_tls);
        let body = read(pin!(body), fetch.max_body(), broken).await?;
        Ok(Response::from_parts(head, body))
    };

    match timeout(fetch.timeout(), exchange).await {
        Ok(result) => result,
        Err(_) => Err(timed_out(fetch.timeout())),
    }
}

/// hyper checks the size of its buffer, which may be larger than the head may be.
fn check_head(head: &Parts, limit: usize) -> Result<(), TransportError> {
    if head_size(head) > limit || head.headers.len() > MAX_HEADERS {
        return Err(head_too_large(limit));
    }
    Ok(())
}

/// As it stood on the wire, blanks around values not counted: `HTTP/1.1 200 OK`, a line to each
/// header, an empty line.
fn head_size(head: &Parts) -> usize {
    const LINE_END: usize = 2;
    let reason = match head.extensions.get::<ReasonPhrase>() {
        Some(reason) => reason.as_bytes().len(),
        None => head.status.canonical_reason().map_or(0, str::len),
    };
    let status = "HTTP/1.1 200 ".len() + reason + LINE_END;
    let line = |(name, value): (&HeaderName, &HeaderValue)| {
        name.as_str().len() + ": ".len() + value.len() + LINE_END
    };
    status + head.headers.iter().map(line).sum::<usize>() + LINE_END
}

async fn read<B: http_body::Body>(
    mut body: Pin<&mut B>,
    limit: usize,
    broken: impl Fn(B::Error) -> TransportError,
) -> Result<Vec<u8>, TransportError> {
    let declared = body.size_hint().lower();
    if declared > limit as u64 {
        return Err(body_declared_too_large(declared, limit));
    }

    // Copied, because a list of one-byte chunks would take far more memory than the body.
    let mut bytes = Vec::with_capacity(usize::try_from(declared).unwrap_or_default().min(1 << 16));
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let Ok(mut data) = frame.map_err(&broken)?.into_data() else { continue };
        if data.remaining() > limit - bytes.len() {
            return Err(body_too_large(limit));
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            bytes.extend_from_slice(chunk);
            let length = chunk.len();
            data.advance(length);
        }
    }

    Ok(bytes)
}
