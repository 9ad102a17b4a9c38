use crate::export::seen::interval::Interval;
use crate::export::seen::response_number::ResponseNumber;
use crate::message::response::Page;

/// A page, and when it was true: after the response number `asked`, and before it was itself
/// `received`.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedPage {
    pub(crate) page: Page,
    pub(crate) asked: ResponseNumber,
    pub(crate) received: ResponseNumber,
    /// The same in time.
    pub(crate) during: Interval,
}
