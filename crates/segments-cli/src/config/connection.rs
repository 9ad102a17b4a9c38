//! Where to read and with which key: out of the arguments and the environment.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use segments_core::request::InvalidEndpoint;
use segments_core::{ApiKey, Endpoint};

use crate::args::Connection;
use crate::config::no_proxy;
use crate::error::CommandError;
use crate::terminal::console::Console;

const DEMO: &str = "`segments export --demo` works without";

/// A key file is read to here; `ApiKey` says that more than a few kilobytes are none.
const MOST_KEY_BYTES: u64 = 64 * 1024;

/// What the environment says.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    key: Option<OsString>,
    url: Option<OsString>,
    proxy: Option<OsString>,
    no_proxy: Option<OsString>,
}

impl Environment {
    /// Reads the variables, without line ends at their end. An empty one counts as none.
    pub(crate) fn read() -> Self {
        let read = |name: &str| {
            let value = env::var_os(name).map(without_line_ends);
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

/// What a client needs to know.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) endpoint: Endpoint,
    pub(crate) key: ApiKey,
    /// The proxy's address, if requests go through one. May hold a password.
    pub(crate) proxy: Option<String>,
    /// Certificates to trust, as PEM.
    pub(crate) roots: Option<Vec<u8>>,
}

impl Config {
    /// Puts arguments before the environment, and says all that is missing at once.
    pub(crate) fn new(
        args: &Connection,
        environment: &Environment,
        console: &Console,
    ) -> Result<Self, CommandError> {
        let endpoint = endpoint(args, environment.url.as_deref())?;
        let key = key(args.api_key_file.as_deref(), environment.key.as_deref(), console)?;
        let (endpoint, key) = match (endpoint, key) {
            (Some(endpoint), Some(key)) => (endpoint, key),
            (endpoint, key) => return Err(missing(endpoint.is_none(), key.is_none())),
        };
        let proxied = endpoint.is_https() && !endpoint.is_loopback();
        let proxy = environment.proxy.as_deref().filter(|_| proxied);
        let no_proxy = environment.no_proxy.as_deref().unwrap_or_default().to_string_lossy();
        let proxy = match proxy.filter(|_| !no_proxy::exempts(&no_proxy, &endpoint)) {
            Some(proxy) => Some(proxy.to_str().ok_or_else(invalid_proxy)?.to_owned()),
            None => None,
        };
        let roots = match &args.ca_file {
            Some(path) => Some(fs::read(path).map_err(|error| {
                CommandError::unreadable("--ca-file", path, &error, "It must be a PEM file.")
            })?),
            None => None,
        };
        Ok(Self { endpoint, key, proxy, roots })
    }
}

/// The problem with `HTTPS_PROXY`, without its text, which may hold a password.
pub(crate) fn invalid_proxy() -> CommandError {
    CommandError::usage(
        "HTTPS_PROXY is not of the form http://[user:password@]host[:port]",
        "Correct it, or name the host in NO_PROXY",
    )
}

/// `--api-key VALUE` is answered without its value.
pub(crate) fn refuse_key_in_argument(given: bool) -> Result<(), CommandError> {
    if !given {
        return Ok(());
    }
    Err(CommandError::usage(
        "a key does not go into an argument, where every user of this machine can see it",
        "Set BRAZE_API_KEY or use --api-key-file, and replace the key that was shown",
    ))
}

/// Reads a key from a file, or from standard input for `-`.
pub(crate) fn key_file(path: &Path, console: &Console) -> Result<ApiKey, CommandError> {
    if path == Path::new("-") {
        return parse_key(read_key(io::stdin().lock(), path)?, "standard input");
    }
    let file = match File::open(path) {
        Ok(file) => file,
        // Somebody who writes the key itself there should not find it in a log.
        Err(_) if looks_like_key(path) => {
            return Err(CommandError::usage(
                "--api-key-file names no file, and looks like a key itself",
                "Put the key into a file, or into BRAZE_API_KEY",
            ));
        }
        Err(error) => return Err(unreadable(path, &error)),
    };
    let metadata = file.metadata().map_err(|error| unreadable(path, &error))?;
    if metadata.is_dir() {
        return Err(unreadable(path, &io::ErrorKind::IsADirectory.into()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let others = metadata.permissions().mode() & 0o077;
        if metadata.is_file() && others != 0 {
            let path = path.display();
            console.warn(&format!("others can open the key file {path}; run chmod 600 on it"));
        }
    }
    parse_key(read_key(file, path)?, "the key file")
}

fn read_key(input: impl Read, path: &Path) -> Result<Vec<u8>, CommandError> {
    let mut key = Vec::new();
    input.take(MOST_KEY_BYTES).read_to_end(&mut key).map_err(|error| unreadable(path, &error))?;
    let end = key.iter().rposition(|byte| !LINE_ENDS.contains(&char::from(*byte)));
    key.truncate(end.map_or(0, |end| end + 1));
    Ok(key)
}

/// What an editor or a shell puts behind the only line of a file.
const LINE_ENDS: [char; 2] = ['\r', '\n'];

/// What is no text is looked at later.
fn without_line_ends(value: OsString) -> OsString {
    match value.to_str() {
        Some(text) => text.trim_end_matches(LINE_ENDS).into(),
        None => value,
    }
}

fn parse_key(key: impl AsRef<[u8]>, place: &str) -> Result<ApiKey, CommandError> {
    ApiKey::new(key).map_err(|error| {
        CommandError::usage(
            format!("{place}: {error}"),
            "It should hold a REST API key and nothing else",
        )
    })
}

fn unreadable(path: &Path, error: &io::Error) -> CommandError {
    CommandError::unreadable(
        "the key file",
        path,
        error,
        "It should hold a REST API key in one line",
    )
}

/// Whether a part of it is as long as a key and made of hexadecimal digits, as Braze's keys are.
fn looks_like_key(path: &Path) -> bool {
    let text = path.as_os_str().as_encoded_bytes();
    let foreign = |byte: &u8| !byte.is_ascii_hexdigit() && *byte != b'-';
    !text.contains(&b'/') && text.split(foreign).any(|part| part.len() >= 32)
}

fn key(
    file: Option<&Path>,
    variable: Option<&OsStr>,
    console: &Console,
) -> Result<Option<ApiKey>, CommandError> {
    match (file, variable) {
        (Some(file), _) => key_file(file, console).map(Some),
        (None, Some(key)) => parse_key(key.as_encoded_bytes(), "BRAZE_API_KEY").map(Some),
        (None, None) => Ok(None),
    }
}

fn endpoint(args: &Connection, variable: Option<&OsStr>) -> Result<Option<Endpoint>, CommandError> {
    let (url, place) = match (&args.base_url, args.instance, variable) {
        (Some(url), _, _) => (url.as_os_str(), "--base-url"),
        (None, Some(instance), _) => return Ok(Some(instance.into())),
        (None, None, Some(url)) => (url, "BRAZE_BASE_URL"),
        (None, None, None) => return Ok(None),
    };
    let url = url.to_str().ok_or_else(|| {
        CommandError::usage(
            format!("{place} is not UTF-8"),
            "Write https://host or https://host:port",
        )
    })?;
    let url = url.trim_end_matches(LINE_ENDS);
    let read = if args.allow_insecure_http { Endpoint::insecure } else { Endpoint::new };
    read(url).map(Some).map_err(|error| {
        let advice = match error {
            InvalidEndpoint::PlainHttp => {
                "Write https://, or add --allow-insecure-http if the key may be read on the way, as \
                 in a network of test containers"
            }
            InvalidEndpoint::NotRest { .. } => "",
            _ => "Write it as https://host, https://host:port or https://host/path, or use --instance",
        };
        // The URL stays out: it may hold a password.
        CommandError::usage(format!("{place}: {error}"), advice)
    })
}

pub(crate) fn missing(endpoint: bool, key: bool) -> CommandError {
    let place = "where to read (--instance us-01, --base-url URL or BRAZE_BASE_URL)";
    let secret = "the API key (BRAZE_API_KEY or --api-key-file PATH)";
    let what = match (endpoint, key) {
        (true, true) => format!("missing: {place}, and {secret}"),
        (true, false) => format!("missing: {place}"),
        _ => format!("missing: {secret}"),
    };
    CommandError::usage(what, DEMO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_no_part_of_a_key() {
        for text in ["key", "key\n", "key\r\n"] {
            assert_eq!(read_key(text.as_bytes(), Path::new("-")).unwrap(), b"key");
        }
        for text in ["key", "key\n", "key\r\n", "key\n\n"] {
            assert_eq!(without_line_ends(text.into()), "key");
        }
        assert!(parse_key("two words", "x").is_err());
    }

    #[test]
    fn keys_are_told_from_paths() {
        assert!(looks_like_key(Path::new("75480f9a-4db8-4057-8b7e-4d59bfd73709")));
        assert!(looks_like_key(Path::new("BRAZE_API_KEY=75480f9a-4db8-4057-8b7e-4d59bfd73709")));
        assert!(looks_like_key(Path::new("Bearer 75480f9a4db840578b7e4d59bfd73709")));
        assert!(!looks_like_key(Path::new("/run/secrets/braze")));
        assert!(!looks_like_key(Path::new("a-key-file-with-quite-a-long-name-2026-09-01.txt")));
    }
}
