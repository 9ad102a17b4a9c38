//! `segments serve`: an emulated workspace.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use segments_core::ApiKey;
use segments_emulator::{Emulator, Key, Script, Server, Workspace, load, sample};

use crate::args;
use crate::config::{key_file, refuse_key_in_argument};
use crate::demo::SEED;
use crate::exit::Problem;
use crate::progress::Console;
use crate::seed;
use crate::signal::Signals;

/// Serves until it is told to stop.
pub(crate) async fn run(
    args: args::Serve,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), Problem> {
    refuse_key_in_argument(args.api_key.is_some())?;
    if !args.listen.ip().is_loopback() && !args.allow_remote {
        return Err(Problem::usage(
            format!("{} can be reached from other machines", args.listen),
            "Use 127.0.0.1, or add --allow-remote",
        ));
    }
    let mut workspace = Workspace::new();
    fill(&mut workspace, &args)?;
    if let Some(path) = &args.faults {
        let script = read(path, "--faults")?.parse::<Script>();
        workspace.set_faults(script.map_err(|error| malformed("--faults", path, &error))?);
    }
    let made = format!("emulator-{:016x}{:016x}", seed(), seed());
    let key = match &args.api_key_file {
        Some(path) => key_file(path, console)?,
        None => ApiKey::new(&made).map_err(|error| Problem::usage(error.to_string(), ""))?,
    };
    workspace.add_key(Key::listing(key));
    let count = workspace.len();
    let emulator = Emulator::new(workspace);
    let bound = if args.allow_remote {
        Server::bind_anywhere(emulator, args.listen).await
    } else {
        Server::bind(emulator, args.listen).await
    };
    let server = bound.map_err(|error| not_bound(&args, &error))?;

    let mut out = io::stdout();
    let told = writeln!(out, "{}", server.url()).and_then(|()| out.flush());
    told.map_err(|error| Problem::stream("standard output", &error))?;
    console.note(&format!("Serving {count} segments. Stop with Ctrl-C."));
    if args.api_key_file.is_none() {
        // Made for this run, for an emulator: no secret of anybody.
        console.tell(&format!("BRAZE_BASE_URL={} BRAZE_API_KEY={made}", server.url()));
    }
    signals.first().await;
    server.shutdown().await;
    Ok(())
}

fn fill(workspace: &mut Workspace, args: &args::Serve) -> Result<(), Problem> {
    let segments = match &args.load {
        None => sample(args.segments, SEED),
        Some(path) => {
            load(&read(path, "--load")?).map_err(|error| malformed("--load", path, &error))?
        }
    };
    for segment in segments {
        let created = workspace.create(segment);
        created.map_err(|error| Problem::usage(error.to_string(), "An id may stand there once"))?;
    }
    Ok(())
}

fn read(path: &Path, flag: &str) -> Result<String, Problem> {
    fs::read_to_string(path)
        .map_err(|error| Problem::unreadable(flag, path, &error, "It must be a text file"))
}

fn malformed(flag: &str, path: &Path, error: &impl std::fmt::Display) -> Problem {
    Problem::usage(format!("{flag} {}: {error}", path.display()), "See segments serve --help")
}

fn not_bound(args: &args::Serve, error: &io::Error) -> Problem {
    let what = format!("cannot listen on {}: {error}", args.listen);
    let advice = match error.kind() {
        ErrorKind::AddrInUse => "Stop what uses the port, or use --listen 127.0.0.1:0",
        ErrorKind::PermissionDenied => "Use a port above 1023",
        _ => "Name an address of this machine",
    };
    Problem::usage(what, advice)
}
