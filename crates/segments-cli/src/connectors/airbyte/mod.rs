//! The [Airbyte protocol](https://docs.airbyte.com/platform/understanding-airbyte/airbyte-protocol):
//! `SPEC`, `CONNECTION_STATUS`, `CATALOG`, and `RECORD`, `STATE`, `LOG` and `TRACE`.

mod catalog;
mod failure;
mod message;
mod spec;
mod state;
mod stream;

pub(crate) use catalog::{catalog, selects_stream};
pub(crate) use message::connection_status;
pub(crate) use spec::spec;
pub(crate) use state::saved_in;
pub(crate) use stream::AirbyteStream;
