use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::workspace::delivery::Manner;

/// The body of an answer of [`Emulator`](crate::Emulator): ready at once, unless a script makes it
/// drip, stall, break off, or never end.
#[derive(Debug)]
pub struct Body {
    rest: Bytes,
    /// What the head declares and is still to come; `None` where there is no end.
    declared: Option<u64>,
    then: Then,
    /// Set when everything before the end was handed out.
    paused: bool,
}

/// What happens when `rest` is used up, or how it is handed out.
#[derive(Debug)]
enum Then {
    End,
    Break,
    Stall,
    Blanks,
    Drip { every: Duration, sleep: Option<Pin<Box<Sleep>>> },
}

/// One helping of an endless body.
const BLANKS: Bytes = Bytes::from_static(&[b' '; 8192]);

impl Body {
    pub(crate) fn new(body: Vec<u8>, manner: &Manner) -> Self {
        let mut rest = Bytes::from(body);
        let len = rest.len() as u64;
        let then = match *manner {
            Manner::Cut { after } => {
                rest.truncate(after);
                Then::Break
            }
            Manner::Stall { after } => {
                rest.truncate(after);
                Then::Stall
            }
            Manner::Drip { every } => Then::Drip { every, sleep: None },
            Manner::Endless => Then::Blanks,
            Manner::Whole
            | Manner::DripHead { .. }
            | Manner::Close
            | Manner::Reset { .. }
            | Manner::Verbatim(_) => Then::End,
        };
        let declared = (!matches!(then, Then::Blanks)).then_some(len);
        Self { rest, declared, then, paused: false }
    }

    fn give(&mut self, len: usize) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let data = self.rest.split_to(len);
        if let Some(declared) = &mut self.declared {
            *declared -= len as u64;
        }
        Poll::Ready(Some(Ok(Frame::data(data))))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = &mut *self;
        if let Then::Drip { every, sleep } = &mut this.then {
            if this.rest.is_empty() {
                return Poll::Ready(None);
            }
            let timer = sleep.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + *every)));
            ready!(timer.as_mut().poll(context));
            *sleep = None;
            return this.give(1);
        }
        if !this.rest.is_empty() {
            return this.give(this.rest.len());
        }
        match this.then {
            Then::Blanks => Poll::Ready(Some(Ok(Frame::data(BLANKS)))),
            Then::Stall => Poll::Pending,
            Then::Break if this.paused => Poll::Ready(Some(Err(Broken::Closed))),
            Then::Break => {
                // A carrier writes what it has when nothing more is ready; only then may it fail.
                this.paused = true;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Then::End | Then::Drip { .. } => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && matches!(self.then, Then::End | Then::Drip { .. })
    }

    fn size_hint(&self) -> SizeHint {
        match self.declared {
            Some(len) => SizeHint::with_exact(len),
            None => SizeHint::default(),
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(body: Vec<u8>) -> Self {
        Self::new(body, &Manner::Whole)
    }
}

/// The connection of an answer broke, because a script says so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Broken {
    /// It ended before the answer was whole, or before there was one.
    Closed,
    /// These bytes came, which are no HTTP, and it ended.
    Verbatim(Vec<u8>),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the connection was closed before the answer was whole",
            Self::Verbatim(_) => "what came is no HTTP response",
        })
    }
}

impl std::error::Error for Broken {}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body::Body as _;
    use http_body_util::BodyExt;
    use tokio::time::timeout;

    fn body(manner: &Manner) -> Body {
        Body::new(b"0123456789".to_vec(), manner)
    }

    /// What comes within a minute, and how it ends: `None` is not at all.
    async fn read(mut body: Body) -> (Vec<u8>, Option<Result<(), Broken>>) {
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
    async fn each_manner_ends_as_it_says() {
        assert_eq!(read(body(&Manner::Whole)).await, (b"0123456789".to_vec(), Some(Ok(()))));
        let cut = Manner::Cut { after: 3 };
        assert_eq!(read(body(&cut)).await, (b"012".to_vec(), Some(Err(Broken::Closed))));
        let cut = Manner::Cut { after: 0 };
        assert_eq!(read(body(&cut)).await, (b"".to_vec(), Some(Err(Broken::Closed))));
        assert_eq!(read(body(&Manner::Stall { after: 3 })).await, (b"012".to_vec(), None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_drip_takes_its_time_for_each_byte() {
        let start = Instant::now();
        let every = Duration::from_secs(5);
        let (data, end) = read(body(&Manner::Drip { every })).await;
        assert_eq!((data.as_slice(), end), (b"0123456789".as_slice(), Some(Ok(()))));
        assert_eq!(start.elapsed(), every * 10);
    }

    #[tokio::test]
    async fn an_endless_body_goes_on() {
        let mut body = body(&Manner::Endless);
        assert_eq!(body.size_hint().exact(), None);
        let mut len = 0;
        for _ in 0..100 {
            len += body.frame().await.unwrap().unwrap().into_data().unwrap().len();
        }
        assert_eq!(len, 10 + 99 * BLANKS.len());
    }

    #[test]
    fn a_broken_body_declares_its_whole_length() {
        for manner in [Manner::Whole, Manner::Cut { after: 3 }, Manner::Stall { after: 3 }] {
            assert_eq!(body(&manner).size_hint().exact(), Some(10));
        }
        assert!(!body(&Manner::Cut { after: 0 }).is_end_stream());
        assert!(Body::from(Vec::new()).is_end_stream());
    }
}
