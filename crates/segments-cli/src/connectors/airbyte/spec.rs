//! What the configuration of a connection looks like. Platforms make a form of it.

use segments_core::Instance;
use serde_json::{Value, json};

/// The specification as a message.
pub(crate) fn spec() -> Value {
    let instances: Vec<_> = Instance::ALL.iter().map(|instance| instance.name()).collect();

    json!({
        "type": "SPEC",
        "spec": {
            "supportsIncremental": false,
            "connectionSpecification": {
                "$schema": "http://json-schema.org/draft-07/schema#",
                "title": "Braze segments",
                "type": "object",
                "required": ["api_key"],
                "additionalProperties": true,
                "properties": {
                    "instance": {
                        "order": 0,
                        "title": "Instance",
                        "type": "string",
                        "enum": instances,
                        "description": "The Braze instance of the workspace. Leave it empty if you \
                                        give a REST endpoint instead.",
                    },
                    "base_url": {
                        "order": 1,
                        "title": "REST endpoint",
                        "type": "string",
                        "description": "In place of an instance, such as a gateway in front of Braze.",
                        "examples": ["https://rest.iad-01.braze.com"],
                    },
                    "api_key": {
                        "order": 2,
                        "title": "REST API key",
                        "type": "string",
                        "airbyte_secret": true,
                        "description": "A key with the permission segments.list.",
                    },
                    "goal": {
                        "order": 3,
                        "title": "Goal",
                        "type": "string",
                        "enum": ["complete", "snapshot", "walk"],
                        "default": "complete",
                        "description": "complete: every segment that was listed during the whole \
                                        sync, proven. snapshot: the list at one moment, proven. \
                                        walk: every page once, which proves nothing and can miss \
                                        segments.",
                    },
                    "min_segments": {
                        "order": 4,
                        "title": "Minimum number of segments",
                        "type": "integer",
                        "minimum": 1,
                        "description": "A shorter list is an error.",
                    },
                    "replace_invalid_text": {
                        "order": 5,
                        "title": "Replace invalid text",
                        "type": "boolean",
                        "default": false,
                        "description": "Accept names and tags with invalid text, such as half an \
                                        emoji. U+FFFD replaces it.",
                    },
                    "deadline": {
                        "order": 6,
                        "title": "Time limit",
                        "type": "string",
                        "description": "For one sync.",
                        "examples": ["30m", "2h"],
                    },
                    "max_wait": {
                        "order": 7,
                        "title": "Longest wait for a rate limit",
                        "type": "string",
                        "default": "5m",
                        "description": "A longer one ends the sync; the next attempt resumes.",
                    },
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{ConnectorConfig, KeyEntries};

    fn properties() -> serde_json::Map<String, Value> {
        let spec = spec();
        let properties = &spec["spec"]["connectionSpecification"]["properties"];
        properties.as_object().unwrap().clone()
    }

    #[test]
    fn a_form_that_is_filled_in_is_a_configuration() {
        let mut form = json!({});
        for (name, property) in properties() {
            let example = property["examples"][0].clone();
            form[name] = match property["type"].as_str() {
                _ if !example.is_null() => example,
                Some("string") if !property["enum"].is_null() => property["enum"][0].clone(),
                Some("string") if !property["default"].is_null() => property["default"].clone(),
                Some("integer") => 1.into(),
                Some("boolean") => true.into(),
                _ => "a-rest-api-key".into(),
            };
        }
        form["base_url"] = "".into();

        let config =
            ConnectorConfig::parse(Path::new(""), &form.to_string(), KeyEntries::Inline).unwrap();
        assert_eq!(config.warnings, [""; 0]);
    }

    #[test]
    fn only_the_key_is_secret() {
        for (name, property) in properties() {
            assert_eq!(property["airbyte_secret"] == true, name == "api_key", "{name}");
        }
    }
}
