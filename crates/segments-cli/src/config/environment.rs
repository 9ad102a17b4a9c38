//! The environment variables.

use std::env;
use std::ffi::OsString;

use super::key::LINE_ENDS;

/// The variables that the program reads. An empty one counts as missing.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    pub(super) key: Option<OsString>,
    pub(super) url: Option<OsString>,
    pub(super) proxy: Option<OsString>,
    pub(super) no_proxy: Option<OsString>,
}

impl Environment {
    /// Reads the variables, without line breaks at their end.
    pub(crate) fn read() -> Self {
        let read = |name: &str| {
            let value = env::var_os(name).map(trim_line_ends);
            value.filter(|value| !value.is_empty())
        };
        Self {
            key: read("BRAZE_API_KEY"),
            url: read("BRAZE_BASE_URL"),
            proxy: read("https_proxy").or_else(|| read("HTTPS_PROXY")),
            no_proxy: read("no_proxy").or_else(|| read("NO_PROXY")),
        }
    }
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
