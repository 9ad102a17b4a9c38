//! The error messages of the endpoint. No recording shows them, except [`invalid_key`].

pub(crate) const NOT_FOUND: &str = "Not Found";
pub(crate) const METHOD_NOT_ALLOWED: &str = "Method Not Allowed";
pub(crate) const TRAILING_SLASH: &str = "Access Denied";
pub(crate) const MISSING_PERMISSION: &str = "Provided API key not authorized for this endpoint";
pub(crate) const RATE_LIMITED: &str = "Rate limit exceeded";

/// Observed: the message repeats the key.
pub(crate) fn invalid_key(key: &[u8]) -> String {
    format!("Invalid API key: {}", String::from_utf8_lossy(key))
}
