//! Profiles in TOML: `[profile.NAME]`, and entries below it.

use std::borrow::Cow;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::profiles::{Document, NamedProfile, RawEntry, RawValue};
use crate::error::CommandError;

type Value<'t> = Spanned<DeValue<'t>>;

/// The profiles of a TOML document in their order. `noun` is what a profile is called there.
pub(super) fn parse_toml(
    path: &Path,
    noun: &'static str,
    text: &str,
) -> Result<Vec<NamedProfile>, CommandError> {
    let parser = Parser { document: Document { path, noun }, text };
    let mut profiles = parser.profiles()?;
    profiles.sort_by_key(|profile| profile.line);
    Ok(profiles)
}

struct Parser<'t> {
    document: Document<'t>,
    text: &'t str,
}

impl Parser<'_> {
    fn profiles(&self) -> Result<Vec<NamedProfile>, CommandError> {
        let Document { noun, .. } = self.document;
        let root = DeTable::parse(self.text).map_err(|error| {
            // The display of the error would repeat the line.
            let line = self.line(error.span().map_or(0, |span| span.start));
            let advice = "It must be TOML: put a string in quotation marks";
            self.document.error(line, error.message(), advice)
        })?;

        let mut profiles = Vec::new();
        for (name, value) in root.get_ref() {
            if name.get_ref() != noun {
                let advice = format!("Everything is in [{noun}.NAME]");
                let line = self.line(name.span().start);
                return Err(self.document.unknown(line, name.get_ref(), [noun], &advice));
            }
            for (name, value) in self.table(value, noun)? {
                let table = self.table(value, &format!("a {noun}"))?;
                let (line, name) = (self.line(name.span().start), name.get_ref().to_string());
                let entries: Vec<_> =
                    table.iter().map(|(name, value)| self.entry(name, value)).collect();
                profiles.push(self.document.profile(name, line, &entries)?);
            }
        }
        Ok(profiles)
    }

    fn entry<'v>(&self, name: &'v Spanned<Cow<'_, str>>, value: &'v Value<'_>) -> RawEntry<'v> {
        let line = self.line(name.span().start);
        RawEntry { name: name.get_ref(), value: raw(value), line }
    }

    fn table<'v, 't>(
        &self,
        value: &'v Value<'t>,
        what: &str,
    ) -> Result<&'v DeTable<'t>, CommandError> {
        value.get_ref().as_table().ok_or_else(|| {
            let message = format!("{what} must be a table");
            let advice = format!("Write [{}.NAME], and entries below it", self.document.noun);
            self.document.error(self.line(value.span().start), &message, &advice)
        })
    }

    fn line(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or_default().matches('\n').count() + 1
    }
}

fn raw<'v>(value: &'v Value<'_>) -> RawValue<'v> {
    if let Some(text) = value.get_ref().as_str() {
        return RawValue::Text(text);
    }
    let texts = value.get_ref().as_array().and_then(|values| {
        values.iter().map(|value| value.get_ref().as_str()).collect::<Option<Vec<_>>>()
    });
    texts.map_or(RawValue::Other, RawValue::Texts)
}
