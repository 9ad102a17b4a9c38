use std::collections::BTreeSet;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use segments_core::ApiKey;

/// An API key of the workspace, and what it may be used for.
///
/// Braze documents that permissions are per endpoint and fixed when a key is made.
///
/// ```
/// use segments_core::ApiKey;
/// use segments_emulator::{Key, Workspace};
///
/// let mut workspace = Workspace::new();
/// workspace.add_key(Key::new(ApiKey::new("may-list")?, [Key::LIST]));
/// workspace.add_key(Key::new(ApiKey::new("may-not")?, ["users.track"]));
/// # Ok::<(), segments_core::request::InvalidApiKey>(())
/// ```
#[derive(Debug, Clone)]
pub struct Key {
    value: ApiKey,
    permissions: BTreeSet<String>,
}

impl Key {
    /// The permission that the list asks for (documented).
    pub const LIST: &'static str = "segments.list";

    /// A key with these permissions.
    pub fn new<P: Into<String>>(value: ApiKey, permissions: impl IntoIterator<Item = P>) -> Self {
        Self { value, permissions: permissions.into_iter().map(Into::into).collect() }
    }

    /// A key that may read the list of segments, and nothing else.
    pub fn listing(value: ApiKey) -> Self {
        Self::new(value, [Self::LIST])
    }

    /// Whether the key has this permission.
    pub fn allows(&self, permission: &str) -> bool {
        self.permissions.contains(permission)
    }
}

/// What a request may do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Access<'a> {
    Granted,
    Denied,
    /// No known key; this is what was sent in its place.
    Unknown(&'a [u8]),
}

/// Looks the request's key up, in a time that does not depend on which key it is.
pub(crate) fn access<'a>(keys: &[Key], headers: &'a HeaderMap) -> Access<'a> {
    let sent = bearer(headers).unwrap_or_default();
    let (mut known, mut allowed) = (false, false);
    for key in keys {
        let same = key.value.matches(sent);
        known |= same;
        allowed |= same & key.allows(Key::LIST);
    }
    match (known, allowed) {
        (true, true) => Access::Granted,
        (true, false) => Access::Denied,
        (false, _) => Access::Unknown(sent),
    }
}

/// The one bearer key of a request; two `Authorization` lines are none.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    let line = line.as_bytes();
    let space = line.iter().position(|byte| *byte == b' ')?;
    let (scheme, rest) = line.split_at(space);
    scheme.eq_ignore_ascii_case(b"bearer").then(|| rest.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        lines
            .iter()
            .map(|line| (AUTHORIZATION, line.parse().unwrap()))
            .collect::<Vec<_>>()
            .into_iter()
            .fold(HeaderMap::new(), |mut map, (name, value)| {
                map.append(name, value);
                map
            })
    }

    fn keys() -> [Key; 2] {
        let other = Key::new(ApiKey::new("other").unwrap(), ["users.track"]);
        [Key::listing(ApiKey::new("right").unwrap()), other]
    }

    #[test]
    fn e1_the_scheme_is_taken_in_any_case() {
        for line in ["Bearer right", "bearer right", "BEARER  right "] {
            assert_eq!(access(&keys(), &headers(&[line])), Access::Granted, "{line}");
        }
    }

    #[test]
    fn e1_everything_else_is_no_key() {
        let unknown: [(&[&str], &str); 8] = [
            (&[], ""),
            (&["right"], ""),
            (&["Basic right"], ""),
            (&["Bearer"], ""),
            (&["Bearer wrong"], "wrong"),
            (&["Bearer Right"], "Right"),
            (&["Bearer \"right\""], "\"right\""),
            (&["Bearer right", "Bearer right"], ""),
        ];
        for (lines, sent) in unknown {
            let expected = Access::Unknown(sent.as_bytes());
            assert_eq!(access(&keys(), &headers(lines)), expected, "{lines:?}");
        }
    }

    #[test]
    fn e1_a_key_needs_the_permission() {
        assert_eq!(access(&keys(), &headers(&["Bearer other"])), Access::Denied);
    }
}
