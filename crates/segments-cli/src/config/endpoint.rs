//! The endpoint, out of a URL.

use std::ffi::OsStr;

use segments_core::request::InvalidEndpoint;
use segments_core::{ApiKey, Endpoint};

use super::key_text::LINE_ENDS;
use super::profile::{Place, Profile};
use crate::error::CommandError;

/// Reads a URL that may be no text at all.
pub(super) fn parse_os(
    url: &OsStr,
    place: &str,
    allow_insecure_http: bool,
) -> Result<Endpoint, CommandError> {
    let url = url.to_str().ok_or_else(|| {
        let advice = "Write https://host or https://host:port";
        CommandError::usage(format!("{place} is not UTF-8"), advice)
    })?;
    parse(url, place, allow_insecure_http)
}

/// Reads a URL. `place` says where it was written.
fn parse(url: &str, place: &str, allow_insecure_http: bool) -> Result<Endpoint, CommandError> {
    let parse = if allow_insecure_http { Endpoint::insecure } else { Endpoint::new };
    // The URL stays out of the message: it may hold a password.
    parse(url.trim_end_matches(LINE_ENDS))
        .map_err(|error| CommandError::usage(format!("{place}: {error}"), advice(&error)))
}

/// That of a profile. `place` says which entry of which profile it is.
pub(crate) fn endpoint_of(
    profile: &Profile,
    place: &str,
    allow_insecure_http: bool,
) -> Result<Endpoint, CommandError> {
    match &profile.place.value {
        Place::Instance(instance) => Ok((*instance).into()),
        Place::BaseUrl(url) => parse(url, place, allow_insecure_http),
    }
}

/// Refuses a URL whose path holds the key: a URL is shown in messages, and logged by servers.
pub(super) fn refuse_key(endpoint: &Endpoint, key: &ApiKey) -> Result<(), CommandError> {
    let url = endpoint.to_string();
    // Behind `https:`, nothing, and the host.
    let mut path = url.split('/').skip(3);
    if path.any(|part| key.matches(part.as_bytes())) {
        let advice = "Take it out: the key is sent in a header, and everybody may see a URL";
        return Err(CommandError::usage("the base URL contains the API key", advice));
    }
    Ok(())
}

fn advice(error: &InvalidEndpoint) -> &'static str {
    match error {
        InvalidEndpoint::PlainHttp => {
            "Write https://, or add --allow-insecure-http where nobody can read the key on its way, \
             as in a network of test containers"
        }
        InvalidEndpoint::NotRest { .. } => "",
        _ => "Write https://host, https://host:port or https://host/path, or use --instance",
    }
}
