//! Findings for people: a line for each case, as soon as it has ended.

use std::collections::BTreeMap;
use std::io::{self, Write};

use segments_conformance::{Case, Finding};

use crate::text::escape::escaped;
use crate::text::plural::plural;

/// No case has a longer name.
const NAME: usize = 20;

/// The longest verdict.
const VERDICT: usize = 11;

/// Writes the name of each case, and what happens in it.
pub(super) fn write_cases(cases: &[Case], out: &mut impl Write) -> io::Result<()> {
    for case in cases {
        writeln!(out, "{:NAME$}  {}", case.name(), case.about())?;
    }
    Ok(())
}

pub(super) fn write_header(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{:NAME$}  {:VERDICT$}    found  requests    time", "case", "verdict")?;
    out.flush()
}

pub(super) fn write_finding(finding: &Finding, out: &mut impl Write) -> io::Result<()> {
    let (name, verdict) = (finding.case.name(), finding.verdict);
    let found = format!("{}/{}", finding.found, finding.expected);
    let seconds = finding.time.as_secs_f64();
    let requests = finding.requests;

    let line =
        format!("{name:NAME$}  {verdict:VERDICT$}  {found:>7}  {requests:>8}  {seconds:>4.1} s");
    writeln!(out, "{}", format!("{line}  {}", escaped(&finding.detail)).trim_end())?;
    out.flush()
}

/// Writes how many cases have each verdict, and what to check if the client always fails.
pub(super) fn write_summary(findings: &[Finding], out: &mut impl Write) -> io::Result<()> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.verdict).or_insert(0_u64) += 1;
    }

    let counts: Vec<_> =
        counts.iter().rev().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    writeln!(out, "\n{}: {}", plural(findings.len() as u64, "case"), counts.join(", "))?;

    let fails_always = |finding: &&Finding| finding.case.is_ordinary() && !finding.is_right();
    if let Some(finding) = findings.iter().find(fails_always) {
        let name = finding.case.name();
        writeln!(
            out,
            "\nNothing goes wrong in {name}, so the command may not be used as it should: it reads \
             BRAZE_BASE_URL and BRAZE_API_KEY, and prints each id on a line, or NDJSON or CSV with id."
        )?;
    }
    Ok(())
}
