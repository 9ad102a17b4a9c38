use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Response;
use tokio::time::{Sleep, sleep};

use crate::service::body::Body;
use crate::service::connection_error::ConnectionError;
use crate::service::response_head::response_head;
use crate::workspace::delivery::{Delivery, DeliveryMode};

/// The response of an [`Emulator`](crate::Emulator), after the delay of a script.
///
/// The response is decided when the request is made. Dropping this future neither removes the
/// request from the log nor returns it to the rate limit, as with a real server.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct ResponseFuture {
    delay: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    result: Option<Result<Response<Body>, ConnectionError>>,
}

impl ResponseFuture {
    pub(crate) fn new(response: Response<Vec<u8>>) -> Self {
        let Delivery { mut delay, mode } = Delivery::of(&response);

        // There is no socket on which the head could be slow.
        if let DeliveryMode::DripHead { every } = mode {
            let bytes = u32::try_from(response_head(&response).len()).unwrap_or(u32::MAX);
            delay = delay.saturating_add(every.saturating_mul(bytes));
        }

        let result = match mode {
            DeliveryMode::Close | DeliveryMode::Reset { .. } => Err(ConnectionError::Closed),
            DeliveryMode::Verbatim(bytes) => Err(ConnectionError::NotHttp(bytes)),
            mode => Ok(response.map(|body| Body::new(body, &mode))),
        };
        Self { delay, sleep: None, result: Some(result) }
    }
}

impl Future for ResponseFuture {
    type Output = Result<Response<Body>, ConnectionError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;

        if !this.delay.is_zero() {
            let delay = this.delay;
            let timer = this.sleep.get_or_insert_with(|| Box::pin(sleep(delay)));
            ready!(timer.as_mut().poll(context));
            this.delay = Duration::ZERO;
        }

        Poll::Ready(this.result.take().expect("not polled after completion"))
    }
}
