//! Segments on their way from an export to the output.

mod copy;
mod destination;
mod feed;
mod row_stream;
mod source;

pub(crate) use copy::{attended, collect, copy};
pub(crate) use destination::{Destination, warn_in_place};
pub(crate) use feed::Transport;
pub(crate) use row_stream::RowStream;
pub(crate) use source::{OutputMode, Source, client};
