//! What a response means: a page of segments, or an error.

pub(crate) mod envelope;
mod head;
mod page;
mod segment;
mod server_text;
mod status;

pub use page::Page;
pub use segment::{InvalidSegment, Segment, Tags};
