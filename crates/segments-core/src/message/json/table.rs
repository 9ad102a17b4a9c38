use std::ops::Range;

use crate::message::digest;

/// The segments of one page: all their text in one string, and where in it each part ends.
///
/// ```text
/// │ id │ name │ tag │ tag │ id │ name │ id │ name │ tag │
/// └ row 0 ────────────────┴ row 1 ────┴ row 2 ──────────┘
/// ```
///
/// One allocation for the text and two for the numbers serve a whole page, where a struct of strings
/// would take several for each segment. The order is always this one, so that each part begins where
/// the one before it ends, and what can be edited is one piece.
#[derive(Debug, Default)]
pub(crate) struct Table {
    text: String,
    /// The end of every part of every row.
    ends: Vec<u32>,
    rows: Vec<Row>,
}

/// The number of a row's first part, and as the lowest bit whether its size is tracked. A list keeps
/// one for each segment.
#[derive(Debug, Clone, Copy)]
struct Row(u32);

impl Row {
    /// The largest number that fits beside the bit.
    const MAX: u32 = u32::MAX >> 1;

    fn new(first_part: u32, tracking: bool) -> Self {
        Self(first_part << 1 | u32::from(tracking))
    }

    fn first_part(self) -> usize {
        (self.0 >> 1) as usize
    }

    fn tracking(self) -> bool {
        self.0 & 1 == 1
    }
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        let (ends, rows) = (self.ends.capacity(), self.rows.capacity());
        self.text.capacity() + ends * size_of::<u32>() + rows * size_of::<Row>()
    }

    #[inline]
    pub(crate) fn id(&self, row: u32) -> &str {
        self.part(self.row(row).first_part())
    }

    pub(crate) fn name(&self, row: u32) -> &str {
        self.part(self.row(row).first_part() + 1)
    }

    pub(crate) fn tracking(&self, row: u32) -> bool {
        self.row(row).tracking()
    }

    // `finish` has checked that the number of all parts fits.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn tag_count(&self, row: u32) -> u32 {
        self.parts(row).len() as u32 - 2
    }

    pub(crate) fn tag(&self, row: u32, index: u32) -> &str {
        self.part(self.row(row).first_part() + 2 + index as usize)
    }

    /// A digest of what can be edited: name, tracking, tags.
    pub(crate) fn attributes_digest(&self, row: u32) -> u64 {
        let parts = self.parts(row);
        let start = self.ends[parts.start];
        let ends = &self.ends[parts.start + 1..parts.end];

        let end = *ends.last().expect("a row has a name");
        let text = &self.text.as_bytes()[start as usize..end as usize];
        digest::of_attributes(text, ends.iter().map(|end| end - start), self.tracking(row))
    }

    /// The parts of a row: its id, its name, its tags.
    fn parts(&self, row: u32) -> Range<usize> {
        let next = self.rows.get(row as usize + 1);
        let end = next.map_or(self.ends.len(), |next| next.first_part());
        self.row(row).first_part()..end
    }

    fn row(&self, row: u32) -> Row {
        self.rows[row as usize]
    }

    #[inline]
    fn part(&self, part: usize) -> &str {
        let start = if part == 0 { 0 } else { self.ends[part - 1] };
        &self.text[start as usize..self.ends[part] as usize]
    }
}

/// A [`Table`] in the making. Numbers are only right while they fit, and parts are only text if they
/// are UTF-8: [`TableBuilder::finish`] checks both.
#[derive(Debug, Default)]
pub(crate) struct TableBuilder {
    text: Vec<u8>,
    ends: Vec<u32>,
    rows: Vec<Row>,
    /// The number of parts before the row that is being built.
    first_part: usize,
    /// Some part begins in the midst of a character.
    has_torn_part: bool,
}

