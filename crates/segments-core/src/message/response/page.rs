use std::fmt;
use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::message::headers::{CacheSign, RateLimit};
use crate::message::json::table::{Table, TableBuilder};
use crate::message::json::{self, Body};
use crate::message::response::Segment;
use crate::message::response::head::Head;

/// One response to one [`ListRequest`](crate::ListRequest): up to 100 segments, in order.
///
/// Equality goes by the segments. serde writes the body of the response, in the order of keys that
/// every recording has (`segments` first, although Braze's documentation shows `message` first).
///
/// ```
/// use segments_core::{Page, Segment};
///
/// let page: Page = [Segment::new("a", "All Users", true, ["vip"])?].into_iter().collect();
/// let response = page.to_http();
/// assert_eq!(response.headers()["content-type"], "application/json");
/// assert!(response.body().ends_with(br#""tags":["vip"]}],"message":"success"}"#));
/// # Ok::<(), segments_core::response::InvalidSegment>(())
/// ```
#[derive(Clone)]
pub struct Page {
    table: Arc<Table>,
    head: Head,
    segments_missing: bool,
    minor_errors: bool,
    /// The rows in which invalid text was replaced, in order.
    replaced: Box<[u32]>,
}

impl Page {
    pub(crate) fn new(body: Body, head: Head) -> Self {
        let Body { table, segments_missing, minor_errors, replaced, .. } = body;
        let replaced = replaced.into_boxed_slice();
        Self { table: Arc::new(table), head, segments_missing, minor_errors, replaced }
    }

    /// How many segments there are.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The segments, in the response's order.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = Segment> + '_ {
        self.rows().map(|row| self.segment(row))
    }

    /// Their ids, in the response's order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.rows().map(|row| self.table.id(row))
    }

    /// The quota in this response's headers.
    pub fn rate_limit(&self) -> &RateLimit {
        &self.head.rate_limit
    }

    /// The response's `X-Request-Id`.
    pub fn request_id(&self) -> Option<&str> {
        self.head.request_id.as_ref().map(|id| &*id.text)
    }

    /// Whether its head shows that it came out of a cache, and is older than the question.
    pub fn cache_sign(&self) -> Option<CacheSign> {
        self.head.cache_sign
    }

    /// Whether the key `segments` was missing, which counts as an empty page. (A client in
    /// production says that Braze leaves it out when there is nothing; no recording shows it.)
    pub fn segments_missing(&self) -> bool {
        self.segments_missing
    }

    /// Whether the response lists minor errors beside its success.
    pub fn has_minor_errors(&self) -> bool {
        self.minor_errors
    }

    /// How many segments had invalid text that was replaced, see
    /// [`Api::replacing_invalid_text`](crate::Api::replacing_invalid_text).
    pub fn replaced_texts(&self) -> usize {
        self.replaced.len()
    }

    pub(crate) fn is_replaced(&self, row: u32) -> bool {
        !self.replaced.is_empty() && self.replaced.binary_search(&row).is_ok()
    }

    /// The segment in this row.
    pub(crate) fn segment(&self, row: u32) -> Segment {
        Segment::from_table(&self.table, row)
    }

    /// A digest of what can be edited of it: name, tracking, tags. Checkpoints store it.
    pub(crate) fn attributes_digest(&self, row: u32) -> u64 {
        self.table.attributes_digest(row)
    }

    /// The response as a server gives it: 200, JSON, and no other header.
    pub fn to_http(&self) -> Response<Vec<u8>> {
        let body = serde_json::to_vec(self).expect("strings and booleans always serialise");
        let mut response = Response::new(body);
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }

    /// The bytes that its segments keep.
    pub(crate) fn memory(&self) -> usize {
        self.table.memory()
    }

    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    // A table is never longer than `u32::MAX` rows.
    #[allow(clippy::cast_possible_truncation)]
    fn rows(&self) -> std::ops::Range<u32> {
        0..self.len() as u32
    }
}

impl PartialEq for Page {
    fn eq(&self, other: &Self) -> bool {
        self.segments().eq(other.segments())
    }
}

impl Eq for Page {}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.segments()).finish()
    }
}

/// # Panics
/// If the texts of the segments exceed 4 GiB together.
impl FromIterator<Segment> for Page {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        let mut builder = TableBuilder::default();
        for segment in segments {
            let tracking = segment.analytics_tracking_enabled();
            builder.push_row(segment.id(), segment.name(), tracking, segment.tags());
        }

        let table = Arc::new(builder.finish().expect("a page is under 4 GiB"));
        let (head, replaced) = (Head::default(), Box::default());
        Self { table, head, segments_missing: false, minor_errors: false, replaced }
    }
}

/// From the body of a response, more strictly than [`Api::read`](crate::Api::read): `segments` must be
/// there. What only a head says, such as the quota, is not known then.
impl<'de> Deserialize<'de> for Page {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(json::whole_page(deserializer)?, Head::default()))
    }
}

impl Serialize for Page {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Rows<'a>(&'a Page);
        impl Serialize for Rows<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.0.segments())
            }
        }

        let mut page = serializer.serialize_struct("Page", 2)?;
        page.serialize_field("segments", &Rows(self))?;
        page.serialize_field("message", "success")?;
        page.end()
    }
}
