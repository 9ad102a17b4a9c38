use std::fmt;

use crate::message::counted::counted;
use crate::message::request::ListRequest;

/// How pages can fail to be a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PagingError {
    /// The page has the same segments as an earlier one: the server ignores the page number.
    RepeatedPage {
        /// The earlier page.
        of: ListRequest,
    },
    /// Several pages in a row had no new segments.
    NoProgress {
        /// How many pages.
        pages: u32,
    },
    /// A segment appears twice on one page.
    RepeatedId {
        /// The index of the second one, from 0.
        row: usize,
    },
    /// There are segments after the end of the list, which changed while it was read.
    RowsAfterEnd {
        /// The empty page before them.
        end: u32,
    },
    /// The list has more pages than the plan allows.
    PageLimit {
        /// The limit.
        pages: u32,
    },
    /// The export needs more requests than the plan allows.
    RequestLimit {
        /// The limit.
        requests: u64,
    },
    /// The list needs more memory than the plan allows.
    MemoryLimit {
        /// The limit, in bytes.
        bytes: usize,
    },
}

impl PagingError {
    pub(crate) const fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::PageLimit { .. } | Self::RequestLimit { .. } | Self::MemoryLimit { .. }
        )
    }

    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::RepeatedPage { .. } | Self::NoProgress { .. } => {
                "the server seems to ignore the page number; look for a proxy, gateway or cache \
                 that drops the query"
            }
            Self::RepeatedId { .. } => "report this to Braze: an id must be unique within a page",
            Self::RowsAfterEnd { .. } => "the list changed while it was read; run again",
            Self::PageLimit { .. } | Self::RequestLimit { .. } | Self::MemoryLimit { .. } => {
                "raise the limit if the workspace is really that large"
            }
        }
    }
}

impl std::error::Error for PagingError {}

impl fmt::Display for PagingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RepeatedPage { of } => {
                write!(f, "the page has the same segments as {}", of.place())
            }
            Self::NoProgress { pages } => {
                write!(f, "{} in a row had no new segments", counted(*pages, "page"))
            }
            Self::RepeatedId { row } => {
                write!(f, "a segment appears twice on the page, the second time in row {row}")
            }
            Self::RowsAfterEnd { end } => {
                write!(f, "there are segments after page {end}, which was empty")
            }
            Self::PageLimit { pages } => {
                write!(f, "the list has more than {}", counted(*pages, "page"))
            }
            Self::RequestLimit { requests } => {
                write!(f, "the export needs more than {}", counted(*requests, "request"))
            }
            Self::MemoryLimit { bytes } => {
                write!(f, "the list needs more than {} of memory", counted(*bytes, "byte"))
            }
        }
    }
}
