//! What an export gave, held against what it was told.

use std::collections::HashSet;

use segments_core::error::PagingError;
use segments_core::report::Completeness;
use segments_core::{ErrorKind, Goal, Segment};

use super::Machine;

impl Machine {
    pub(super) fn judge(&mut self) {
        let mut seen = HashSet::new();
        for segment in self.given.segments() {
            assert!(seen.insert(segment.id()), "a segment was given twice");
            assert!(self.told.contains(segment.id()), "a segment of nobody's");
        }
        if self.honest {
            self.judge_honest();
        }
    }

    /// Nothing but the truth was told, though late, twice or not at all.
    fn judge_honest(&self) {
        let plan = self.export.plan();
        let truth = self.list.ids(plan.sort_direction);
        let given = |list: &[Segment]| -> Vec<String> {
            list.iter().map(|segment| segment.id().to_owned()).collect()
        };
        match self.end.as_ref().expect("an end") {
            Ok(report) => {
                assert_eq!(given(&self.given.clone().finish(report)), truth);
                assert!(
                    report.missed_by_first_pass == 0 && report.unlisted_meanwhile.is_empty(),
                    "{report:?}"
                );
                let complete = report.completeness == Completeness::Complete;
                assert!(report.gaps.is_empty() || !complete, "{report:?}");
            }
            Err(error) => {
                if plan.goal == Goal::Walk {
                    assert!(truth.starts_with(&given(self.given.segments())));
                }
                let blamed = match error.kind() {
                    ErrorKind::Paging(fault) => !is_limit(fault),
                    ErrorKind::NotProven(_) => plan.goal == Goal::Complete,
                    _ => false,
                };
                assert!(!blamed, "an honest server is blamed: {error}");
            }
        }
    }
}

fn is_limit(fault: &PagingError) -> bool {
    matches!(
        fault,
        PagingError::PageLimit { .. }
            | PagingError::RequestLimit { .. }
            | PagingError::MemoryLimit { .. }
    )
}
