//! How an export ends, and what it gave, held against what it was told.

use std::collections::HashSet;

use segments_core::error::PagingError;
use segments_core::report::Completeness;
use segments_core::{ErrorKind, Goal, Segment, Step};

use super::Machine;

impl Machine {
    /// From here on the server is honest and at hand.
    pub(in super::super) fn finish(&mut self) {
        for _ in 0..500 {
            self.drain();
            self.check();
            if self.end.is_some() {
                return self.judge();
            }
            let wanted = self.export.poll_fetches(self.now);
            if wanted.is_empty() {
                self.now = self.export.poll_timeout(self.now).expect("something to wait for");
            }
            for fetch in wanted {
                self.receive(&fetch, &self.list.page(fetch.list()).to_http());
            }
        }

        panic!("no end: {:?}", self.export.report());
    }

    /// As [`Machine::finish`], without a word about the result.
    pub(in super::super) fn run_out(&mut self) {
        drop((self.export.report(), self.export.checkpoint(self.now)));
        self.poll_to_end();
        drop((self.export.report(), self.export.checkpoint(self.now)));
    }

    fn poll_to_end(&mut self) {
        for _ in 0..200 {
            match self.export.poll(self.now) {
                Ok(Step::Batch(batch)) => self.given.apply(batch),
                Ok(Step::Send(fetch)) => {
                    let page = self.list.page(fetch.list()).to_http();
                    self.export.handle_response(&fetch, self.now, &page);
                }
                Ok(Step::Wait { until }) => self.now = until,
                Ok(Step::Done(report)) => {
                    self.given.clone().finish(&report);
                    return;
                }
                Err(_) => return,
            }
        }
    }

    fn judge(&mut self) {
        let mut seen = HashSet::new();
        for segment in self.given.segments() {
            assert!(self.told.contains(segment.id()), "a segment of nobody's");
            assert!(seen.insert(segment.id().to_owned()), "a segment was given twice");
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
                    assert!(truth.starts_with(&given(&self.given.segments().collect::<Vec<_>>())));
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
