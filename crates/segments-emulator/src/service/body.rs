use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::service::connection_error::ConnectionError;
use crate::workspace::delivery::DeliveryMode;

/// The body of a response of [`Emulator`](crate::Emulator). It is ready at once, unless a script
/// makes it drip, stall, break or never end.
#[derive(Debug)]
pub struct Body {
    unsent: Bytes,
    /// What the declared length leaves to come; `None` for a body without an end.
    declared: Option<u64>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Send `unsent` at once, and end.
    Whole,
    /// Send `unsent` at once, then fail.
    Cut { has_yielded: bool },
    /// Send `unsent` at once, then nothing.
    Stall,
    /// Send `unsent` at once, then spaces without end.
    Endless,
    /// Send `unsent` byte by byte, and end.
    Drip { every: Duration, sleep: Option<Pin<Box<Sleep>>> },
}

/// One frame of an endless body.
const SPACES: Bytes = Bytes::from_static(&[b' '; 8192]);

type PolledFrame = Poll<Option<Result<Frame<Bytes>, ConnectionError>>>;

impl Body {
    /// A body as `mode` delivers it. Modes of the head or the connection deliver it whole.
    pub(crate) fn new(body: Vec<u8>, mode: &DeliveryMode) -> Self {
        let mut unsent = Bytes::from(body);
        let length = unsent.len() as u64;

        let state = match *mode {
            DeliveryMode::Cut { after } => {
                unsent.truncate(after);
                State::Cut { has_yielded: false }
            }
            DeliveryMode::Stall { after } => {
                unsent.truncate(after);
                State::Stall
            }
            DeliveryMode::Drip { every } => State::Drip { every, sleep: None },
            DeliveryMode::Endless => State::Endless,
            DeliveryMode::Whole
            | DeliveryMode::DripHead { .. }
            | DeliveryMode::Close
            | DeliveryMode::Reset { .. }
            | DeliveryMode::Verbatim(_) => State::Whole,
        };

        let declared = (!matches!(state, State::Endless)).then_some(length);
        Self { unsent, declared, state }
    }

    fn send(&mut self, length: usize) -> PolledFrame {
        let data = self.unsent.split_to(length);
        if let Some(declared) = &mut self.declared {
            *declared -= length as u64;
        }

        Poll::Ready(Some(Ok(Frame::data(data))))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = ConnectionError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> PolledFrame {
        let this = &mut *self;

        if let State::Drip { every, sleep } = &mut this.state {
            if this.unsent.is_empty() {
                return Poll::Ready(None);
            }
            let timer = sleep.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + *every)));
            ready!(timer.as_mut().poll(context));
            *sleep = None;
            return this.send(1);
        }

        if !this.unsent.is_empty() {
            return this.send(this.unsent.len());
        }

        match &mut this.state {
            State::Whole | State::Drip { .. } => Poll::Ready(None),
            State::Stall => Poll::Pending,
            State::Endless => Poll::Ready(Some(Ok(Frame::data(SPACES)))),
            State::Cut { has_yielded: true } => Poll::Ready(Some(Err(ConnectionError::Closed))),
            State::Cut { has_yielded } => {
                // hyper flushes what it has when the body is pending. An error at once would make
                // it drop those bytes.
                *has_yielded = true;
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.unsent.is_empty() && matches!(self.state, State::Whole | State::Drip { .. })
    }

    fn size_hint(&self) -> SizeHint {
        match self.declared {
            Some(length) => SizeHint::with_exact(length),
            None => SizeHint::default(),
        }
    }
}

impl From<Vec<u8>> for Body {
    /// A body that is delivered whole.
    fn from(body: Vec<u8>) -> Self {
        Self::new(body, &DeliveryMode::Whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body::Body as _;
    use http_body_util::BodyExt;
    use tokio::time::timeout;

    fn body(mode: &DeliveryMode) -> Body {
        Body::new(b"0123456789".to_vec(), mode)
    }

    /// What arrives within a minute, and how it ends; `None` if it does not end.
    async fn read(mut body: Body) -> (Vec<u8>, Option<Result<(), ConnectionError>>) {
        let mut data = Vec::new();
        let end = timeout(Duration::from_secs(60), async {
            while let Some(frame) = body.frame().await {
                data.extend(frame?.into_data().expect("data"));
            }
            Ok(())
        });
        let end = end.await.ok();
        (data, end)
    }

    #[tokio::test(start_paused = true)]
    async fn each_mode_ends_as_documented() {
        assert_eq!(read(body(&DeliveryMode::Whole)).await, (b"0123456789".to_vec(), Some(Ok(()))));
        let cut = DeliveryMode::Cut { after: 3 };
        assert_eq!(read(body(&cut)).await, (b"012".to_vec(), Some(Err(ConnectionError::Closed))));
        let cut = DeliveryMode::Cut { after: 0 };
        assert_eq!(read(body(&cut)).await, (b"".to_vec(), Some(Err(ConnectionError::Closed))));
        assert_eq!(read(body(&DeliveryMode::Stall { after: 3 })).await, (b"012".to_vec(), None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_drip_waits_before_each_byte() {
        let start = Instant::now();
        let every = Duration::from_secs(5);
        let (data, end) = read(body(&DeliveryMode::Drip { every })).await;
        assert_eq!((data.as_slice(), end), (b"0123456789".as_slice(), Some(Ok(()))));
        assert_eq!(start.elapsed(), every * 10);
    }

    #[tokio::test]
    async fn an_endless_body_goes_on() {
        let mut body = body(&DeliveryMode::Endless);
        assert_eq!(body.size_hint().exact(), None);
        let mut len = 0;
        for _ in 0..100 {
            len += body.frame().await.unwrap().unwrap().into_data().unwrap().len();
        }
        assert_eq!(len, 10 + 99 * SPACES.len());
    }

    #[test]
    fn a_broken_body_declares_its_whole_length() {
        for mode in
            [DeliveryMode::Whole, DeliveryMode::Cut { after: 3 }, DeliveryMode::Stall { after: 3 }]
        {
            assert_eq!(body(&mode).size_hint().exact(), Some(10));
        }
        assert!(!body(&DeliveryMode::Cut { after: 0 }).is_end_stream());
        assert!(Body::from(Vec::new()).is_end_stream());
    }
}
