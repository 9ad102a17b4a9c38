use crate::export::seen::pass_number::PassNumber;
use crate::message::request::ListRequest;

/// A page of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PageKey {
    pub(crate) pass: PassNumber,
    pub(crate) list: ListRequest,
}
