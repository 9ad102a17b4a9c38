use std::fmt;

use http::Request;
use serde::{Deserialize, Serialize};

use crate::message::request::SortDirection;

/// The parameters of `GET /segments/list`: which page, in which order.
///
/// `page` is written unless it is 0, the documented default since 2016. `sort_direction` is written
/// if it is given. The default order was newest first in 2015 (recorded) and is oldest first today,
/// so [`Export`](crate::Export) always gives one.
///
/// ```
/// use segments_core::{ListRequest, SortDirection};
///
/// let third = ListRequest::page(2).sort(SortDirection::Desc);
/// assert_eq!(third.to_string(), "/segments/list?page=2&sort_direction=desc");
/// assert_eq!(ListRequest::default().to_string(), "/segments/list");
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct ListRequest {
    /// The page number, from 0 (documented).
    pub page: u32,
    /// The order by time of creation; without one it is the server's (oldest first).
    pub sort_direction: Option<SortDirection>,
}

impl ListRequest {
    /// The path on every instance.
    pub const PATH: &'static str = "/segments/list";

    /// The documented maximum of segments on a page. No proof relies on it.
    pub const PAGE_SIZE: usize = 100;

    /// The page with this number, from 0, in the server's order.
    pub const fn page(page: u32) -> Self {
        Self { page, sort_direction: None }
    }

    /// The same page in this order.
    #[must_use]
    pub const fn sort(self, direction: SortDirection) -> Self {
        Self { sort_direction: Some(direction), ..self }
    }

    /// Reads the request on the server's side, the opposite of
    /// [`Api::request`](crate::Api::request).
    ///
    /// Other parameters are ignored, as Braze does (inferred). Of a repeated one the last counts,
    /// as in Braze's framework. Method, body and key are not checked.
    ///
    /// # Errors
    /// [`InvalidListRequest`] for another path or an unusable value. What Braze does with those is
    /// not documented.
    pub fn from_http<T>(request: &Request<T>) -> Result<Self, InvalidListRequest> {
        let uri = request.uri();
        if uri.path() != Self::PATH {
            return Err(InvalidListRequest::Path);
        }

        let (mut page, mut direction) = (None, None);
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or("").as_bytes()) {
            match &*name {
                "page" => page = Some(value),
                "sort_direction" => direction = Some(value),
                _ => {}
            }
        }

        let direction = direction.map(|value| value.parse()).transpose();
        Ok(Self {
            page: page.map_or(Ok(0), |value| parse_page(&value))?,
            sort_direction: direction.map_err(|_| InvalidListRequest::SortDirection)?,
        })
    }
}

impl ListRequest {
    /// The page for people: `page 3 (asc)`.
    pub(crate) fn place(self) -> impl fmt::Display {
        PageName(self)
    }
}

struct PageName(ListRequest);

impl fmt::Display for PageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "page {}", self.0.page)?;
        self.0.sort_direction.map_or(Ok(()), |direction| write!(f, " ({direction})"))
    }
}

/// Path and query, as they are sent.
impl fmt::Display for ListRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::PATH)?;

        let has_page = self.page != 0;
        if has_page {
            write!(f, "?page={}", self.page)?;
        }
        if let Some(direction) = self.sort_direction {
            f.write_str(if has_page { "&sort_direction=" } else { "?sort_direction=" })?;
            f.write_str(direction.as_str())?;
        }
        Ok(())
    }
}

/// `u32::from_str` takes `+5`, which no list of ours ever sends.
fn parse_page(value: &str) -> Result<u32, InvalidListRequest> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidListRequest::Page);
    }
    value.parse().map_err(|_| InvalidListRequest::PageTooLarge)
}

/// Why a request is not a [`ListRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidListRequest {
    /// Its path is not [`ListRequest::PATH`].
    Path,
    /// `page` is not a non-negative integer.
    Page,
    /// `page` is larger than 4,294,967,295.
    PageTooLarge,
    /// `sort_direction` is neither `asc` nor `desc`.
    SortDirection,
}

impl fmt::Display for InvalidListRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path => "the path is not /segments/list",
            Self::Page => "page must be a non-negative integer",
            Self::PageTooLarge => "page must be at most 4294967295",
            Self::SortDirection => "sort_direction must be asc or desc",
        })
    }
}

impl std::error::Error for InvalidListRequest {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(target: &str) -> Result<ListRequest, InvalidListRequest> {
        ListRequest::from_http(&Request::get(target).body(()).unwrap())
    }

    #[test]
    fn what_clients_send_is_read() {
        for target in [
            "/segments/list",
            "/segments/list?",
            "/segments/list?page=0",
            "/segments/list?page=%30",
            "/segments/list?page=7&page=0",
            "/segments/list?page=x&page=0",
            "/segments/list?page_size=100&last_edit.time%5Bgt%5D=2020-01-01",
            "https://rest.iad-01.braze.com/segments/list",
        ] {
            assert_eq!(read(target), Ok(ListRequest::default()), "{target}");
        }

        let second = ListRequest::page(1).sort(SortDirection::Desc);
        assert_eq!(read("/segments/list?page=1&sort_direction=desc"), Ok(second));
    }

    #[test]
    fn unusable_values_are_named() {
        for page in ["-1", "+1", "abc", "1.5", "", "%FF"] {
            let target = format!("/segments/list?page={page}");
            assert_eq!(read(&target), Err(InvalidListRequest::Page), "{page}");
        }

        assert_eq!(read("/segments/list?page=4294967295"), Ok(ListRequest::page(u32::MAX)));

        for page in ["4294967296", "18446744073709551616", "100000000000000000000"] {
            let target = format!("/segments/list?page={page}");
            assert_eq!(read(&target), Err(InvalidListRequest::PageTooLarge), "{page}");
        }

        let target = "/segments/list?sort_direction=ASC";
        assert_eq!(read(target), Err(InvalidListRequest::SortDirection));
        assert_eq!(read("/segments/list/"), Err(InvalidListRequest::Path));
    }
}
