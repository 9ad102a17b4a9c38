//! The configuration of a connector: the JSON file that Meltano, Airbyte and other platforms write for
//! a program that they run. It is read by hand: no message may repeat a value, which can be the key.

use std::path::{Path, PathBuf};
use std::time::Duration;

use segments_core::{ApiKey, Endpoint, Goal, Instance, Plan};
use serde_json::{Map, Value};

use super::connection::Config;
use super::endpoint::refuse_key;
use super::environment::Environment;
use super::key::key;
use super::key_text::{looks_like_key, parse_key};
use super::profile::KeySource;
use super::profiles::closest;
use super::proxy::proxy;
use crate::error::CommandError;
use crate::random::seed;
use crate::terminal::Console;
use crate::text::quantity::{nonzero_time, time};
use crate::text::strict_json;

/// How old an export may be that is resumed: longer than an hour, after which Braze's quota is anew,
/// and shorter than a day, so that no nightly run resumes the one of the night before.
const RESUME_WITHIN: Duration = Duration::from_secs(6 * 3600);

const ENTRIES: [&str; 14] = [
    "instance",
    "base_url",
    "api_key",
    "api_key_env",
    "api_key_file",
    "goal",
    "min_segments",
    "replace_invalid_text",
    "resume_within",
    "window",
    "timeout",
    "max_attempts",
    "max_wait",
    "deadline",
];

/// Where such a file may say that the key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyEntries {
    /// In the file itself only. Who may edit the file through a platform cannot make the program send
    /// other files of the machine, or variables, to a server of his choice.
    Inline,
    /// Also in a variable or another file.
    Any,
}

/// What the file says.
#[derive(Debug)]
pub(crate) struct ConnectorConfig {
    endpoint: Endpoint,
    key: Key,
    pub(crate) min_segments: Option<u64>,
    pub(crate) replace_invalid_text: bool,
    pub(crate) resume_within: Duration,
    pub(crate) plan: Plan,
    /// What is probably a mistake.
    pub(crate) warnings: Vec<String>,
}

#[derive(Debug)]
enum Key {
    Inline(ApiKey),
    Elsewhere(KeySource, &'static str),
}

impl ConnectorConfig {
    /// Reads the text of the file at `path`.
    pub(crate) fn parse(path: &Path, text: &str, keys: KeyEntries) -> Result<Self, CommandError> {
        let advice = "It must be a JSON object, with instance and api_key among others";
        let refuse = |message: &str| {
            CommandError::usage(format!("--config {}: {message}", path.display()), advice)
        };

        let value = strict_json::parse(text).map_err(|fault| refuse(&fault.to_string()))?;
        let Value::Object(entries) = value else { return Err(refuse("it is not an object")) };
        Entries { path, entries: &entries }.config(keys)
    }

    /// What a client needs to know. Reads the key where it is kept.
    pub(crate) fn open(&self, console: &Console) -> Result<Config, CommandError> {
        let key = match &self.key {
            Key::Inline(key) => key.clone(),
            Key::Elsewhere(source, place) => key(source, place, console)?,
        };
        refuse_key(&self.endpoint, &key)?;
        let proxy = proxy(&Environment::read(), &self.endpoint)?;
        Ok(Config { endpoint: self.endpoint.clone(), key, proxy, roots: None })
    }
}

struct Entries<'a> {
    path: &'a Path,
    entries: &'a Map<String, Value>,
}

