//! The environment variables.

use std::env;
use std::ffi::OsString;

use super::key_text::LINE_ENDS;

/// The variable that holds the key.
pub(super) const API_KEY: &str = "BRAZE_API_KEY";

/// The variables that the program reads. An empty one counts as missing.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    pub(super) has_key: bool,
    pub(super) url: Option<OsString>,
    pub(super) profile: Option<OsString>,
    pub(super) proxy: Option<OsString>,
    pub(super) no_proxy: Option<OsString>,
}

impl Environment {
    /// Reads the variables.
    pub(crate) fn read() -> Self {
        Self {
            has_key: variable(API_KEY).is_some(),
            url: variable("BRAZE_BASE_URL"),
            profile: variable("SEGMENTS_PROFILE"),
            proxy: variable("https_proxy").or_else(|| variable("HTTPS_PROXY")),
            no_proxy: variable("no_proxy").or_else(|| variable("NO_PROXY")),
        }
    }
}

/// A variable without line breaks at its end, unless it is empty.
pub(super) fn variable(name: &str) -> Option<OsString> {
    let value = env::var_os(name).map(trim_line_ends);
    value.filter(|value| !value.is_empty())
}

/// What is not text stays as it is, and is refused later.
fn trim_line_ends(value: OsString) -> OsString {
    match value.to_str() {
        Some(text) => text.trim_end_matches(LINE_ENDS).into(),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_no_part_of_a_variable() {
        for text in ["key", "key\n", "key\r\n", "key\n\n"] {
            assert_eq!(trim_line_ends(text.into()), "key");
        }
    }
}
