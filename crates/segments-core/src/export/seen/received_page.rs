use crate::export::seen::interval::Interval;
use crate::message::response::Page;

/// A page, and when it was true: after the answer number `asked`, before the answer `received`.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedPage {
    pub(crate) page: Page,
    pub(crate) asked: u32,
    pub(crate) received: u32,
    /// The same in time.
    pub(crate) during: Interval,
}
