use std::time::Duration;

use crate::export::fetch::Fetch;
use crate::export::report::Report;
use crate::export::seen::batch::Batch;

/// What to do next: the result of [`Export::poll`](crate::Export::poll).
#[derive(Debug, Clone)]
// A step lives for one turn of the driver's loop, and a boxed report would be in every user's way.
#[allow(clippy::large_enum_variant)]
pub enum Step {
    /// Send this request, and hand in its response or its failure. Until then it is given again.
    Send(Fetch),
    /// Send nothing before this time. Polling sooner does no harm.
    Wait {
        /// Since the caller's zero.
        until: Duration,
    },
    /// Take this batch, which is given once. A [`List`](crate::List) applies it. A program that
    /// streams may ignore [`Batch::Updates`].
    Batch(Batch),
    /// Stop: the goal is reached, and every batch was given. Final.
    Done(Report),
}
