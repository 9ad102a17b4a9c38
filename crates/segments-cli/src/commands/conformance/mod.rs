//! `segments conformance`: another client in every situation of the emulator.

mod table;

use std::ffi::OsStr;
use std::io::{self, Write};

use segments_conformance::{Case, Finding, Suite};

use crate::args::{Conformance, TableFormat};
use crate::error::CommandError;
use crate::files::Sink;
use crate::signal::Signals;

/// Runs the cases until the last one has ended or a signal comes.
pub(super) async fn run(args: Conformance, signals: &mut Signals) -> Result<(), CommandError> {
    let cases = if args.cases.is_empty() { Case::all() } else { args.cases.clone() };
    let mut sink = Sink::stdout();
    if args.list {
        let written = table::write_cases(&cases, &mut sink);
        written.map_err(|error| sink.write_error(&error))?;
        return sink.finish().map(drop);
    }

    let is_table = args.format == TableFormat::Table;
    let mut written = if is_table { table::write_header(&mut sink) } else { Ok(()) };
    let show = |finding: &Finding| {
        if is_table && written.is_ok() {
            written = table::write_finding(finding, &mut sink);
        }
    };
    let suite = suite(&args, cases);
    let findings = tokio::select! {
        findings = suite.run(show) => findings.map_err(|error| not_run(&error))?,
        signal = signals.first() => return Err(CommandError::Stopped(signal)),
    };

    let finished = written.and_then(|()| match args.format {
        TableFormat::Table => table::write_summary(&findings, &mut sink),
        TableFormat::Json => write_json(&findings, &mut sink),
    });
    finished.map_err(|error| sink.write_error(&error))?;
    sink.finish()?;
    verdict_on(&findings)
}

fn suite(args: &Conformance, cases: Vec<Case>) -> Suite {
    let mut command = args.command.iter();
    let program = command.next().map_or(OsStr::new(""), |program| program);
    command
        .fold(Suite::new(program), Suite::arg)
        .cases(cases)
        .timeout(args.timeout)
        .jobs(args.jobs.into())
}

fn write_json(findings: &[Finding], sink: &mut Sink) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *sink, findings)?;
    writeln!(sink)
}

fn not_run(error: &io::Error) -> CommandError {
    let advice = "Name the client after --, with its path unless it is in PATH";
    CommandError::usage(format!("cannot run {error}"), advice)
}

fn verdict_on(findings: &[Finding]) -> Result<(), CommandError> {
    let wrong = findings.iter().filter(|finding| !finding.is_right()).count() as u64;
    match wrong {
        0 => Ok(()),
        wrong => Err(CommandError::NotConformant { wrong, cases: findings.len() as u64 }),
    }
}