impl Entries<'_> {
    fn config(&self, keys: KeyEntries) -> Result<ConnectorConfig, CommandError> {
        let mut plan = Plan::new(self.parsed("goal", str::parse)?.unwrap_or(Goal::Complete));
        plan.seed = seed();
        plan.deadline = self.parsed("deadline", nonzero_time)?;
        if let Some(window) = self.number("window", u64::from(Plan::MAX_WINDOW))? {
            plan.window = window;
        }
        if let Some(timeout) = self.parsed("timeout", nonzero_time)? {
            plan.timeout = timeout;
        }
        if let Some(attempts) = self.number("max_attempts", u64::from(u32::MAX))? {
            plan.retry.max_attempts = attempts;
        }
        if let Some(wait) = self.parsed("max_wait", time)? {
            plan.retry.max_wait = wait;
        }

        Ok(ConnectorConfig {
            endpoint: self.endpoint()?,
            key: self.key(keys)?,
            min_segments: self.number("min_segments", u64::MAX)?,
            replace_invalid_text: self.flag("replace_invalid_text")?,
            resume_within: self.parsed("resume_within", time)?.unwrap_or(RESUME_WITHIN),
            plan,
            warnings: self.warnings(),
        })
    }

    fn endpoint(&self) -> Result<Endpoint, CommandError> {
        match (self.text("instance")?, self.text("base_url")?) {
            (Some(name), None) => {
                let instance = name.parse::<Instance>().map_err(|error| {
                    let is_key = looks_like_key(Path::new(name));
                    let shown = if is_key { "it names none".to_owned() } else { error.to_string() };
                    self.error("instance", &shown, "")
                })?;
                Ok(instance.into())
            }
            (None, Some(url)) => {
                Endpoint::new(url).map_err(|error| self.error("base_url", &error.to_string(), ""))
            }
            _ => Err(self.must_have("either instance or base_url", "")),
        }
    }

    fn key(&self, keys: KeyEntries) -> Result<Key, CommandError> {
        let inline = self.text("api_key")?;
        if keys == KeyEntries::Inline {
            let inline = inline.ok_or_else(|| self.must_have("api_key", ""))?;
            return self.inline(inline);
        }

        match (inline, self.text("api_key_env")?, self.text("api_key_file")?) {
            (Some(key), None, None) => self.inline(key),
            (None, Some(name), None) => {
                self.refuse_key("api_key_env", name, "the name of a variable")?;
                Ok(Key::Elsewhere(KeySource::Variable(name.to_owned()), "api_key_env"))
            }
            (None, None, Some(path)) => {
                self.refuse_key("api_key_file", path, "the path of a file")?;
                Ok(Key::Elsewhere(KeySource::File(PathBuf::from(path)), "api_key_file"))
            }
            _ => {
                let advice = "A file with api_key in it is a secret: let only its owner read it";
                Err(self.must_have("exactly one of api_key, api_key_env and api_key_file", advice))
            }
        }
    }

    fn inline(&self, key: &str) -> Result<Key, CommandError> {
        parse_key(key, &self.place("api_key")).map(Key::Inline)
    }

    fn refuse_key(&self, name: &str, value: &str, what: &str) -> Result<(), CommandError> {
        if looks_like_key(Path::new(value)) {
            let message = format!("it must be {what}, not a key");
            return Err(self.error(name, &message, "The key itself goes into api_key"));
        }
        Ok(())
    }

    /// Platforms leave entries out that are not set, or write null, or an empty text.
    fn value(&self, name: &str) -> Option<&Value> {
        let value = self.entries.get(name)?;
        let is_empty = value.is_null() || value.as_str().is_some_and(str::is_empty);
        (!is_empty).then_some(value)
    }

    fn text(&self, name: &str) -> Result<Option<&str>, CommandError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| self.error(name, "it must be a string", ""))?;
        Ok(Some(text))
    }

    fn parsed<T, E: ToString>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, CommandError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let parsed = parse(text).map_err(|error| self.error(name, &error.to_string(), ""))?;
        Ok(Some(parsed))
    }

    /// A number from 1 on. Platforms that take settings from variables write numbers as texts.
    fn number<T: TryFrom<u64>>(&self, name: &str, most: u64) -> Result<Option<T>, CommandError> {
        let Some(value) = self.value(name) else { return Ok(None) };

        let number = match value {
            Value::String(text) => text.parse().ok(),
            value => value.as_u64(),
        };
        let number = number.filter(|number| (1..=most).contains(number));
        let number = number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            let range = if most == u64::MAX { String::new() } else { format!(" to {most}") };
            self.error(name, &format!("it must be a whole number from 1{range}"), "")
        })?;
        Ok(Some(number))
    }

    fn flag(&self, name: &str) -> Result<bool, CommandError> {
        match self.value(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if text == "true" || text == "false" => Ok(text == "true"),
            Some(_) => Err(self.error(name, "it must be true or false", "")),
        }
    }

    /// Unknown entries are no error: platforms add some of their own.
    fn warnings(&self) -> Vec<String> {
        let unknown = self.entries.keys().filter(|name| !ENTRIES.contains(&name.as_str()));
        let warning = |name: &String| {
            let path = self.path.display();
            if looks_like_key(Path::new(name)) {
                return format!("--config {path}: the name of an entry looks like a key");
            }
            let meant = closest(name, ENTRIES);
            let meant =
                meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
            format!("--config {path}: `{name}` is unknown, and ignored{meant}")
        };
        unknown.map(warning).collect()
    }

    fn place(&self, name: &str) -> String {
        format!("--config {}: {name}", self.path.display())
    }

    fn error(&self, name: &str, message: &str, advice: &str) -> CommandError {
        CommandError::usage(format!("{}: {message}", self.place(name)), advice)
    }

    fn must_have(&self, what: &str, advice: &str) -> CommandError {
        let message = format!("--config {}: it must have {what}", self.path.display());
        CommandError::usage(message, advice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "CANARY-75480f9a-4db8-4057-8b7e-4d59bfd73709";

    fn read(text: &str, keys: KeyEntries) -> Result<ConnectorConfig, String> {
        ConnectorConfig::parse(Path::new("config.json"), text, keys).map_err(|e| e.to_string())
    }

    fn with(entry: &str) -> Result<ConnectorConfig, String> {
        let text = format!(r#"{{"instance": "us-01", "api_key": "{KEY}"{entry}}}"#);
        read(&text, KeyEntries::Any)
    }

    #[test]
    fn every_entry_is_read() {
        let config = with(
            r#", "goal": "walk", "min_segments": "7", "replace_invalid_text": true,
               "resume_within": "10m", "window": 2, "timeout": "5s", "max_attempts": 3,
               "max_wait": "0s", "deadline": "1h""#,
        )
        .unwrap();
        assert_eq!(config.endpoint, Instance::Us01.into());
        assert_eq!((config.min_segments, config.replace_invalid_text), (Some(7), true));
        assert_eq!(config.resume_within, Duration::from_secs(600));
        assert_eq!(config.warnings, [""; 0]);

        let plan = config.plan;
        assert_eq!((plan.goal, plan.window, plan.retry.max_attempts), (Goal::Walk, 2, 3));
        assert_eq!((plan.timeout, plan.retry.max_wait), (Duration::from_secs(5), Duration::ZERO));
        assert_eq!(plan.deadline, Some(Duration::from_secs(3600)));
    }

    #[test]
    fn entries_that_are_not_set_have_their_defaults() {
        let config = with(r#", "base_url": "", "goal": null, "window": "", "deadline": null"#);
        let (mut plan, expected) = (config.unwrap().plan, Plan::default());
        plan.seed = expected.seed;
        assert_eq!(plan, expected);
    }

    #[test]
    fn a_key_is_in_one_place() {
        let of = |entry: &str, keys| {
            read(&format!(r#"{{"base_url": "https://rest.example", {entry}}}"#), keys)
        };
        let key = |config: ConnectorConfig| match config.key {
            Key::Elsewhere(source, _) => source,
            Key::Inline(_) => panic!("it is elsewhere"),
        };
        let file = of(r#""api_key_file": "braze.key""#, KeyEntries::Any).unwrap();
        assert_eq!(key(file), KeySource::File("braze.key".into()));
        let variable = of(r#""api_key_env": "BRAZE""#, KeyEntries::Any).unwrap();
        assert_eq!(key(variable), KeySource::Variable("BRAZE".into()));

        for both in [r#""api_key": "k", "api_key_env": "B""#, r#""api_key": null"#] {
            let error = of(both, KeyEntries::Any).unwrap_err();
            assert!(error.contains("exactly one of api_key, api_key_env and"), "{error}");
        }
        for entry in [r#""api_key_env": "PATH""#, r#""api_key_file": "/etc/passwd""#] {
            let error = of(entry, KeyEntries::Inline).unwrap_err();
            assert_eq!(error, "--config config.json: it must have api_key.");
        }
    }

    #[test]
    fn mistakes_are_named_without_their_values() {
        for (text, expected) in [
            (KEY.to_owned(), "invalid JSON in line 1, column 1"),
            (format!(r#"{{"api_key": "{KEY}}}"#), "invalid JSON in line 1"),
            (
                format!(r#"{{"api_key": "{KEY}", "api_key": "k"}}"#),
                "an object has a name twice, the second time in line 1, column ",
            ),
            (format!(r#"["{KEY}"]"#), "it is not an object"),
            (format!(r#"{{"instance": "{KEY}", "api_key": "k"}}"#), "instance: it names none"),
            (format!(r#"{{"base_url": "{KEY}", "api_key": "k"}}"#), "base_url: "),
            (r#"{"base_url": "http://a.example", "api_key": "k"}"#.to_owned(), "base_url: "),
            (format!(r#"{{"base_url": ["{KEY}"]}}"#), "base_url: it must be a string"),
            (format!(r#"{{"instance": "us-01", "api_key": "{KEY} x"}}"#), "api_key: "),
            (format!(r#"{{"instance": "us-01", "api_key_env": "{KEY}"}}"#), "not a key"),
            (format!(r#"{{"instance": "us-01", "api_key_file": "{KEY}"}}"#), "not a key"),
        ] {
            let error = read(&text, KeyEntries::Any).unwrap_err();
            assert!(error.contains(expected) && !error.contains("75480f9a"), "{error}");
            // It has no flag but those that name its files.
            assert_eq!(error.matches("--").count(), 1, "{error}");
        }

        for (entry, expected) in [
            (r#", "goal": "whole""#, "goal: "),
            (r#", "window": 0"#, "window: it must be a whole number from 1 to 256"),
            (r#", "window": 257"#, "window: it must be a whole number from 1 to 256"),
            (r#", "min_segments": -1"#, "min_segments: it must be a whole number from 1."),
            (r#", "max_wait": "5""#, "max_wait: a time needs a unit"),
            (r#", "replace_invalid_text": 1"#, "replace_invalid_text: it must be true or false"),
            (r#", "base_url": "https://a.example""#, "either instance or base_url"),
        ] {
            let error = with(entry).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn unknown_entries_are_said() {
        let config = with(&format!(r#", "gaol": "walk", "{KEY}": 1, "start_date": "x""#)).unwrap();
        let expected = [
            "--config config.json: the name of an entry looks like a key",
            "--config config.json: `gaol` is unknown, and ignored; did you mean `goal`?",
            "--config config.json: `start_date` is unknown, and ignored",
        ];
        assert_eq!(config.warnings, expected);
    }
}
