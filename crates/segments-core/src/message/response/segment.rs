use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::message::json;
use crate::message::json::table::{Table, TableBuilder};

/// One segment of a workspace.
///
/// A handle that is cheap to clone and has no lifetime; it keeps the text of its whole page in
/// memory. Equality and hash compare the content. serde writes the four documented fields in the
/// documented order, and reads them as strictly as a page.
///
/// ```
/// use segments_core::Segment;
///
/// let segment = Segment::new("0eaf8f6a", "Lapsed Users - 30 days", true, ["email"])?;
/// assert_eq!(
///     serde_json::to_string(&segment)?,
///     r#"{"id":"0eaf8f6a","name":"Lapsed Users - 30 days","analytics_tracking_enabled":true,"tags":["email"]}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Segment {
    table: Arc<Table>,
    row: u32,
}

impl Segment {
    /// Creates a segment, for tests and for servers.
    ///
    /// # Errors
    /// [`InvalidSegment`] if the id is empty, or if all texts together exceed 4 GiB.
    pub fn new<T: AsRef<str>>(
        id: impl AsRef<str>,
        name: impl AsRef<str>,
        analytics_tracking_enabled: bool,
        tags: impl IntoIterator<Item = T>,
    ) -> Result<Self, InvalidSegment> {
        if id.as_ref().is_empty() {
            return Err(InvalidSegment::EmptyId);
        }

        let mut builder = TableBuilder::default();
        let tags: Vec<T> = tags.into_iter().collect();
        let texts = tags.iter().map(AsRef::as_ref);
        builder.push_row(id.as_ref(), name.as_ref(), analytics_tracking_enabled, texts);
        let table = builder.finish().ok_or(InvalidSegment::TooLarge)?;
        Ok(Self::from_table(&Arc::new(table), 0))
    }

    pub(crate) fn from_table(table: &Arc<Table>, row: u32) -> Self {
        Self { table: Arc::clone(table), row }
    }

    /// The segment so many rows below on the same page, which must have it.
    #[allow(clippy::cast_possible_truncation)] // A page has under 2^32 rows.
    pub(crate) fn below(&self, rows: usize) -> Self {
        Self::from_table(&self.table, self.row + rows as u32)
    }

    /// Whether it is the one so many rows below another, on the same page.
    pub(crate) fn is_below(&self, other: &Self, rows: usize) -> bool {
        Arc::ptr_eq(&self.table, &other.table) && self.row as usize == other.row as usize + rows
    }

    /// The API identifier: opaque, unique in its workspace, never empty. All recorded ones look
    /// like lower-case UUIDs.
    pub fn id(&self) -> &str {
        self.table.id(self.row)
    }

    /// The name that people gave it. It may be empty, hold any character, and occur twice.
    pub fn name(&self) -> &str {
        self.table.name(self.row)
    }

    /// Whether Braze tracks the segment's size over time.
    pub fn analytics_tracking_enabled(&self) -> bool {
        self.table.tracking(self.row)
    }

    /// The tags, in the server's order. A `null`, which Braze's own client says can occur, is left
    /// out.
    pub fn tags(&self) -> Tags<'_> {
        Tags { table: &self.table, row: self.row, next: 0, len: self.table.tag_count(self.row) }
    }
}

impl PartialEq for Segment {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
            && self.name() == other.name()
            && self.analytics_tracking_enabled() == other.analytics_tracking_enabled()
            && self.tags().eq(other.tags())
    }
}

impl Eq for Segment {}

impl Hash for Segment {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
        self.name().hash(state);
        self.analytics_tracking_enabled().hash(state);
        state.write_usize(self.tags().len());
        self.tags().for_each(|tag| tag.hash(state));
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment")
            .field("id", &self.id())
            .field("name", &self.name())
            .field("analytics_tracking_enabled", &self.analytics_tracking_enabled())
            .field("tags", &self.tags())
            .finish()
    }
}

impl Serialize for Segment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut segment = serializer.serialize_struct("Segment", 4)?;
        segment.serialize_field("id", self.id())?;
        segment.serialize_field("name", self.name())?;
        segment
            .serialize_field("analytics_tracking_enabled", &self.analytics_tracking_enabled())?;
        segment.serialize_field("tags", &self.tags())?;
        segment.end()
    }
}

