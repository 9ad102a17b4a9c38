use std::time::Duration;

use http::Response;

/// How a response reaches the client, if not at once and whole.
///
/// [`Workspace::answer`](crate::Workspace::answer) is pure and can neither wait nor close a
/// connection, so it puts this value into the extensions of the response.
/// [`Emulator`](crate::Emulator) and [`Server`](crate::Server) act on it. A simulation reads it
/// with [`Delivery::of`] and applies it to its own clock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Delivery {
    /// How long the response is delayed.
    pub delay: Duration,
    /// What happens to the body or the connection then.
    pub mode: DeliveryMode,
}

impl Delivery {
    /// How `response` is to be delivered: whole and at once, unless its extensions say otherwise.
    ///
    /// ```
    /// use std::time::Duration;
    /// use segments_core::{Api, ApiKey, Endpoint, ListRequest};
    /// use segments_emulator::{Delivery, DeliveryMode, Fault, Script, Workspace};
    ///
    /// let mut workspace =
    ///     Workspace::new().with_key("k").with_faults(Script::new().then(Fault::cut(20)));
    /// let api = Api::new(Endpoint::new("http://127.0.0.1")?, ApiKey::new("k")?);
    /// let response = workspace.answer(&api.request(ListRequest::default()), Duration::ZERO);
    ///
    /// assert_eq!(Delivery::of(&response).mode, DeliveryMode::Cut { after: 20 });
    /// assert!(response.body().len() > 20, "the body is whole: the transport cuts it");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of<B>(response: &Response<B>) -> Self {
        response.extensions().get().cloned().unwrap_or_default()
    }
}

/// What happens to the body or the connection when a response is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DeliveryMode {
    /// The whole body at once.
    #[default]
    Whole,
    /// The head declares the full length, and the connection closes early.
    Cut {
        /// How many bytes of the body are sent; fewer than it has.
        after: usize,
    },
    /// The head declares the full length, and nothing comes after a part of the body.
    Stall {
        /// How many bytes of the body are sent; fewer than it has.
        after: usize,
    },
    /// The body comes byte by byte.
    Drip {
        /// The time before each byte.
        every: Duration,
    },
    /// The head comes byte by byte, and then the body at once. [`Emulator`](crate::Emulator) has no
    /// socket, so it delays the response for as long as the head would take.
    DripHead {
        /// The time before each byte.
        every: Duration,
    },
    /// The body has no declared length, and spaces follow it without end.
    Endless,
    /// The connection closes without a response.
    Close,
    /// The connection is reset. Without a socket it closes without a response.
    Reset {
        /// How many bytes of the response are sent before that, head included.
        after: usize,
    },
    /// These bytes are sent in place of a response, and the connection closes.
    Verbatim(Vec<u8>),
}
