//! Profiles out of the entries of a document, whichever syntax it has. No message may repeat a value,
//! which could be a key in the wrong place.

use std::path::{Path, PathBuf};

use super::key_text::looks_like_key;
use super::profile::{Entry, KeySource, Place, Profile};
use crate::error::CommandError;

const ENTRIES: [&str; 5] =
    ["instance", "base_url", "api_key_env", "api_key_file", "api_key_command"];

const KEY_ADVICE: &str = "Keep the key elsewhere, and name the place with api_key_env, \
                          api_key_file or api_key_command";

/// Names are taken for each other from this similarity on, as clap does it.
const SIMILAR: f64 = 0.7;

/// A profile with its name.
#[derive(Debug)]
pub(crate) struct NamedProfile {
    pub(crate) name: String,
    /// Where it begins, counted from 1.
    pub(crate) line: usize,
    pub(crate) profile: Profile,
}

/// An entry of a profile, as its syntax has it.
#[derive(Debug)]
pub(super) struct RawEntry<'t> {
    pub(super) name: &'t str,
    pub(super) value: RawValue<'t>,
    /// Counted from 1.
    pub(super) line: usize,
}

#[derive(Debug)]
pub(super) enum RawValue<'t> {
    Text(&'t str),
    /// An array of texts.
    Texts(Vec<&'t str>),
    /// What no entry may have.
    Other,
}

/// What is read, for messages and for the paths in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Document<'t> {
    pub(super) path: &'t Path,
    /// What a profile is called there.
    pub(super) noun: &'static str,
}

impl Document<'_> {
    /// Checks the entries of one profile.
    pub(super) fn profile(
        &self,
        name: String,
        line: usize,
        entries: &[RawEntry],
    ) -> Result<NamedProfile, CommandError> {
        let (mut places, mut keys) = (Vec::new(), Vec::new());
        for entry in entries {
            let line = entry.line;
            match entry.name {
                "instance" => {
                    let value = self.instance(entry)?;
                    places.push(Entry { value, name: "instance", line });
                }
                "base_url" => {
                    let value = Place::BaseUrl(self.text(entry)?.to_owned());
                    places.push(Entry { value, name: "base_url", line });
                }
                "api_key_env" => {
                    let value = KeySource::Variable(self.variable(entry)?);
                    keys.push(Entry { value, name: "api_key_env", line });
                }
                "api_key_file" => {
                    let value = KeySource::File(self.key_file(entry)?);
                    keys.push(Entry { value, name: "api_key_file", line });
                }
                "api_key_command" => {
                    let value = KeySource::Command(self.command(entry)?);
                    keys.push(Entry { value, name: "api_key_command", line });
                }
                "api_key" | "apikey" | "key" | "token" | "secret" => {
                    return Err(self.misplaced_key(line));
                }
                other => {
                    let advice = format!("A {} has {}", self.noun, ENTRIES.join(", "));
                    return Err(self.unknown(line, other, ENTRIES, &advice));
                }
            }
        }

        let one =
            |what: &str| self.error(line, &format!("{} {name} must have {what}", self.noun), "");
        let (Some(place), true) = (places.pop(), places.is_empty()) else {
            return Err(one("either instance or base_url"));
        };
        let (Some(key), true) = (keys.pop(), keys.is_empty()) else {
            return Err(one("exactly one of api_key_env, api_key_file and api_key_command"));
        };
        Ok(NamedProfile { name, line, profile: Profile { place, key } })
    }

    /// About a line of the document.
    pub(super) fn error(&self, line: usize, message: &str, advice: &str) -> CommandError {
        CommandError::usage(format!("{}, line {line}: {message}", self.path.display()), advice)
    }

    /// About a name that is none of those that are known.
    pub(super) fn unknown<const N: usize>(
        &self,
        line: usize,
        name: &str,
        known: [&'static str; N],
        advice: &str,
    ) -> CommandError {
        if looks_like_key(Path::new(name)) {
            return self.misplaced_key(line);
        }
        let message = match closest(name, known) {
            Some(meant) => format!("`{name}` is unknown; did you mean `{meant}`?"),
            None => format!("`{name}` is unknown"),
        };
        self.error(line, &message, advice)
    }

    fn misplaced_key(&self, line: usize) -> CommandError {
        self.error(line, "a key does not go into this file", KEY_ADVICE)
    }

    fn text<'t>(&self, entry: &RawEntry<'t>) -> Result<&'t str, CommandError> {
        match entry.value {
            RawValue::Text(text) if !text.is_empty() => Ok(text),
            _ => {
                let message = format!("{} must be a string that is not empty", entry.name);
                Err(self.error(entry.line, &message, ""))
            }
        }
    }

    fn instance(&self, entry: &RawEntry) -> Result<Place, CommandError> {
        let text = self.text(entry)?;
        text.parse().map(Place::Instance).map_err(|error| {
            let shown = if looks_like_key(Path::new(text)) {
                "instance is not an instance".to_owned()
            } else {
                format!("instance: {error}")
            };
            self.error(entry.line, &shown, "")
        })
    }

    fn variable(&self, entry: &RawEntry) -> Result<String, CommandError> {
        let name = self.text(entry)?;
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name || looks_like_key(Path::new(name)) {
            let message = "api_key_env must be the name of a variable, not a key";
            return Err(self.error(entry.line, message, KEY_ADVICE));
        }
        Ok(name.to_owned())
    }

    /// Relative to the directory of this file, or to the home directory after `~/`.
    fn key_file(&self, entry: &RawEntry) -> Result<PathBuf, CommandError> {
        let text = self.text(entry)?;
        if looks_like_key(Path::new(text)) {
            let message = "api_key_file must be the path of a file, not a key";
            return Err(self.error(entry.line, message, KEY_ADVICE));
        }
        if let Some(below) = text.strip_prefix("~/") {
            return etcetera::home_dir().map(|home| home.join(below)).map_err(|_| {
                let message = "api_key_file begins with ~, and there is no home directory";
                self.error(entry.line, message, "Set HOME, or write the whole path")
            });
        }
        Ok(self.path.parent().unwrap_or(self.path).join(text))
    }

    fn command(&self, entry: &RawEntry) -> Result<Vec<String>, CommandError> {
        match &entry.value {
            RawValue::Texts(words) if words.first().is_some_and(|program| !program.is_empty()) => {
                Ok(words.iter().map(ToString::to_string).collect())
            }
            _ => {
                let message =
                    "api_key_command must be an array of strings: a program and its arguments";
                let advice = "No shell runs it: write [\"pass\", \"show\", \"braze\"]";
                Err(self.error(entry.line, message, advice))
            }
        }
    }
}

/// The known name that is most like this one, if any is.
pub(super) fn closest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let rated = known.into_iter().map(|known| (strsim::jaro(name, known), known));
    let rated = rated.filter(|(similarity, _)| *similarity > SIMILAR);
    rated.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_near_are_meant() {
        assert_eq!(closest("instnace", ENTRIES), Some("instance"));
        assert_eq!(closest("colour", ENTRIES), None);
    }
}
