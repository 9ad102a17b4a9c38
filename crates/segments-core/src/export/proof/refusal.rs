//! Why nothing is claimed of a list.

use crate::export::proof::claims::{ProvenBy, Verdict, has_closed_path, judge};
use crate::export::proof::evidence::Evidence;
use crate::export::proof::runs::Runs;
use crate::export::proof::terms::UnprovenGap;
use crate::export::seen::ids::IdTable;
use crate::message::error::NotProven;
use crate::message::request::ListRequest;

/// A page that was shorter than others although more followed, and how many segments it had.
pub(crate) type CutPage = (ListRequest, usize);

/// What is proven of a list when no page is left to read, or why nothing is.
pub(crate) fn conclude(
    evidence: &Evidence,
    longest: usize,
    cut_page: Option<CutPage>,
) -> (Result<ProvenBy, NotProven>, Option<Runs>) {
    let (verdict, order) = judge(evidence, longest);
    let result = match verdict {
        Verdict::Proven(by) => Ok(by),
        Verdict::Open | Verdict::Contradicted => Err(why_not_proven(evidence, longest, cut_page)),
    };
    (result, order)
}

fn why_not_proven(evidence: &Evidence, longest: usize, cut_page: Option<CutPage>) -> NotProven {
    if is_order_broken(evidence, longest) {
        return NotProven::OrderContradicted;
    }
    if let Some((request, rows)) = cut_page {
        return NotProven::ShortPage { request, rows };
    }
    match evidence.count_proof.missing(longest) {
        0 => NotProven::Gaps { gaps: evidence.gaps().len() },
        segments => NotProven::Missing { segments },
    }
}

/// Why there is no snapshot after so many passes.
pub(crate) fn why_no_snapshot(
    evidence: &Evidence,
    longest: usize,
    cut_page: Option<CutPage>,
    passes: u32,
) -> NotProven {
    if let Some((request, rows)) = cut_page {
        return NotProven::ShortPage { request, rows };
    }
    if is_order_broken(evidence, longest) {
        return NotProven::OrderContradicted;
    }
    NotProven::NotStabilised { passes }
}

/// Whether `stable_order` does not hold: pages contradict each other, or have nothing to do with
/// each other.
fn is_order_broken(evidence: &Evidence, longest: usize) -> bool {
    match judge(evidence, longest).0 {
        Verdict::Contradicted => true,
        // Only what is not connected can have kept this from a proof.
        Verdict::Open => has_closed_path(evidence, longest),
        Verdict::Proven(_) => false,
    }
}

/// Where no page shows two neighbours side by side, for the report.
pub(crate) fn unproven_gaps(evidence: &Evidence, ids: &IdTable) -> Vec<UnprovenGap> {
    let id = |segment| ids.get(segment);
    let gaps = evidence.gaps().into_iter();
    gaps.map(|gap| UnprovenGap { after: gap.after.map(id), before: gap.before.map(id) }).collect()
}