#[allow(clippy::cast_possible_truncation)]
impl TableBuilder {
    /// Room for the rows of a page whose JSON has this many bytes.
    pub(crate) fn for_body(bytes: usize) -> Self {
        const BYTES_PER_SEGMENT: usize = 120;
        const BYTES_PER_PART: usize = 36;
        Self {
            text: Vec::with_capacity(bytes / 8 * 5),
            ends: Vec::with_capacity(bytes / BYTES_PER_PART),
            rows: Vec::with_capacity(bytes / BYTES_PER_SEGMENT),
            ..Self::default()
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds the next part of a row: first its id, then its name, then each tag.
    pub(crate) fn push_part(&mut self, part: &[u8]) {
        let is_torn = part.first().is_some_and(|byte| (0x80..0xc0).contains(byte));
        self.has_torn_part |= is_torn;

        self.text.extend_from_slice(part);
        self.ends.push(self.text.len() as u32);
    }

    /// Ends a row that has an id and a name.
    pub(crate) fn end_row(&mut self, tracking: bool) {
        self.rows.push(Row::new(self.first_part as u32, tracking));
        self.first_part = self.ends.len();
    }

    /// Adds a whole row.
    pub(crate) fn push_row<'a>(
        &mut self,
        id: &str,
        name: &str,
        tracking: bool,
        tags: impl IntoIterator<Item = &'a str>,
    ) {
        self.push_part(id.as_bytes());
        self.push_part(name.as_bytes());
        tags.into_iter().for_each(|tag| self.push_part(tag.as_bytes()));
        self.end_row(tracking);
    }

    /// The table, unless a number does not fit, or a part is not UTF-8.
    pub(crate) fn finish(self) -> Option<Table> {
        let Self { mut text, mut ends, mut rows, has_torn_part, .. } = self;
        u32::try_from(text.len()).ok()?;
        u32::try_from(ends.len()).ok().filter(|parts| *parts <= Row::MAX)?;
        trim(&mut text);
        trim(&mut ends);
        trim(&mut rows);

        // If all of it is UTF-8 and each part begins with a character, then each part is.
        let text = String::from_utf8(text).ok().filter(|_| !has_torn_part)?;
        Some(Table { text, ends, rows })
    }
}

/// Gives back the room behind the last element. Less than an eighth is not worth moving everything.
fn trim<T>(vec: &mut Vec<T>) {
    if vec.capacity() > vec.len() / 8 * 9 {
        vec.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_where_the_one_before_it_ends() {
        let rows: [(&str, &str, bool, &[&str]); 5] = [
            ("id", "", true, &["x", "", "yy"]),
            ("", "Name", false, &[]),
            ("", "", true, &[""]),
            ("i", "Näme", true, &["", "ü"]),
            ("id", "Name", false, &[]),
        ];
        let mut builder = TableBuilder::default();
        for (id, name, tracking, tags) in rows {
            builder.push_row(id, name, tracking, tags.iter().copied());
        }

        let table = builder.finish().unwrap();
        assert_eq!(table.len(), rows.len());
        for (row, (id, name, tracking, tags)) in (0..).zip(rows) {
            assert_eq!((table.id(row), table.name(row)), (id, name));
            assert_eq!(table.tracking(row), tracking);
            let count = table.tag_count(row);
            let read: Vec<_> = (0..count).map(|index| table.tag(row, index)).collect();
            assert_eq!(read, tags);
        }
        assert_eq!(table.attributes_digest(1), table.attributes_digest(4));
    }

    #[test]
    fn a_part_that_is_not_text_makes_no_table() {
        let table = |id: &[u8], name: &[u8]| {
            let mut builder = TableBuilder::default();
            builder.push_part(id);
            builder.push_part(name);
            builder.end_row(true);
            builder.finish().map(|table| table.id(0).len())
        };

        assert_eq!(table("Kä".as_bytes(), "ä".as_bytes()), Some(3));
        assert_eq!(table(b"a\xff", b""), None);
        // Both halves of a character, in two parts.
        assert_eq!(table(b"a\xc3", b"\xa4"), None);
        assert_eq!(table(b"a", b"\xf0\x9f\x98"), None);
    }
}
