use std::time::Duration;

use http::Response;

/// How an answer is brought to the client, where that is not the usual way.
///
/// [`Workspace::answer`](crate::Workspace::answer) is pure and cannot wait or cut, so it puts this
/// into the response's extensions. [`Emulator`](crate::Emulator) and [`Server`](crate::Server) act
/// on it; a simulation reads it with [`Delivery::of`] and does what it means to its own clock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Delivery {
    /// How long the answer is held back.
    pub delay: Duration,
    /// What happens to it then.
    pub manner: Manner,
}

impl Delivery {
    /// How `response` is to be delivered; whole and at once if it says nothing.
    ///
    /// ```
    /// use std::time::Duration;
    /// use segments_core::{Api, ApiKey, Endpoint, ListRequest};
    /// use segments_emulator::{Delivery, Fault, Manner, Script, Workspace};
    ///
    /// let mut workspace =
    ///     Workspace::new().with_key("k").with_faults(Script::new().then(Fault::cut(20)));
    /// let api = Api::new(Endpoint::new("http://127.0.0.1")?, ApiKey::new("k")?);
    /// let response = workspace.answer(&api.request(ListRequest::default()), Duration::ZERO);
    ///
    /// assert_eq!(Delivery::of(&response).manner, Manner::Cut { after: 20 });
    /// assert!(response.body().len() > 20, "the body is whole, cutting it is the carrier's part");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of<B>(response: &Response<B>) -> Self {
        response.extensions().get().cloned().unwrap_or_default()
    }
}

/// What is done to the body, or to the connection, when an answer is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Manner {
    /// Nothing: the whole body at once.
    #[default]
    Whole,
    /// The head declares the whole length, and the connection ends early.
    Cut {
        /// How many bytes of the body are sent; fewer than it has.
        after: usize,
    },
    /// The head declares the whole length, and then nothing more comes.
    Stall {
        /// How many bytes of the body are sent; fewer than it has.
        after: usize,
    },
    /// The body comes byte by byte.
    Drip {
        /// The time before each byte.
        every: Duration,
    },
    /// The head comes byte by byte, and then the body at once. Without a socket there is no head to
    /// see, and [`Emulator`](crate::Emulator) waits for as long as it would take.
    DripHead {
        /// The time before each byte.
        every: Duration,
    },
    /// The body has no declared length and no end.
    Endless,
    /// The connection ends without an answer.
    Close,
    /// The connection is reset. Without a socket it ends without an answer.
    Reset {
        /// How many bytes of the answer are written before, its head included.
        after: usize,
    },
    /// These bytes are sent in place of an answer, and the connection ends.
    Verbatim(Vec<u8>),
}
