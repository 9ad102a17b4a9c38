//! Which value counts: a flag before a variable, a variable before a profile.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use segments_core::Endpoint;

use super::endpoint::{endpoint_of, parse_os};
use super::environment::{API_KEY, Environment};
use super::file::{self, ConfigFile};
use super::key_command::words;
use super::key_text::looks_like_key;
use super::profile::{Entry, KeySource, Profile};
use crate::args::Connection;
use crate::error::CommandError;

/// The profile that is used if none is named and the file has it.
const DEFAULT_PROFILE: &str = "default";

/// What the arguments, the environment and the configuration file say, without reading a key.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The configuration file, if there is one.
    pub(crate) file: Option<PathBuf>,
    pub(crate) profile: Option<Setting<String>>,
    pub(crate) endpoint: Option<Setting<Endpoint>>,
    pub(crate) key: Option<Setting<KeySource>>,
}

/// A value, and where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(&'static str),
    Variable(&'static str),
    Profile { profile: String, entry: &'static str, line: usize },
    Default,
}

impl Settings {
    pub(crate) fn load(args: &Connection, environment: &Environment) -> Result<Self, CommandError> {
        let path = file::path();
        let file = path.as_deref().map(ConfigFile::read).transpose()?.flatten();
        let profile = named_profile(args, environment)?;
        let (profile, entries) = match (profile, &file) {
            (Some(named), Some(file)) => {
                let entries = file.profile(&named.value);
                let entries =
                    entries.ok_or_else(|| unknown(&named, path.as_deref(), Some(file)))?;
                (Some(named), Some(entries))
            }
            (Some(named), None) => return Err(unknown(&named, path.as_deref(), None)),
            (None, file) => {
                let entries = file.as_ref().and_then(|file| file.profile(DEFAULT_PROFILE));
                let profile =
                    Setting { value: DEFAULT_PROFILE.to_owned(), origin: Origin::Default };
                (entries.map(|_| profile), entries)
            }
        };

        let endpoint = endpoint(args, environment.url.as_deref(), profile.as_ref(), entries)?;
        let key = key(args, environment.has_key, profile.as_ref(), entries)?;
        Ok(Self { file: file.and(path), profile, endpoint, key })
    }

    /// What of the profile something else has taken the place of, if the user may not expect that:
    /// the key of one workspace and the endpoint of another may fit together by accident.
    pub(crate) fn overridden(&self) -> Option<String> {
        let profile = self.profile.as_ref()?;
        let (endpoint, key) = (&self.endpoint.as_ref()?.origin, &self.key.as_ref()?.origin);
        let name = &profile.value;
        match (endpoint.is_profile(), key.is_profile()) {
            (false, true) => Some(format!(
                "the key is that of the profile {name}, the endpoint that of {endpoint}"
            )),
            (true, false) => {
                Some(format!("the endpoint is that of the profile {name}, the key that of {key}"))
            }
            (false, false) if profile.origin != Origin::Default => Some(format!(
                "nothing of the profile {name} is used: {endpoint} and {key} go first"
            )),
            _ => None,
        }
    }
}

impl Origin {
    fn is_profile(&self) -> bool {
        matches!(self, Self::Profile { .. })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::Profile { profile, entry, .. } => write!(f, "profile {profile}: {entry}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// The profile that the user names.
fn named_profile(
    args: &Connection,
    environment: &Environment,
) -> Result<Option<Setting<String>>, CommandError> {
    if let Some(name) = &args.profile {
        return Ok(Some(Setting { value: name.clone(), origin: Origin::Flag("--profile") }));
    }

    let Some(name) = &environment.profile else { return Ok(None) };
    let name = name.to_str().ok_or_else(|| {
        CommandError::usage("SEGMENTS_PROFILE is not UTF-8", "It should name a profile")
    })?;
    let origin = Origin::Variable("SEGMENTS_PROFILE");
    Ok(Some(Setting { value: name.to_owned(), origin }))
}

fn unknown(
    named: &Setting<String>,
    path: Option<&Path>,
    file: Option<&ConfigFile>,
) -> CommandError {
    let Setting { value: name, origin } = named;
    if looks_like_key(Path::new(name)) {
        let message = format!("{origin} names no profile, and looks like a key itself");
        let advice =
            "Put the key into BRAZE_API_KEY or into a file, and replace it if it was shown";
        return CommandError::usage(message, advice);
    }
    let message = format!("{origin}: there is no profile `{name}`");
    match (path, file) {
        (Some(path), Some(file)) => {
            let advice = file.advice(name);
            CommandError::usage(format!("{message} in {}", path.display()), advice)
        }
        (Some(path), None) => {
            let advice =
                format!("put [profile.{name}] into {}, which does not exist", path.display());
            CommandError::usage(message, advice)
        }
        (None, _) => CommandError::usage(message, "there is no home directory: set HOME"),
    }
}

fn endpoint(
    args: &Connection,
    variable: Option<&OsStr>,
    profile: Option<&Setting<String>>,
    entries: Option<&Profile>,
) -> Result<Option<Setting<Endpoint>>, CommandError> {
    let insecure = args.allow_insecure_http;
    if let Some(url) = &args.base_url {
        let value = parse_os(url, "--base-url", insecure)?;
        return Ok(Some(Setting { value, origin: Origin::Flag("--base-url") }));
    }
    if let Some(instance) = args.instance {
        return Ok(Some(Setting { value: instance.into(), origin: Origin::Flag("--instance") }));
    }
    if let Some(url) = variable {
        let value = parse_os(url, "BRAZE_BASE_URL", insecure)?;
        return Ok(Some(Setting { value, origin: Origin::Variable("BRAZE_BASE_URL") }));
    }

    let (Some(profile), Some(entries)) = (profile, entries) else { return Ok(None) };
    let origin = of_profile(profile, &entries.place);
    let value = endpoint_of(entries, &origin.to_string(), insecure)?;
    Ok(Some(Setting { value, origin }))
}

fn key(
    args: &Connection,
    has_variable: bool,
    profile: Option<&Setting<String>>,
    entries: Option<&Profile>,
) -> Result<Option<Setting<KeySource>>, CommandError> {
    if let Some(file) = &args.api_key_file {
        let value = KeySource::File(file.clone());
        return Ok(Some(Setting { value, origin: Origin::Flag("--api-key-file") }));
    }
    if let Some(command) = &args.api_key_command {
        const FLAG: &str = "--api-key-command";
        let value = KeySource::Command(words(command, FLAG)?);
        return Ok(Some(Setting { value, origin: Origin::Flag(FLAG) }));
    }
    if has_variable {
        let value = KeySource::Variable(API_KEY.to_owned());
        return Ok(Some(Setting { value, origin: Origin::Variable(API_KEY) }));
    }

    let (Some(profile), Some(Profile { key, .. })) = (profile, entries) else { return Ok(None) };
    Ok(Some(Setting { value: key.value.clone(), origin: of_profile(profile, key) }))
}

fn of_profile<T>(profile: &Setting<String>, entry: &Entry<T>) -> Origin {
    Origin::Profile { profile: profile.value.clone(), entry: entry.name, line: entry.line }
}
