use std::fmt;

use crate::message::counted::counted;
use crate::message::request::ListRequest;

/// How pages can fail to make a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PagingError {
    /// The page is the same as an earlier one: the server does not page.
    RepeatedPage {
        /// The earlier one.
        of: ListRequest,
    },
    /// Several pages in a row held nothing new.
    NoProgress {
        /// How many.
        pages: u32,
    },
    /// One page holds a segment twice.
    RepeatedId {
        /// Where it stands the second time, counted from 0.
        row: usize,
    },
    /// There are rows behind the end of the list: it changed while it was read.
    RowsAfterEnd {
        /// The empty page before it.
        end: u32,
    },
    /// More pages than the plan allows.
    PageLimit {
        /// The limit.
        pages: u32,
    },
    /// More requests than the plan allows.
    RequestLimit {
        /// The limit.
        requests: u64,
    },
    /// More memory than the plan allows.
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
                "the server seems to ignore the page number; look for a proxy, gateway or cache that drops the query"
            }
            Self::RepeatedId { .. } => "report this to Braze: an id must be unique within a page",
            Self::RowsAfterEnd { .. } => "the list changed while it was read; run again",
            Self::PageLimit { .. } | Self::RequestLimit { .. } | Self::MemoryLimit { .. } => {
                "raise the limit if the workspace is really that large"
            }
        }
    }
}

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
