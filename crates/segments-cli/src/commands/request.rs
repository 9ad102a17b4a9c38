//! `--print-request`: what would be sent, without the key and without sending it.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use http::Request;
use segments_core::{Api, ApiKey, Export, Step};

use super::print::print;
use crate::args::{Connection, RequestFormat};
use crate::config::{Environment, Settings, missing};
use crate::error::CommandError;
use crate::signal::{Signals, run_blocking};

/// What stands in place of the key. A shell reads the variable.
const KEY: &str = "$BRAZE_API_KEY";

/// Prints the first request of the export. No key is needed, and none is read.
pub(super) async fn print_request(
    format: RequestFormat,
    connection: Connection,
    export: impl FnOnce(Api) -> Export,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let ca_file = connection.ca_file.clone();
    let load = move || Settings::load(&connection, &Environment::read());
    let settings = run_blocking(load, None, signals).await?;
    let endpoint = settings.endpoint.ok_or_else(|| missing(true, false))?.value;

    let key = ApiKey::new("unknown").map_err(|error| CommandError::usage(error.to_string(), ""))?;
    let mut export = export(Api::new(endpoint, key));
    let Ok(Step::Send(fetch)) = export.poll(Duration::ZERO) else {
        return Err(CommandError::usage("there is nothing to send", ""));
    };

    let request = fetch.request();
    let text = match format {
        RequestFormat::Curl => curl(&request, ca_file.as_deref()),
        RequestFormat::Http => http(&request),
    };
    print(text.as_bytes())
}

fn curl(request: &Request<()>, ca_file: Option<&Path>) -> String {
    let mut out = "curl --fail-with-body \\\n".to_owned();
    if let Some(path) = ca_file {
        let _ = writeln!(out, "  --cacert {} \\", quoted(&path.display().to_string()));
    }
    for (name, value) in headers(request) {
        // Only within double quotes does a shell replace the variable.
        let line = format!("{name}: {value}");
        let line = if value.contains(KEY) { format!("\"{line}\"") } else { quoted(&line) };
        let _ = writeln!(out, "  --header {line} \\");
    }
    let _ = writeln!(out, "  {}", quoted(&request.uri().to_string()));
    out
}

fn http(request: &Request<()>) -> String {
    let uri = request.uri();
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let host = uri.authority().map_or("", |authority| authority.as_str());

    let mut out = format!("{} {target} HTTP/1.1\nhost: {host}\n", request.method());
    for (name, value) in headers(request) {
        let _ = writeln!(out, "{name}: {value}");
    }
    out
}

fn headers(request: &Request<()>) -> impl Iterator<Item = (&str, String)> {
    request.headers().iter().map(|(name, value)| {
        let text = if value.is_sensitive() {
            format!("Bearer {KEY}")
        } else {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        (name.as_str(), text)
    })
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
