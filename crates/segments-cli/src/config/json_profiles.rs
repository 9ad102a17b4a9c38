//! Profiles as NDJSON: an object a line, with `name` and the entries of a profile.

use std::path::Path;

use serde_json::Value;

use super::profiles::{Document, NamedProfile, RawEntry, RawValue};
use crate::error::CommandError;
use crate::text::strict_json::{self, DUPLICATE, JsonFault};

const ADVICE: &str =
    r#"Each line is an object: {"name":"eu","instance":"eu-01","api_key_env":"EU"}"#;

const NO_OBJECT: &str = "it is not a JSON object";

/// The profiles of NDJSON in their order. `noun` is what a profile is called there.
pub(super) fn parse_ndjson(
    path: &Path,
    noun: &'static str,
    text: &str,
) -> Result<Vec<NamedProfile>, CommandError> {
    let document = Document { path, noun };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(at, line)| profile(document, at + 1, line)).collect()
}

fn profile(document: Document, line: usize, text: &str) -> Result<NamedProfile, CommandError> {
    let object = strict_json::parse(text).map_err(|fault| match fault {
        JsonFault { is_duplicate: true, column, .. } => {
            let message = format!("{DUPLICATE} in column {column}");
            document.error(line, &message, "")
        }
        _ => document.error(line, NO_OBJECT, ADVICE),
    })?;
    let Value::Object(mut members) = object else {
        return Err(document.error(line, NO_OBJECT, ADVICE));
    };
    let Some(Value::String(name)) = members.remove("name") else {
        return Err(document.error(line, "it must have `name`, a string", ADVICE));
    };

    let entries = members.iter().map(|(name, value)| RawEntry { name, value: raw(value), line });
    document.profile(name, line, &entries.collect::<Vec<_>>())
}

fn raw(value: &Value) -> RawValue<'_> {
    match value {
        Value::String(text) => RawValue::Text(text),
        Value::Array(values) => {
            let texts = values.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
            texts.map_or(RawValue::Other, RawValue::Texts)
        }
        _ => RawValue::Other,
    }
}
