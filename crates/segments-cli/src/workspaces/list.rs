//! The workspaces of `--workspaces FILE`.

use std::collections::HashMap;
use std::path::Path;

use segments_core::Endpoint;

use super::name::complaint;
use crate::config::{
    KeySource, NamedProfile, Profile, endpoint_of, looks_like_key, parse_profiles,
};
use crate::error::CommandError;

/// One of many workspaces.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) name: String,
    pub(crate) endpoint: Endpoint,
    pub(crate) profile: Profile,
}

impl Workspace {
    /// The file with its key, if it is in one.
    pub(crate) fn key_file(&self) -> Option<&Path> {
        match &self.profile.key.value {
            KeySource::File(path) => Some(path),
            _ => None,
        }
    }
}

/// The workspaces of a document in their order, all of them checked as far as that is possible
/// without their keys.
pub(crate) fn parse_workspaces(
    path: &Path,
    text: &str,
    allow_insecure_http: bool,
) -> Result<Vec<Workspace>, CommandError> {
    let profiles = parse_profiles(path, "workspace", text)?;
    if profiles.is_empty() {
        let message = format!("{} has no workspace", path.display());
        return Err(CommandError::usage(message, "Write a [workspace.NAME] for each"));
    }
    check_names(path, &profiles)?;

    let workspaces = profiles.into_iter().map(|NamedProfile { name, line, profile }| {
        let place = format!("{}, line {line}: workspace {name}", path.display());
        let endpoint = endpoint_of(&profile, &place, allow_insecure_http)?;
        Ok(Workspace { name, endpoint, profile })
    });
    workspaces.collect()
}

fn check_names(path: &Path, profiles: &[NamedProfile]) -> Result<(), CommandError> {
    let mut lines: HashMap<String, usize> = HashMap::new();
    for NamedProfile { name, line, .. } in profiles {
        let error = |message: &str, advice: &str| {
            Err(CommandError::usage(format!("{}, line {line}: {message}", path.display()), advice))
        };

        if looks_like_key(Path::new(name)) {
            let advice = "Give it a name of its own: files and messages are named after it";
            return error("the name of a workspace looks like a key", advice);
        }
        if let Some(complaint) = complaint(name) {
            let advice = "Files are named after it, such as us-prod.ndjson";
            return error(&format!("the name `{name}` {complaint}"), advice);
        }
        // Many file systems ignore case.
        if let Some(first) = lines.insert(name.to_ascii_lowercase(), *line) {
            let message = format!("`{name}` is already the name of the workspace in line {first}");
            return error(&message, "Each needs its own, and upper and lower case do not differ");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<Workspace>, CommandError> {
        parse_workspaces(Path::new("/etc/all.toml"), text, false)
    }

    const KEY: &str = "75480f9a-4db8-4057-8b7e-4d59bfd73709";

    #[test]
    fn both_syntaxes_say_the_same() {
        let toml = "[workspace.us]\ninstance = \"us-01\"\napi_key_env = \"US\"\n\
                    [workspace.eu]\nbase_url = \"https://rest.fra-01.braze.eu\"\n\
                    api_key_command = [\"pass\", \"eu\"]\n\
                    [workspace.au]\ninstance = \"au-01\"\napi_key_file = \"au.key\"\n";
        let ndjson = r#"
            {"name":"us","instance":"us-01","api_key_env":"US"}
            {"name":"eu","base_url":"https://rest.fra-01.braze.eu","api_key_command":["pass","eu"]}
            {"api_key_file":"au.key","instance":"au-01","name":"au"}
        "#;
        for text in [toml, ndjson] {
            let found = parse(text).unwrap();
            let facts: Vec<_> = found
                .into_iter()
                .map(|one| (one.name, one.endpoint.to_string(), one.profile.key.value))
                .collect();
            let fact = |name: &str, url: &str, key| (name.to_owned(), url.to_owned(), key);
            let words = ["pass", "eu"].map(str::to_owned).to_vec();
            let expected = [
                fact("us", "https://rest.iad-01.braze.com", KeySource::Variable("US".into())),
                fact("eu", "https://rest.fra-01.braze.eu", KeySource::Command(words)),
                fact("au", "https://rest.au-01.braze.com", KeySource::File("/etc/au.key".into())),
            ];
            assert_eq!(facts, expected);
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_no_value() {
        let toml =
            |name: &str| format!("[workspace.{name}]\ninstance = \"us-01\"\napi_key_env = \"A\"\n");
        let json = |rest: &str| format!("\n{{\"name\":\"a\",\"instance\":\"us-01\"{rest}}}");
        let with_key = ",\"api_key_env\":\"A\"";
        for (text, expected) in [
            (String::new(), &["has no workspace"][..]),
            ("[workspace]\n".to_owned(), &["has no workspace"]),
            ("[profile.a]\n".to_owned(), &["line 1", "`profile` is unknown", "[workspace.NAME]"]),
            ("[workspaces.a]\n".to_owned(), &["line 1", "did you mean `workspace`?"]),
            (toml("a").replace("instance", "name"), &["line 2", "`name` is unknown"]),
            (toml("\"a/b\""), &["line 1", "the name `a/b` has other characters"]),
            (toml("\"..\""), &["line 1", "does not begin with a letter"]),
            (toml("nul"), &["line 1", "reserved"]),
            (toml(KEY), &["line 1", "looks like a key"]),
            (toml("eu") + &toml("EU"), &["line 4", "`EU` is already", "line 1"]),
            (toml("a").replace("us-01", KEY), &["line 2", "is not an instance"]),
            (json(""), &["line 2", "workspace a must have exactly one of api_key_env"]),
            (json(with_key) + &json(with_key), &["line 3", "is already the name"]),
            (json(",\"name\":\"b\""), &["line 2: an object has a name twice", "in column 37"]),
            (json(",\"instance\":\"eu-01\""), &["line 2: an object has a name twice"]),
            (json(&format!(",\"api_key\":\"{KEY}\"")), &["line 2", "a key does not go into"]),
            (json(&format!(",\"api_key_env\":\"{KEY}\"")), &["line 2", "not a key"]),
            (json(",\"api_key_command\":\"x\""), &["line 2", "an array"]),
            (json(",\"api_key_command\":[1]"), &["line 2", "an array"]),
            (json(",\"api_key_file\":null"), &["line 2", "a string"]),
            (json(&format!(",\"api_key_env\":{KEY}")), &["line 2", "not a JSON object"]),
            ("{}".to_owned(), &["line 1", "must have `name`"]),
            ("{\"name\":1}".to_owned(), &["line 1", "must have `name`"]),
            (json(with_key) + "\n[]", &["line 3", "not a JSON object"]),
            (
                toml("a").replace("instance = \"us-01\"", "base_url = \"http://a.example\""),
                &["line 1: workspace a", "http"],
            ),
        ] {
            let error = parse(&text).unwrap_err().to_string();
            assert!(expected.iter().all(|part| error.contains(part)), "{text}\n{error}");
            assert!(!error.contains(KEY), "{error}");
        }
    }
}