impl<'de> Deserialize<'de> for Segment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = json::segment(deserializer)?;
        Ok(Self::from_table(&Arc::new(table), 0))
    }
}

/// The tags of one segment: an iterator over `&str`.
#[derive(Clone)]
pub struct Tags<'a> {
    table: &'a Table,
    row: u32,
    next: u32,
    len: u32,
}

impl<'a> Iterator for Tags<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let index = (self.next < self.len).then_some(self.next)?;
        self.next += 1;
        Some(self.table.tag(self.row, index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.len - self.next) as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Tags<'_> {}

impl fmt::Debug for Tags<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl Serialize for Tags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.clone())
    }
}

/// Why texts cannot be a [`Segment`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSegment {
    /// The id is empty.
    EmptyId,
    /// The texts are longer than 4 GiB together.
    TooLarge,
}

impl fmt::Display for InvalidSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyId => "a segment needs an id",
            Self::TooLarge => "the texts of a segment must be under 4 GiB in total",
        })
    }
}

impl std::error::Error for InvalidSegment {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_and_serde_go_by_content() {
        let segment = Segment::new("a", "Käufer \"VIP\"", true, ["x", "", "y"]).unwrap();
        assert_eq!(segment.tags().collect::<Vec<_>>(), ["x", "", "y"]);
        assert_eq!(segment.tags().len(), 3);
        let json = serde_json::to_string(&segment).unwrap();
        let read: Segment = serde_json::from_str(&json).unwrap();
        assert_eq!(read, segment);
        let other = Segment::new("a", "Käufer \"VIP\"", true, ["x", "y", ""]).unwrap();
        assert_ne!(other, segment);
        assert_eq!(Segment::new("", "x", true, [""; 0]).unwrap_err(), InvalidSegment::EmptyId);
    }

    #[test]
    fn what_is_no_segment_says_why() {
        let message = |json: &str| serde_json::from_str::<Segment>(json).unwrap_err().to_string();

        for (json, words) in [
            ("{}", "id is missing"),
            (r#"{"id":"a","name":"n"}"#, "analytics_tracking_enabled is missing"),
            (r#"{"id":"a","id":"a"}"#, "id appears twice"),
            (r#"{"id":""}"#, "id is empty"),
            (r#"{"id":7}"#, "expected a string"),
            ("[]", "expected a segment"),
        ] {
            assert!(message(json).contains(words), "{json}: {}", message(json));
        }

        let list = serde_json::from_str::<Vec<Segment>>("[{}]").unwrap_err().to_string();
        assert_eq!(list, "id is missing at line 1 column 3");
    }

    #[test]
    fn any_order_of_keys_is_read() {
        let json =
            r#"{"tags":["x"],"analytics_tracking_enabled":false,"name":"n","new":[1],"id":"a"}"#;
        let read: Segment = serde_json::from_str(json).unwrap();
        assert_eq!(read, Segment::new("a", "n", false, ["x"]).unwrap());
    }

    // Checkpoints hold such numbers: to change one is to change `Checkpoint::VERSION` too.
    #[test]
    fn the_stored_digest_stays_what_it_is() {
        let segment = Segment::new("a", "Käufer", true, ["x", ""]).unwrap();
        assert_eq!(segment.table.attributes_digest(0), 0x7c66_834f_4896_f498);
    }

    #[test]
    fn every_attribute_counts_and_the_id_does_not() {
        let of = |id: &str, name: &str, tracking: bool, tags: &[&str]| {
            Segment::new(id, name, tracking, tags).unwrap().table.attributes_digest(0)
        };
        let usual = of("a", "name", true, &["x", "y"]);

        assert_eq!(of("b", "name", true, &["x", "y"]), usual);

        for other in [
            of("a", "names", true, &["x", "y"]),
            of("a", "name", false, &["x", "y"]),
            of("a", "name", true, &["y", "x"]),
            of("a", "name", true, &["xy"]),
            of("a", "name", true, &["", "x", "y"]),
            of("a", "name", true, &[]),
        ] {
            assert_ne!(other, usual);
        }
    }
}
