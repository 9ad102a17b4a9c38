//! `segments serve`: an emulated workspace.

use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use segments_emulator::{Emulator, Server};

use super::workspace::workspace;
use crate::args;
use crate::config::{paths, refuse_key_in_argument};
use crate::error::CommandError;
use crate::random::seed;
use crate::signal::{Signals, run_blocking};
use crate::terminal::Console;
use crate::text::plural::plural;

/// Serves until a signal comes.
pub(super) async fn run(
    args: args::Serve,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    refuse_key_in_argument(args.api_key.is_some())?;
    paths::check_serve(&args)?;
    let addresses = addresses(&args, signals).await?;

    let args = Arc::new(args);
    let made_key = format!("emulator-{:016x}{:016x}", seed(), seed());
    let opening = {
        let (args, key, console) = (Arc::clone(&args), made_key.clone(), console.clone());
        move || workspace(&args, &key, &console)
    };
    let workspace = run_blocking(opening, None, signals).await?;
    let count = workspace.len();
    let server = bind(&Emulator::new(workspace), &addresses, args.allow_remote)
        .await
        .map_err(|error| not_bound(&args, &error))?;

    print_url(&server)?;
    let serving = format!("Serving {}.", plural(count as u64, "segment"));
    if let Some(how) = from_elsewhere(server.addr()) {
        console.note(&format!("{serving} Stop with Ctrl-C."));
        console.note(&how);
    } else {
        // The page for people is only there if no other machine can reach the server.
        let edit = "Open the URL in a browser to edit the list";
        console.note(&format!("{serving} {edit}. Stop with Ctrl-C."));
    }
    if args.api_key_file.is_none() {
        // Made for this run of an emulator, so it is no secret.
        console.print(&format!("BRAZE_BASE_URL={} BRAZE_API_KEY={made_key}", server.url()));
    }
    signals.first().await;
    server.shutdown().await;
    Ok(())
}

fn print_url(server: &Server) -> Result<(), CommandError> {
    let mut out = io::stdout();
    let printed = writeln!(out, "{}", server.url()).and_then(|()| out.flush());
    printed.map_err(|error| CommandError::stream_failed("standard output", &error))
}

/// The addresses of `--listen`, if only this machine can reach them or others may.
async fn addresses(
    args: &args::Serve,
    signals: &mut Signals,
) -> Result<Vec<SocketAddr>, CommandError> {
    let found = tokio::select! {
        found = args.listen.resolve() => found,
        signal = signals.first() => return Err(CommandError::Stopped(signal)),
    };
    let found = found.map_err(|error| {
        let advice = "Name a host that this machine knows, or an address of this machine";
        CommandError::usage(format!("cannot resolve {}: {error}", args.listen), advice)
    })?;

    let remote = found.iter().find(|address| !address.ip().to_canonical().is_loopback());
    match remote {
        Some(remote) if !args.allow_remote => {
            let is_name = args.listen.is_name();
            let address = if is_name { format!(" ({})", remote.ip()) } else { String::new() };
            let message = format!("other machines can reach {}{address}", args.listen);
            Err(CommandError::usage(message, "Use 127.0.0.1, or add --allow-remote"))
        }
        _ => Ok(found),
    }
}

/// Serves at the first of the addresses that works.
async fn bind(
    emulator: &Emulator,
    addresses: &[SocketAddr],
    allow_remote: bool,
) -> io::Result<Server> {
    let mut last_error = io::Error::from(ErrorKind::AddrNotAvailable);
    for address in addresses {
        let emulator = emulator.clone();
        let bound = if allow_remote {
            Server::bind_any_address(emulator, *address).await
        } else {
            Server::bind(emulator, *address).await
        };
        match bound {
            Ok(server) => return Ok(server),
            Err(error) => last_error = error,
        }
    }
    Err(last_error)
}

/// How clients on other machines reach a server that does not listen on a loopback address.
fn from_elsewhere(address: SocketAddr) -> Option<String> {
    let (ip, port) = (address.ip(), address.port());
    if ip.to_canonical().is_loopback() {
        return None;
    }

    let flags = "with --allow-insecure-http";
    Some(if ip.is_unspecified() {
        format!(
            "From another machine: --base-url http://HOST:{port}, {flags}; HOST is its name for \
             this machine"
        )
    } else {
        format!("From another machine: --base-url http://{address}, {flags}")
    })
}

fn not_bound(args: &args::Serve, error: &io::Error) -> CommandError {
    let advice = match error.kind() {
        ErrorKind::AddrInUse => "Stop the program that uses the port, or use --listen 127.0.0.1:0",
        ErrorKind::PermissionDenied => "Use a port above 1023",
        _ => "Name an address of this machine",
    };
    CommandError::usage(format!("cannot listen on {}: {error}", args.listen), advice)
}
