//! [Singer](https://github.com/singer-io/getting-started/blob/master/docs/SPEC.md): a catalog, and
//! `SCHEMA`, `RECORD`, `STATE` and `ACTIVATE_VERSION`.

mod catalog;
mod message;
mod state;
mod stream;

pub(crate) use catalog::{Selection, discovered};
pub(crate) use state::saved_in;
pub(crate) use stream::SingerStream;
