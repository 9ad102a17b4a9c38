//! Whether requests go through a proxy.

use segments_core::Endpoint;

use super::environment::Environment;
use super::no_proxy;
use crate::error::CommandError;

/// The proxy for this endpoint, if there is one. It may hold a password.
pub(super) fn proxy(
    environment: &Environment,
    endpoint: &Endpoint,
) -> Result<Option<String>, CommandError> {
    let Some(proxy) = &environment.proxy else { return Ok(None) };

    let no_proxy = environment.no_proxy.as_deref().unwrap_or_default().to_string_lossy();
    let is_direct =
        !endpoint.is_https() || endpoint.is_loopback() || no_proxy::exempts(&no_proxy, endpoint);
    if is_direct {
        return Ok(None);
    }
    let proxy = proxy.to_str().ok_or_else(invalid_proxy)?;
    Ok(Some(proxy.to_owned()))
}

/// What is wrong with `HTTPS_PROXY`, without its text, which may hold a password.
pub(crate) fn invalid_proxy() -> CommandError {
    CommandError::usage(
        "HTTPS_PROXY is not of the form http://[user:password@]host[:port]",
        "Correct it, or name the host in NO_PROXY",
    )
}
