//! `segments diff`: what has changed between two files.

use std::path::Path;

use segments_core::{Report, Segment};
use segments_emulator::parse_segments;
use serde::Deserialize;
use serde_json::error::Category;

use super::events::emit;
use super::text_file::{malformed, read, read_stdin};
use crate::args;
use crate::changes::{Change, Proof, State, compare};
use crate::error::CommandError;
use crate::output::{EventOrigin, Format, IdsDigest};
use crate::terminal::Console;
use crate::text::plural::plural;

/// Compares, and writes what has changed to standard output.
pub(super) fn run(args: &args::Diff, console: &Console) -> Result<(), CommandError> {
    let [old, new] = lists(args)?;
    let proof = proof(args, &new, console)?;
    let events = compare(Some(&State::from_iter(&old)), &new, proof);
    emit(&events, EventOrigin::default(), args.events.format)?;

    let not_seen = events.iter().filter(|event| event.change == Change::NotSeen).count() as u64;
    if not_seen > 0 && args.report.is_none() {
        let (count, are) = (plural(not_seen, "segment"), if not_seen == 1 { "is" } else { "are" });
        console.note(&format!(
            "{count} of OLD {are} not in NEW, which alone proves nothing. Export NEW with --report \
             FILE, and name that file here, to know what was removed"
        ));
    }
    if args.exit_code && !events.is_empty() { Err(CommandError::Changed) } else { Ok(()) }
}

fn lists(args: &args::Diff) -> Result<[Vec<Segment>; 2], CommandError> {
    if is_stdin(&args.old) && is_stdin(&args.new) {
        let message = "OLD and NEW cannot both be standard input";
        return Err(CommandError::usage(message, "Name a file for one of them"));
    }
    Ok([list(&args.old, "OLD")?, list(&args.new, "NEW")?])
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The segments in a file.
fn list(path: &Path, argument: &str) -> Result<Vec<Segment>, CommandError> {
    // Nobody can tell whether a cell was guarded, so a name could differ by a quote.
    if let Some(format @ (Format::Csv | Format::Tsv | Format::Table | Format::Markdown)) =
        Format::of_path(path)
    {
        let message = format!("{argument} {} is {}", path.display(), format.name());
        return Err(CommandError::usage(message, "Export both lists as .ndjson or .json"));
    }
    let text = if is_stdin(path) { read_stdin()? } else { read(path, argument)? };
    let parsed = parse_segments(&text).map_err(|error| {
        malformed(
            argument,
            path,
            &error,
            "It must be what segments export wrote as .ndjson or .json",
        )
    })?;
    Ok(parsed.segments)
}

/// What the report of the new list proves about what is not in it.
fn proof(
    args: &args::Diff,
    new: &[Segment],
    console: &Console,
) -> Result<Option<Proof>, CommandError> {
    let old = args.old_report.as_deref().map(|path| document(path, "--old-report")).transpose()?;
    let Some(path) = &args.report else { return Ok(None) };

    let Document { report: new_report, ids_digest } = document(path, "--report")?;
    if new_report.segments != new.len() as u64 {
        let message = format!(
            "--report {} is about {}, and NEW has {}",
            path.display(),
            plural(new_report.segments, "segment"),
            new.len()
        );
        return Err(CommandError::usage(message, "Name the report of the same export"));
    }
    let proof = Proof::of(&new_report);
    if proof.is_none() {
        console.warn("the report of NEW claims neither that it is complete nor a snapshot");
        return Ok(None);
    }
    // A list of the same length would pass, and what it lacks would be called removed.
    let ids: IdsDigest = new.iter().map(Segment::id).collect();
    if ids_digest != Some(ids.to_hex()) {
        let message = format!("--report {} is not about the segments of NEW", path.display());
        return Err(CommandError::usage(message, "Name the report of the same export"));
    }
    if old.is_some_and(|old| !began_after(&new_report, &old.report)) {
        console.warn("by its report, NEW did not begin after OLD had ended, so it proves nothing");
        return Ok(None);
    }
    Ok(proof)
}

/// Whether an export began after another one had ended, by the server's clock, whose seconds are whole.
fn began_after(new: &Report, old: &Report) -> bool {
    let (began, ended) = (new.interval.and_then(|it| it.from), old.interval.and_then(|it| it.to));
    began.zip(ended).is_some_and(|(began, ended)| began > ended)
}

/// What `--report` of an export wrote.
#[derive(Deserialize)]
struct Document {
    #[serde(flatten)]
    report: Report,
    ids_digest: Option<String>,
}

fn document(path: &Path, flag: &str) -> Result<Document, CommandError> {
    let text = read(path, flag)?;
    serde_json::from_str(&text).map_err(|error| {
        let name = path.display();
        let message = match error.classify() {
            Category::Data => format!("{flag} {name} is JSON, but not a report"),
            Category::Eof => format!("{flag} {name}, line {}: it ends too early", error.line()),
            _ => format!("{flag} {name}, line {}: it is not JSON", error.line()),
        };
        CommandError::usage(message, "It must be what --report of an export wrote")
    })
}
