//! What a report may say after an error: what was done, and nothing about the list.

use segments_core::report::{Completeness, OrderBasis};
use segments_core::{Goal, Report};

use super::hold::hold;
use super::run::Run;
use super::setup::Setup;

/// After an error a report claims nothing, whatever the goal and the reason.
pub(super) fn claims_nothing(setup: &Setup, run: &Run) -> Result<(), &'static str> {
    let report @ Report { completeness, .. } = &run.report;
    let nothing = match setup.goal {
        Goal::Walk => Completeness::Unverified,
        _ => Completeness::NotProven,
    };
    hold(!report.ended, "ended, after an error")?;
    hold(*completeness == nothing, "completeness after an error")?;
    hold(report.snapshot.is_none(), "a snapshot after an error")?;
    hold(report.assumptions.is_empty(), "an assumption after an error")?;

    hold(
        report.unlisted_meanwhile.is_empty() && report.edited_meanwhile.is_empty(),
        "segments after an error",
    )?;

    hold(report.missed_by_first_pass == 0, "late after an error")?;
    hold(report.order_basis == OrderBasis::AsRead, "an order after an error")?;
    let handed: usize = run.batches.iter().map(Vec::len).sum();
    hold(report.segments == handed as u64, "segments that were never handed out")
}
