//! What `--help` says beside the flags.

use crate::error;
use crate::text::wrap::wrap;

/// Examples come before the flags: they are what most people look for.
pub(crate) const TEMPLATE: &str = "\
{about-with-newline}
{usage-heading} {usage}

{before-help}{all-args}{after-help}";

/// Of `--report`, wherever it writes one.
pub(super) const REPORT: &str =
    "Also write a JSON report of what was done and proven, even on failure";

/// Of `--exit-code`.
pub(super) const EXIT_CODE: &str = "Exit with 1 if anything has changed, as git diff has it";

/// Of `--replace-invalid-text`.
pub(super) const REPLACE_INVALID_TEXT: &str =
    "Accept invalid text in names and tags, such as half an emoji: U+FFFD replaces it";

pub(crate) const EXAMPLES: &str = "\
Examples:
  segments export --demo               sample data, no key, no network
  segments export --instance us-01     with the key in BRAZE_API_KEY
  segments export --instance us-01 -o segments.csv";

pub(crate) const EXPORT_EXAMPLES: &str = "\
Examples:
  segments export --demo
  segments export --instance us-01 -o segments.csv
  segments export --instance us-01 | jq -r .name
  segments export --instance us-01 -o list.json --checkpoint list.saved
  segments export --workspaces workspaces.toml --output-dir lists";

pub(crate) const CHECK_EXAMPLES: &str = "\
Examples:
  segments check --instance us-01
  segments check --profile eu --format json
  segments check --workspaces workspaces.toml";

pub(crate) const GET_EXAMPLES: &str = "\
Examples:
  segments get --instance us-01
  segments get --instance us-01 --page 3 --sort desc --format json";

pub(crate) const DIFF_EXAMPLES: &str = "\
Examples:
  segments diff old.ndjson new.ndjson --report new.report.json
  segments export --instance us-01 | segments diff yesterday.ndjson -
  segments diff a.json b.json --format table --exit-code";

pub(crate) const SYNC_EXAMPLES: &str = "\
Examples:
  segments sync --instance us-01 --state list.state
  segments sync --instance us-01 --state list.state --max-removed 10%
  segments sync --instance us-01 --state list.state >> changes.ndjson
  segments sync --workspaces workspaces.toml --state-dir states";

pub(crate) const WATCH_EXAMPLES: &str = "\
Examples:
  segments watch --instance us-01 --state list.state --every 15m
  segments watch --instance us-01 --state list.state >> changes.ndjson";

pub(crate) const TAP_EXAMPLES: &str = "\
Examples:
  segments tap --config config.json | target-jsonl
  segments tap --config config.json --discover > catalog.json
  segments tap --config config.json --state state.json | target-jsonl";

pub(crate) const AIRBYTE_EXAMPLES: &str = "\
Examples:
  segments airbyte spec
  segments airbyte check --config config.json
  segments airbyte read --config config.json --catalog catalog.json";

pub(crate) const REPLAY_EXAMPLES: &str = "\
Examples:
  segments export --instance us-01 --record export.record
  segments replay export.record --verbose
  segments replay export.record -o segments.csv --report report.json";

pub(crate) const SERVE_EXAMPLES: &str = "\
Examples:
  segments serve
  segments serve --listen 127.0.0.1:0 --segments 2000
  segments serve --load segments.ndjson --faults faults.json";

pub(crate) const CONFORMANCE_EXAMPLES: &str = "\
Examples:
  segments conformance -- ./my-client --all
  segments conformance --case archived -- python3 client.py
  segments conformance --list";

pub(crate) const VERDICTS: &str = "\
The command gets BRAZE_BASE_URL and BRAZE_API_KEY, and prints the ids
of the list: one a line, NDJSON with id, or CSV with a column id.

Verdicts:
  whole        exit code 0, and every segment listed all the time
  loud         another exit code: right, unless nothing went wrong
  SILENT LOSS  exit code 0, and fewer segments
  INVENTED     exit code 0, and an id that was never listed
  DUPLICATED   exit code 0, and an id more than once
  HUNG         no end within --timeout; the process group is killed
  LEAKED KEY   the key in its output, or sent to another host

Exit codes: 0 if every case is right, 1 if not, 2 for wrong usage.";

pub(crate) const FAULTS: &str = "\
Faults:
  [{\"page\": 2, \"times\": 3, \"kind\": {\"status\": {\"code\": 503}}}]
  A rule may also have sort_direction, after (how many requests pass
  first), delay_ms and headers. The README of segments-emulator lists
  the kinds.";

/// The heading of the flags that every command has.
pub(crate) const MORE: &str = "More";

/// What follows the flags: exit codes and environment.
pub(crate) fn after() -> String {
    format!("{}\n\n{}", error::table(), environment())
}

/// The same for an export, whose goals need more words than the help of a flag has.
pub(crate) fn after_export() -> String {
    format!("{GOALS}\n\n{}", after())
}

const GOALS: &str = "\
Goals:
  complete  every segment that existed throughout the export, proven
  snapshot  the list as it was at one moment
  walk      every page once: fewest requests, streams, proves nothing";

/// The environment variables, for `--help` and the manual page.
pub(crate) const VARIABLES: [(&str, &str); 4] = [
    ("BRAZE_API_KEY", "REST API key with the permission segments.list"),
    ("BRAZE_BASE_URL", "REST endpoint, such as https://rest.iad-01.braze.com"),
    ("SEGMENTS_PROFILE", "profile of the configuration file"),
    (
        "HTTPS_PROXY, NO_PROXY",
        "proxy for requests to other machines; NO_PROXY takes names, addresses, networks \
         (10.0.0.0/8), * for all",
    ),
];

/// The variables as lines for a terminal.
fn environment() -> String {
    const WIDTH: usize = 79;
    const INDENT: usize = 25;

    let mut table = "Environment:".to_owned();
    for (name, meaning) in VARIABLES {
        let line = format!("  {name:<21}  {meaning}");
        table.push('\n');
        table.push_str(&wrap(&line, WIDTH, INDENT));
    }
    table
}

/// What only this command has to say, of all that follows its flags.
pub(crate) fn own_notes(after_help: &str) -> &str {
    let shared = [after(), error::table()];
    let own = shared.iter().find_map(|shared| after_help.strip_suffix(shared.as_str()));
    own.unwrap_or(after_help).trim_end()
}

#[cfg(test)]
mod tests {
    use segments_emulator::Script;

    use super::*;

    #[test]
    fn the_example_of_a_fault_is_one() {
        let example = FAULTS.lines().nth(1).unwrap();
        assert_eq!(example.parse::<Script>().unwrap().faults().len(), 1);
    }
}
