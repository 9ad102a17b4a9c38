//! What a tap and a source of Airbyte have in common: an export that goes out as lines of a protocol.

mod emitter;
mod files;
mod reading;

pub(super) use emitter::Emitter;
pub(super) use files::{read_config, read_json, read_state};
pub(super) use reading::read;
