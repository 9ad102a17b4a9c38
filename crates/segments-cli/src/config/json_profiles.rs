//! Profiles as NDJSON: an object a line, with `name` and the entries of a profile.

use std::fmt;
use std::path::Path;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::profiles::{Document, NamedProfile, RawEntry, RawValue};
use crate::error::CommandError;

const ADVICE: &str =
    r#"Each line is an object: {"name":"eu","instance":"eu-01","api_key_env":"EU"}"#;

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
    // The display of the error could repeat a value.
    let Members(members) = serde_json::from_str(text)
        .map_err(|_| document.error(line, "it is not an object of JSON", ADVICE))?;

    let is_name = |(name, _): &&(String, Value)| name == "name";
    let mut names = members.iter().filter(is_name);
    let (Some((_, Value::String(name))), None) = (names.next(), names.next()) else {
        return Err(document.error(line, "it must have one `name`, a text", ADVICE));
    };

    let entries = members.iter().filter(|member| !is_name(member));
    let entries: Vec<_> =
        entries.map(|(name, value)| RawEntry { name, value: raw(value), line }).collect();
    document.profile(name.clone(), line, &entries)
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

/// The members of an object. A map would keep only the last of two with one name.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members: Vec<(String, Value)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if members.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom("a member comes twice"));
            }
            members.push((name, value));
        }
        Ok(Members(members))
    }
}
