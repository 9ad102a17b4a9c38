//! A document of profiles in one of two syntaxes.

use std::path::Path;

use super::json_profiles::parse_ndjson;
use super::profiles::NamedProfile;
use super::toml_profiles::parse_toml;
use crate::error::CommandError;

/// The profiles of a document in their order: NDJSON if it begins with a brace, as TOML cannot, and
/// else TOML. `noun` is what a profile is called there.
pub(crate) fn parse_profiles(
    path: &Path,
    noun: &'static str,
    text: &str,
) -> Result<Vec<NamedProfile>, CommandError> {
    let is_json = text.trim_start().starts_with('{');
    if is_json { parse_ndjson(path, noun, text) } else { parse_toml(path, noun, text) }
}
