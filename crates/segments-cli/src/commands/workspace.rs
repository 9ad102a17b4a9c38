//! The workspace of `segments serve`, out of files or made up.

use segments_core::{ApiKey, Segment};
use segments_emulator::{Key, Script, Workspace, parse_segments, sample};

use super::demo::SEED;
use super::text_file::{malformed, read};
use crate::args;
use crate::config::key_file;
use crate::error::CommandError;
use crate::random::seed;
use crate::terminal::Console;

const ADVICE: &str = "See segments serve --help";

/// Makes the workspace; `made_key` opens it if the arguments name no file with a key.
pub(super) fn workspace(
    args: &args::Serve,
    made_key: &str,
    console: &Console,
) -> Result<Workspace, CommandError> {
    // Another run must not repeat the request ids of this one: a client that resumes would take its
    // responses for cached ones.
    let mut workspace = Workspace::new().with_rate_limit(args.rate_limit).with_seed(seed());
    for segment in segments(args, console)? {
        workspace
            .create(segment)
            .map_err(|error| CommandError::usage(error.to_string(), "Every id must be unique"))?;
    }

    if let Some(path) = &args.faults {
        let script = read(path, "--faults")?.parse::<Script>();
        workspace.set_faults(script.map_err(|error| malformed("--faults", path, &error, ADVICE))?);
    }

    let key = match &args.api_key_file {
        Some(path) => key_file(path, console)?,
        None => {
            ApiKey::new(made_key).map_err(|error| CommandError::usage(error.to_string(), ""))?
        }
    };
    workspace.add_key(Key::list_only(key));
    Ok(workspace)
}

fn segments(args: &args::Serve, console: &Console) -> Result<Vec<Segment>, CommandError> {
    let Some(path) = &args.load else { return Ok(sample(args.segments, SEED)) };

    let parsed = parse_segments(&read(path, "--load")?);
    let parsed = parsed.map_err(|error| malformed("--load", path, &error, ADVICE))?;
    let path = path.display();
    match parsed.null_tags {
        0 => {}
        1 => console.warn(&format!("--load {path}: 1 tag is null and is not served")),
        n => console.warn(&format!("--load {path}: {n} tags are null and are not served")),
    }
    Ok(parsed.segments)
}
