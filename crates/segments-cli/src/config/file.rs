//! The configuration file.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::profile::Profile;
use super::profiles::{NamedProfile, closest};
use super::toml_profiles::parse_toml;
use crate::error::CommandError;

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
                let advice = "It must be a TOML file, in UTF-8, that you can read";
                return Err(CommandError::unreadable("the configuration", path, &error, advice));
            }
        };
        Self::parse(path, &text).map(Some)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, CommandError> {
        let profiles = parse_toml(path, "profile", text)?.into_iter();
        let profiles = profiles.map(|NamedProfile { name, profile, .. }| (name, profile)).collect();
        Ok(Self { profiles })
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

#[cfg(test)]
mod tests {
    use super::super::profile::KeySource;
    use super::*;

    fn parse(text: &str) -> Result<ConfigFile, CommandError> {
        ConfigFile::parse(Path::new("/etc/segments/config.toml"), text)
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
}
