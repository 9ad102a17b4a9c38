//! `segments schema`: what other programs may expect of the output.

use super::print::print;
use crate::error::CommandError;

const SEGMENT: &str = include_str!("../../schemas/segment.schema.json");

const EVENT: &str = include_str!("../../schemas/event.schema.json");

/// Prints one of the schemas.
pub(super) fn run(events: bool) -> Result<(), CommandError> {
    print(if events { EVENT } else { SEGMENT }.as_bytes())
}
