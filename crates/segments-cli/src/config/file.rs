//! The configuration file. It is read by hand: no message may repeat a value, which could be a key
//! in the wrong place.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::key_text::looks_like_key;
use super::profile::{Entry, KeySource, Place, Profile};
use crate::error::CommandError;

const ENTRIES: [&str; 5] =
    ["instance", "base_url", "api_key_env", "api_key_file", "api_key_command"];

const KEY_ADVICE: &str = "Keep the key elsewhere, and name the place with api_key_env, \
                          api_key_file or api_key_command";

/// Names are taken for each other from this similarity on, as clap does it.
const SIMILAR: f64 = 0.7;

/// Where the file is looked for, if this user has a home. Never relative to the current directory,
/// which may belong to somebody else.
pub(crate) fn path() -> Option<PathBuf> {
    let directory = etcetera::choose_base_strategy().ok()?.config_dir();
    Some(directory.join("segments").join("config.toml")).filter(|path| path.is_absolute())
}

/// The profiles of a file.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    profiles: BTreeMap<String, Profile>,
}

impl ConfigFile {
    /// Reads and checks the whole file, if it is there.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, CommandError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(None);
            }
            Err(error) => {
                let advice = "It must be a TOML file that you can read";
                return Err(CommandError::unreadable("the configuration", path, &error, advice));
            }
        };
        let parser = Parser { path, text: &text };
        parser.file().map(Some)
    }

    /// The profile of this name, if there is one.
    pub(crate) fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name)
    }

    /// What to do about a name that is none.
    pub(crate) fn advice(&self, name: &str) -> String {
        let names = || self.profiles.keys().map(String::as_str);
        match (closest(name, names()), self.profiles.is_empty()) {
            (Some(meant), _) => format!("did you mean `{meant}`?"),
            (None, true) => "it has no profile".to_owned(),
            (None, false) => format!("it has {}", names().collect::<Vec<_>>().join(", ")),
        }
    }
}

type Table<'t> = DeTable<'t>;
type Value<'t> = Spanned<DeValue<'t>>;

struct Parser<'t> {
    path: &'t Path,
    text: &'t str,
}

