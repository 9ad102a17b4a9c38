use std::collections::BTreeSet;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use segments_core::ApiKey;

/// An API key of a workspace, with its permissions.
///
/// Documented: permissions are per endpoint, and fixed when a key is created.
///
/// ```
/// use segments_core::ApiKey;
/// use segments_emulator::{Key, Workspace};
///
/// let mut workspace = Workspace::new();
/// workspace.add_key(Key::new(ApiKey::new("may-list")?, [Key::SEGMENTS_LIST]));
/// workspace.add_key(Key::new(ApiKey::new("may-not")?, ["users.track"]));
/// # Ok::<(), segments_core::request::InvalidApiKey>(())
/// ```
#[derive(Debug, Clone)]
pub struct Key {
    value: ApiKey,
    permissions: BTreeSet<String>,
}

impl Key {
    /// The permission to list segments (documented).
    pub const SEGMENTS_LIST: &'static str = "segments.list";

    /// A key with these permissions.
    pub fn new<P: Into<String>>(value: ApiKey, permissions: impl IntoIterator<Item = P>) -> Self {
        Self { value, permissions: permissions.into_iter().map(Into::into).collect() }
    }

    /// A key with the permission to list segments, and no other.
    pub fn list_only(value: ApiKey) -> Self {
        Self::new(value, [Self::SEGMENTS_LIST])
    }

    /// Whether the key has this permission.
    pub fn allows(&self, permission: &str) -> bool {
        self.permissions.contains(permission)
    }
}

/// What the key of a request allows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Authorization<'a> {
    Granted,
    MissingPermission,
    /// Not a key of the workspace. Empty if the request has no usable `Authorization` header.
    UnknownKey(&'a [u8]),
}

/// Looks up the key of a request, in a time that does not depend on which key it is.
pub(crate) fn authorize<'a>(keys: &[Key], headers: &'a HeaderMap) -> Authorization<'a> {
    let sent = bearer_token(headers).unwrap_or_default();

    // No early exit, which would tell how far the comparison got.
    let (mut is_known, mut may_list) = (false, false);
    for key in keys {
        let is_equal = key.value.matches(sent);
        is_known |= is_equal;
        may_list |= is_equal & key.allows(Key::SEGMENTS_LIST);
    }

    match (is_known, may_list) {
        (true, true) => Authorization::Granted,
        (true, false) => Authorization::MissingPermission,
        (false, _) => Authorization::UnknownKey(sent),
    }
}

/// Which key a request was sent with, in the order in which they were added.
pub(crate) fn position(keys: &[Key], headers: &HeaderMap) -> Option<usize> {
    let sent = bearer_token(headers)?;
    // No early exit here either.
    let equal = keys.iter().enumerate().filter(|(_, key)| key.value.matches(sent));
    equal.map(|(at, _)| at).last()
}

/// The token of the `Authorization` header, if the request has exactly one with scheme `Bearer`.
fn bearer_token(headers: &HeaderMap) -> Option<&[u8]> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };

    let line = line.as_bytes();
    let space = line.iter().position(|byte| *byte == b' ')?;
    let (scheme, token) = line.split_at(space);
    scheme.eq_ignore_ascii_case(b"bearer").then(|| token.trim_ascii())
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
        [Key::list_only(ApiKey::new("right").unwrap()), other]
    }

    #[test]
    fn e1_the_scheme_is_case_insensitive() {
        for line in ["Bearer right", "bearer right", "BEARER  right "] {
            assert_eq!(authorize(&keys(), &headers(&[line])), Authorization::Granted, "{line}");
        }
    }

    #[test]
    fn e1_everything_else_is_an_unknown_key() {
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
            let expected = Authorization::UnknownKey(sent.as_bytes());
            assert_eq!(authorize(&keys(), &headers(lines)), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_key_has_a_position() {
        for (line, expected) in
            [("Bearer right", Some(0)), ("Bearer other", Some(1)), ("Bearer wrong", None)]
        {
            assert_eq!(position(&keys(), &headers(&[line])), expected, "{line}");
        }
        assert_eq!(position(&keys(), &headers(&[])), None);
    }

    #[test]
    fn e1_a_key_needs_the_permission() {
        assert_eq!(
            authorize(&keys(), &headers(&["Bearer other"])),
            Authorization::MissingPermission
        );
    }
}
