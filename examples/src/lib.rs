//! One small program for each HTTP stack around the core. All have the same contract:
//!
//! - they read `BRAZE_BASE_URL` and `BRAZE_API_KEY`;
//! - they write the list as NDJSON to standard output, and the report's one line to standard error;
//! - they exit with 0 if the list is proven complete, and with 1 and the reason if not.
//!
//! | program | HTTP stack |
//! |---|---|
//! | `blocking` | segments-blocking, over ureq |
//! | `hyper` | segments-hyper with its own client |
//! | `reqwest` | reqwest under the reader of segments-hyper |
//! | `tower` | a tower stack with a timeout, a concurrency limit and a trace |
//! | `by_hand` | a `TcpStream` and httparse, no HTTP client |
//! | `threads` | std threads, eight requests in flight |
//! | `metrics` | as `blocking`, with counters of every exchange |
//!
//! `axum` is a service, and has a contract of its own. `wasm/` beside this crate has the core as a
//! WebAssembly module, and keeps the contract with Node's `fetch`. `nats/` and `restate/` are workers
//! for many machines.
//!
//! ```sh
//! BRAZE_BASE_URL=https://rest.iad-01.braze.com BRAZE_API_KEY=… \
//!     cargo run --package segments-examples --bin hyper
//! ```

#![forbid(unsafe_code)]

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use segments_core::{Api, ApiKey, Endpoint, Report, Segment};

/// What an example has at its end.
pub type Outcome = Result<(Vec<Segment>, Report), Box<dyn std::error::Error>>;

/// The endpoint and the key, from the environment.
///
/// # Errors
/// If a variable is missing, or its value is not usable.
pub fn api() -> Result<Api, Box<dyn std::error::Error>> {
    let variable = |name| env::var(name).map_err(|error| format!("{name}: {error}"));
    let endpoint = Endpoint::new(&variable("BRAZE_BASE_URL")?)?;
    let key = ApiKey::new(variable("BRAZE_API_KEY")?)?;

    Ok(Api::new(endpoint, key))
}

/// Writes what an example has, and tells how it ended.
pub fn finish(outcome: Outcome) -> ExitCode {
    match outcome.and_then(|(segments, report)| write(&segments, &report)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(segments: &[Segment], report: &Report) -> Result<(), Box<dyn std::error::Error>> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    for segment in segments {
        serde_json::to_writer(&mut output, segment)?;
        output.write_all(b"\n")?;
    }
    output.flush()?;
    eprintln!("{report}");

    Ok(())
}
