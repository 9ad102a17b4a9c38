use std::collections::VecDeque;

use http::Method;
use segments_core::SortDirection;
use segments_core::response::Timestamp;
use serde::{Serialize, Serializer};

/// The responses of a workspace, for the assertions of a test.
///
/// It keeps the last [`Log::CAPACITY`] entries and counts all. It holds no key, no path and no
/// query, so it is safe to print.
///
/// ```
/// use std::time::Duration;
/// use segments_core::{Api, ApiKey, Endpoint, ListRequest};
/// use segments_emulator::Workspace;
///
/// let mut workspace = Workspace::new().with_key("k");
/// let api = Api::new(Endpoint::new("http://127.0.0.1")?, ApiKey::new("wrong")?);
/// workspace.answer(&api.request(ListRequest::page(3)), Duration::ZERO);
///
/// let entries: Vec<_> = workspace.log().entries().collect();
/// assert_eq!((entries[0].page, entries[0].status), (Some(3), 401));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, Serialize)]
pub struct Log {
    total: u64,
    entries: VecDeque<LogEntry>,
}

impl Log {
    /// How many entries are kept.
    pub const CAPACITY: usize = 10_000;

    /// The number of responses since the log was last cleared, with those that are no longer kept.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The entries that are kept, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &LogEntry> + ExactSizeIterator {
        self.entries.iter()
    }

    /// Appends an entry and gives it its number.
    pub(crate) fn push(&mut self, mut entry: LogEntry) {
        self.total += 1;
        entry.number = self.total;

        if self.entries.len() == Self::CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }
}

/// One response in the [`Log`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LogEntry {
    /// The number of the response, counted from 1 since the log was last cleared.
    pub number: u64,
    /// When it was made, by the clock of the caller.
    pub at: Timestamp,
    /// The method of the request.
    #[serde(serialize_with = "serialize_method")]
    pub method: Method,
    /// The page of the request, counted from 0; `None` if its path or query is invalid.
    pub page: Option<u32>,
    /// The order of the request; `None` if it names none.
    pub sort_direction: Option<SortDirection>,
    /// Which key the request was sent with, counted from 0 in the order in which they were added;
    /// `None` if it is not a key of the workspace.
    pub key: Option<usize>,
    /// The status, also of a response that was then cut or never delivered.
    pub status: u16,
    /// The index in the script of the fault that fired, counted from 0; `None` for the usual
    /// response.
    pub fault: Option<usize>,
}

fn serialize_method<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(method.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entries_are_dropped_first() {
        let entry = LogEntry {
            number: 0,
            at: Timestamp::from_unix(0),
            method: Method::GET,
            page: Some(0),
            sort_direction: None,
            key: None,
            status: 200,
            fault: None,
        };
        let mut log = Log::default();

        for _ in 0..=Log::CAPACITY {
            log.push(entry.clone());
        }

        assert_eq!(log.total(), 10_001);
        assert_eq!(log.entries().len(), 10_000);
        assert_eq!(log.entries().next().map(|entry| entry.number), Some(2));
        assert_eq!(log.entries().next_back().map(|entry| entry.number), Some(10_001));
    }
}
