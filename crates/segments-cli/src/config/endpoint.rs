//! The endpoint, out of the arguments or the environment.

use std::ffi::OsStr;

use segments_core::Endpoint;
use segments_core::request::InvalidEndpoint;

use super::key::LINE_ENDS;
use crate::args::Connection;
use crate::error::CommandError;

/// The endpoint of the arguments or else of the variable, if there is one.
pub(super) fn endpoint(
    args: &Connection,
    variable: Option<&OsStr>,
) -> Result<Option<Endpoint>, CommandError> {
    let (url, place) = match (&args.base_url, args.instance, variable) {
        (Some(url), _, _) => (url.as_os_str(), "--base-url"),
        (None, Some(instance), _) => return Ok(Some(instance.into())),
        (None, None, Some(url)) => (url, "BRAZE_BASE_URL"),
        (None, None, None) => return Ok(None),
    };

    let url = url.to_str().ok_or_else(|| {
        let advice = "Write https://host or https://host:port";
        CommandError::usage(format!("{place} is not UTF-8"), advice)
    })?;
    let parse = if args.allow_insecure_http { Endpoint::insecure } else { Endpoint::new };
    let endpoint = parse(url.trim_end_matches(LINE_ENDS));

    // The URL stays out of the message: it may hold a password.
    endpoint
        .map(Some)
        .map_err(|error| CommandError::usage(format!("{place}: {error}"), advice(&error)))
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
