//! `cargo xtask soak` runs this.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

use segments_tests::soak::{Limits, deep, soak};

const USAGE: &str = "\
Usage: soak [--exports N] [--seconds S] [--seed S] [--threads N] [--emulator] [--deep]

  --exports N  random exports in all; one million by default
  --seconds S  begin nothing new after so long; 300 by default
  --seed S     the first seed; 0 by default
  --threads N  by default as many as there are processors
  --emulator   its workspace answers, instead of the model
  --deep       every history of the larger small lists instead; takes a while";

fn main() -> ExitCode {
    let mut limits = Limits {
        exports: 1_000_000,
        time: Duration::from_secs(300),
        seed: 0,
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        emulator: false,
    };

    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        if arg == "--deep" {
            println!("{:?}", deep());
            return ExitCode::SUCCESS;
        }
        if arg == "--emulator" {
            limits.emulator = true;
            continue;
        }
        let Some(value) = args.next().and_then(|value| value.parse::<u64>().ok()) else {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        };
        match arg.as_str() {
            "--exports" => limits.exports = value,
            "--seconds" => limits.time = Duration::from_secs(value),
            "--seed" => limits.seed = value,
            "--threads" => limits.threads = usize::try_from(value).unwrap_or(1).max(1),
            _ => {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            }
        }
    }

    let table = soak(limits);
    print!("{table}");
    if table.total(false).wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
