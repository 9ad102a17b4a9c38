use std::collections::VecDeque;

use http::Method;
use segments_core::SortDirection;
use segments_core::response::Timestamp;
use serde::{Serialize, Serializer};

/// What was answered, newest last, for assertions.
///
/// Bounded: the last [`Log::CAPACITY`] answers are kept, and all are counted. It holds no key, no
/// path and no query, so that it may be printed anywhere.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Log {
    total: u64,
    entries: VecDeque<Answered>,
}

impl Log {
    /// The number of answers that are kept.
    pub const CAPACITY: usize = 10_000;

    /// All that were given since the log was last cleared, those no longer kept included.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Those that are kept, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Answered> + ExactSizeIterator {
        self.entries.iter()
    }

    pub(crate) fn push(&mut self, mut answered: Answered) {
        self.total += 1;
        answered.number = self.total;
        if self.entries.len() == Self::CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(answered);
    }
}

/// One answer of the [`Log`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Answered {
    /// Which answer it was, counted from 1 since the log was last cleared.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// The method of the request.
    #[serde(serialize_with = "method")]
    pub method: Method,
    /// The page that was asked for; `None` if the request named no usable one.
    pub page: Option<u32>,
    /// The order that was asked for, if the request named one.
    pub sort_direction: Option<SortDirection>,
    /// The status of the answer, also of one that was then cut or never delivered.
    pub status: u16,
    /// Which rule of the script answered, counted from 0; `None` for an ordinary answer.
    pub fault: Option<usize>,
}

fn method<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(method.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_answers_leave_first() {
        let answered = Answered {
            number: 0,
            at: Timestamp::from_unix(0),
            method: Method::GET,
            page: Some(0),
            sort_direction: None,
            status: 200,
            fault: None,
        };
        let mut log = Log::default();
        for _ in 0..=Log::CAPACITY {
            log.push(answered.clone());
        }
        assert_eq!(log.total(), 10_001);
        assert_eq!(log.entries().len(), 10_000);
        assert_eq!(log.entries().next().map(|entry| entry.number), Some(2));
        assert_eq!(log.entries().next_back().map(|entry| entry.number), Some(10_001));
    }
}
