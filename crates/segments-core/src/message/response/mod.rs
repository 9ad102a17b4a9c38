//! What a response means: a page of segments, or an error.

pub(crate) mod envelope;
mod page;
mod segment;

pub(crate) use page::Head;
pub use page::Page;
pub use segment::{InvalidSegment, Segment, Tags};
