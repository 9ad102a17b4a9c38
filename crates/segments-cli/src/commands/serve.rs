//! `segments serve`: an emulated workspace.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use segments_core::ApiKey;
use segments_emulator::{Emulator, Key, Script, Server, Workspace, load, sample};

use crate::args;
use crate::commands::demo::SEED;
use crate::config::connection::{key_file, refuse_key_in_argument};
use crate::config::paths::Files;
use crate::error::{CommandError, plain};
use crate::random::seed;
use crate::signal::{Signals, patiently};
use crate::terminal::console::Console;

/// Serves until it is told to stop.
pub(crate) async fn run(
    args: args::Serve,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    refuse_key_in_argument(args.api_key.is_some())?;
    Files::of_serve(&args)?;
    let addresses = addresses(&args, signals).await?;
    let made = format!("emulator-{:016x}{:016x}", seed(), seed());
    let (args, talk, key) = (Arc::new(args), console.clone(), made.clone());
    let opening = {
        let args = Arc::clone(&args);
        move || workspace(&args, &key, &talk)
    };
    let workspace = patiently(opening, None, signals).await?;
    let count = workspace.len();
    let bound = bind(&Emulator::new(workspace), &addresses, args.allow_remote).await;
    let server = bound.map_err(|error| not_bound(&args, &error))?;

    let mut out = io::stdout();
    let told = writeln!(out, "{}", server.url()).and_then(|()| out.flush());
    told.map_err(|error| CommandError::stream("standard output", &error))?;
    console.note(&format!("Serving {count} segments. Stop with Ctrl-C."));
    if let Some(how) = from_elsewhere(server.addr()) {
        console.note(&how);
    }
    if args.api_key_file.is_none() {
        // Made for this run, for an emulator: no secret of anybody.
        console.tell(&format!("BRAZE_BASE_URL={} BRAZE_API_KEY={made}", server.url()));
    }
    signals.first().await;
    server.shutdown().await;
    Ok(())
}

/// What is served, out of files if there are any, to the key of a file or to the one that was made.
fn workspace(args: &args::Serve, made: &str, console: &Console) -> Result<Workspace, CommandError> {
    let mut workspace = Workspace::new().with_rate_limit(args.rate_limit);
    fill(&mut workspace, args, console)?;
    if let Some(path) = &args.faults {
        let script = read(path, "--faults")?.parse::<Script>();
        workspace.set_faults(script.map_err(|error| malformed("--faults", path, &error))?);
    }
    let key = match &args.api_key_file {
        Some(path) => key_file(path, console)?,
        None => ApiKey::new(made).map_err(|error| CommandError::usage(error.to_string(), ""))?,
    };
    workspace.add_key(Key::listing(key));
    Ok(workspace)
}

/// What `--listen` stands for, if this machine alone can reach all of it or others may.
async fn addresses(
    args: &args::Serve,
    signals: &mut Signals,
) -> Result<Vec<SocketAddr>, CommandError> {
    let found = tokio::select! {
        found = args.listen.resolve() => found,
        signal = signals.first() => return Err(CommandError::Stopped(signal)),
    };
    let found = found.map_err(|error| {
        let what = format!("cannot resolve {}: {}", args.listen, plain(&error));
        CommandError::usage(
            what,
            "Name a host that this machine knows, or an address of this machine",
        )
    })?;

    let remote = found.iter().find(|address| !address.ip().to_canonical().is_loopback());
    let Some(remote) = remote.filter(|_| !args.allow_remote) else { return Ok(found) };
    let which = if args.listen.is_name() { format!(" ({})", remote.ip()) } else { String::new() };
    let what = format!("{}{which} can be reached from other machines", args.listen);
    Err(CommandError::usage(what, "Use 127.0.0.1, or add --allow-remote"))
}

/// Serves at the first of the addresses that can be had.
async fn bind(
    emulator: &Emulator,
    addresses: &[SocketAddr],
    allow_remote: bool,
) -> io::Result<Server> {
    let mut refused = io::Error::from(ErrorKind::AddrNotAvailable);
    for address in addresses {
        let emulator = emulator.clone();
        let bound = if allow_remote {
            Server::bind_anywhere(emulator, *address).await
        } else {
            Server::bind(emulator, *address).await
        };
        match bound {
            Ok(server) => return Ok(server),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// What another machine has to know, whose clients get no loopback address.
fn from_elsewhere(address: SocketAddr) -> Option<String> {
    let (ip, port) = (address.ip(), address.port());
    if ip.is_loopback() {
        return None;
    }
    let place = if ip.is_unspecified() {
        format!(
            "From another machine: --base-url http://HOST:{port}, HOST being its name for this one"
        )
    } else {
        format!("To be reached as --base-url http://{address}")
    };
    Some(format!("{place}, with --allow-insecure-http"))
}

fn fill(
    workspace: &mut Workspace,
    args: &args::Serve,
    console: &Console,
) -> Result<(), CommandError> {
    let segments = match &args.load {
        None => sample(args.segments, SEED),
        Some(path) => {
            let loaded = load(&read(path, "--load")?);
            let loaded = loaded.map_err(|error| malformed("--load", path, &error))?;
            warn_of_null_tags(loaded.null_tags, path, console);
            loaded.segments
        }
    };
    for segment in segments {
        let created = workspace.create(segment);
        created.map_err(|error| {
            CommandError::usage(error.to_string(), "An id may stand there once")
        })?;
    }
    Ok(())
}

fn warn_of_null_tags(count: usize, path: &Path, console: &Console) {
    let path = path.display();
    match count {
        0 => {}
        1 => console.warn(&format!("--load {path}: 1 tag is null and is not served")),
        n => console.warn(&format!("--load {path}: {n} tags are null and are not served")),
    }
}

/// The longest file that is read. A device that never ends would take all memory.
const MAX_FILE: u64 = 1 << 30;

fn read(path: &Path, flag: &str) -> Result<String, CommandError> {
    let unreadable = |error| {
        CommandError::unreadable(flag, path, &error, "It must be a text file of at most 1 GiB")
    };
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    let length = file.take(MAX_FILE + 1).read_to_string(&mut text).map_err(unreadable)?;
    if length as u64 > MAX_FILE {
        return Err(unreadable(ErrorKind::FileTooLarge.into()));
    }
    Ok(text)
}

fn malformed(flag: &str, path: &Path, error: &impl std::fmt::Display) -> CommandError {
    CommandError::usage(format!("{flag} {}: {error}", path.display()), "See segments serve --help")
}

fn not_bound(args: &args::Serve, error: &io::Error) -> CommandError {
    let what = format!("cannot listen on {}: {}", args.listen, plain(error));
    let advice = match error.kind() {
        ErrorKind::AddrInUse => "Stop what uses the port, or use --listen 127.0.0.1:0",
        ErrorKind::PermissionDenied => "Use a port above 1023",
        _ => "Name an address of this machine",
    };
    CommandError::usage(what, advice)
}