impl Parser<'_> {
    fn file(&self) -> Result<ConfigFile, CommandError> {
        let root = DeTable::parse(self.text).map_err(|error| {
            // The display of the error would repeat the line.
            let at = error.span().map_or(0, |span| span.start);
            self.error(at, error.message(), "It must be TOML: a text stands in quotation marks")
        })?;

        let mut profiles = BTreeMap::new();
        for (name, value) in root.get_ref() {
            let at = name.span().start;
            if name.get_ref() != "profile" {
                let advice = "Everything is in [profile.NAME]";
                return Err(self.unknown(at, name.get_ref(), ["profile"], advice));
            }
            for (name, value) in self.table(value, "profile")? {
                let at = name.span().start;
                let name = name.get_ref().to_string();
                let entries = self.table(value, "a profile")?;
                let profile = self.profile(at, &name, entries)?;
                profiles.insert(name, profile);
            }
        }
        Ok(ConfigFile { profiles })
    }

    fn profile(&self, at: usize, name: &str, table: &Table) -> Result<Profile, CommandError> {
        let (mut places, mut keys) = (Vec::new(), Vec::new());
        for (entry, value) in table {
            let at = entry.span().start;
            let line = self.line(at);
            match entry.get_ref().as_ref() {
                "instance" => {
                    let text = self.string(value, "instance")?;
                    let instance = text.parse().map_err(|error| {
                        let shown = if looks_like_key(Path::new(text)) {
                            "instance is not an instance".to_owned()
                        } else {
                            format!("instance: {error}")
                        };
                        self.error(at, &shown, "")
                    })?;
                    places.push(Entry { value: Place::Instance(instance), name: "instance", line });
                }
                "base_url" => {
                    let value = Place::BaseUrl(self.string(value, "base_url")?.to_owned());
                    places.push(Entry { value, name: "base_url", line });
                }
                "api_key_env" => {
                    let value = KeySource::Variable(self.variable(value)?);
                    keys.push(Entry { value, name: "api_key_env", line });
                }
                "api_key_file" => {
                    let value = KeySource::File(self.key_file(value)?);
                    keys.push(Entry { value, name: "api_key_file", line });
                }
                "api_key_command" => {
                    let value = KeySource::Command(self.command(value)?);
                    keys.push(Entry { value, name: "api_key_command", line });
                }
                "api_key" | "apikey" | "key" | "token" | "secret" => {
                    return Err(self.error(at, "a key does not go into this file", KEY_ADVICE));
                }
                other => {
                    let advice = format!("A profile has {}", ENTRIES.join(", "));
                    return Err(self.unknown(at, other, ENTRIES, &advice));
                }
            }
        }

        let one = |what: &str| self.error(at, &format!("profile {name} must have {what}"), "");
        let (Some(place), true) = (places.pop(), places.is_empty()) else {
            return Err(one("either instance or base_url"));
        };
        let (Some(key), true) = (keys.pop(), keys.is_empty()) else {
            return Err(one("exactly one of api_key_env, api_key_file and api_key_command"));
        };
        Ok(Profile { place, key })
    }

    fn table<'v, 't>(
        &self,
        value: &'v Value<'t>,
        what: &str,
    ) -> Result<&'v Table<'t>, CommandError> {
        value.get_ref().as_table().ok_or_else(|| {
            let message = format!("{what} must be a table");
            self.error(value.span().start, &message, "Write [profile.NAME], and entries below it")
        })
    }

    fn string<'v>(&self, value: &'v Value, name: &str) -> Result<&'v str, CommandError> {
        let text = value.get_ref().as_str().filter(|text| !text.is_empty());
        text.ok_or_else(|| {
            let message = format!("{name} must be a text, and not empty");
            self.error(value.span().start, &message, "")
        })
    }

    fn variable(&self, value: &Value) -> Result<String, CommandError> {
        let name = self.string(value, "api_key_env")?;
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name || looks_like_key(Path::new(name)) {
            let message = "api_key_env must be the name of a variable, not a key";
            return Err(self.error(value.span().start, message, KEY_ADVICE));
        }
        Ok(name.to_owned())
    }

    /// Relative to the directory of this file, or to the home directory after `~/`.
    fn key_file(&self, value: &Value) -> Result<PathBuf, CommandError> {
        let text = self.string(value, "api_key_file")?;
        if looks_like_key(Path::new(text)) {
            let message = "api_key_file must be the path of a file, not a key";
            return Err(self.error(value.span().start, message, KEY_ADVICE));
        }
        if let Some(below) = text.strip_prefix("~/") {
            return etcetera::home_dir().map(|home| home.join(below)).map_err(|_| {
                let message = "api_key_file begins with ~, and there is no home directory";
                self.error(value.span().start, message, "Set HOME, or write the whole path")
            });
        }
        Ok(self.path.parent().unwrap_or(self.path).join(text))
    }

    fn command(&self, value: &Value) -> Result<Vec<String>, CommandError> {
        let words = value.get_ref().as_array().map(|words| {
            words.iter().map(|word| word.get_ref().as_str().map(str::to_owned)).collect()
        });
        let words: Vec<String> = words.flatten().unwrap_or_default();
        if words.first().is_none_or(String::is_empty) {
            let message = "api_key_command must be an array of texts: a program and its arguments";
            let advice = "No shell runs it: write [\"pass\", \"show\", \"braze\"]";
            return Err(self.error(value.span().start, message, advice));
        }
        Ok(words)
    }

    fn unknown<const N: usize>(
        &self,
        at: usize,
        name: &str,
        known: [&'static str; N],
        advice: &str,
    ) -> CommandError {
        if looks_like_key(Path::new(name)) {
            return self.error(at, "a key does not go into this file", KEY_ADVICE);
        }
        let message = match closest(name, known) {
            Some(meant) => format!("`{name}` is unknown; did you mean `{meant}`?"),
            None => format!("`{name}` is unknown"),
        };
        self.error(at, &message, advice)
    }

    fn error(&self, at: usize, message: &str, advice: &str) -> CommandError {
        let (path, line) = (self.path.display(), self.line(at));
        CommandError::usage(format!("{path}, line {line}: {message}"), advice)
    }

    fn line(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or_default().matches('\n').count() + 1
    }
}

/// The known name that is most like this one, if any is.
pub(crate) fn closest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let rated = known.into_iter().map(|known| (strsim::jaro(name, known), known));
    let rated = rated.filter(|(similarity, _)| *similarity > SIMILAR);
    rated.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConfigFile, CommandError> {
        Parser { path: Path::new("/etc/segments/config.toml"), text }.file()
    }

    #[test]
    fn entries_know_their_lines() {
        let file = parse(
            "# two workspaces\n[profile.eu]\ninstance = \"eu-01\"\n\
             api_key_command = [\"pass\", \"show\", \"eu\"]\n\n\
             [profile.test]\nbase_url = \"http://127.0.0.1:8080\"\napi_key_file = \"key\"\n",
        )
        .unwrap();

        let eu = file.profile("eu").unwrap();
        assert_eq!((eu.place.line, eu.key.line, eu.key.name), (3, 4, "api_key_command"));
        let test = file.profile("test").unwrap();
        assert_eq!(test.key.value, KeySource::File("/etc/segments/key".into()));
        assert_eq!(file.advice("tset"), "did you mean `test`?");
        assert_eq!(file.advice("production"), "it has eu, test");
    }

    #[test]
    fn an_empty_file_has_no_profile() {
        assert_eq!(parse("").unwrap().advice("eu"), "it has no profile");
    }

    #[test]
    fn names_that_are_near_are_meant() {
        assert_eq!(closest("instnace", ENTRIES), Some("instance"));
        assert_eq!(closest("colour", ENTRIES), None);
    }
}
