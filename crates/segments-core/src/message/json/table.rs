use std::ops::Range;

use crate::message::digest;

/// The segments of one page: all their text in one string, and where in it each part lies.
///
/// ```text
/// │ id │ name │ tag │ tag │ id │ name │ id │ name │ tag │
/// └ row 0 ────────────────┴ row 1 ────┴ row 2 ──────────┘
/// ```
///
/// One allocation for the text and two for the offsets serve a whole page, where a struct of
/// strings would take several for each segment. The order is always this one, so that each part ends
/// where the next begins, and what can be edited is one piece.
#[derive(Debug, Default)]
pub(crate) struct Table {
    text: String,
    rows: Vec<Row>,
    /// The end of every tag of every row; each begins where the one before it ends.
    tag_ends: Vec<u32>,
}

/// Where the parts of a row begin. The last ends where the next row begins.
#[derive(Debug, Default, Clone, Copy)]
struct Row {
    id: u32,
    name: u32,
    tags: u32,
    /// The row's first entry in `tag_ends`; its last is before the next row's first.
    first_tag: u32,
    tracking: bool,
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        let (rows, tag_ends) = (self.rows.capacity(), self.tag_ends.capacity());
        self.text.capacity() + rows * size_of::<Row>() + tag_ends * size_of::<u32>()
    }

    pub(crate) fn id(&self, row: u32) -> &str {
        let Row { id, name, .. } = *self.row(row);
        self.slice(id, name)
    }

    pub(crate) fn name(&self, row: u32) -> &str {
        let Row { name, tags, .. } = *self.row(row);
        self.slice(name, tags)
    }

    pub(crate) fn tracking(&self, row: u32) -> bool {
        self.row(row).tracking
    }

    pub(crate) fn tag_count(&self, row: u32) -> u32 {
        let tags = self.tag_range(row);
        tags.end - tags.start
    }

    pub(crate) fn tag(&self, row: u32, index: u32) -> &str {
        let tag = (self.tag_range(row).start + index) as usize;
        let start = if index == 0 { self.row(row).tags } else { self.tag_ends[tag - 1] };
        self.slice(start, self.tag_ends[tag])
    }

    /// A digest of what can be edited: name, tracking, tags.
    pub(crate) fn attributes_digest(&self, row: u32) -> u64 {
        let tags = self.tag_range(row);
        let Row { name, tags: name_end, tracking, .. } = *self.row(row);
        let tag_ends = &self.tag_ends[tags.start as usize..tags.end as usize];

        let end = *tag_ends.last().unwrap_or(&name_end);
        let text = &self.text.as_bytes()[name as usize..end as usize];
        let ends = std::iter::once(&name_end).chain(tag_ends).map(|end| end - name);
        digest::of_attributes(text, ends, tracking)
    }

    fn tag_range(&self, row: u32) -> Range<u32> {
        let next = self.rows.get(row as usize + 1).map(|row| row.first_tag);
        // `finish` has checked that the number of tags fits.
        #[allow(clippy::cast_possible_truncation)]
        let end = next.unwrap_or(self.tag_ends.len() as u32);
        self.row(row).first_tag..end
    }

    fn row(&self, row: u32) -> &Row {
        &self.rows[row as usize]
    }

    fn slice(&self, start: u32, end: u32) -> &str {
        &self.text[start as usize..end as usize]
    }
}

/// A [`Table`] in the making. Offsets are only right while the text is under 4 GiB, and parts are only
/// text if they are UTF-8: [`TableBuilder::finish`] checks both.
#[derive(Debug, Default)]
pub(crate) struct TableBuilder {
    text: Vec<u8>,
    rows: Vec<Row>,
    tag_ends: Vec<u32>,
    /// Those of the row that is being built.
    parts: Parts,
    /// Some part begins in the midst of a character.
    has_torn_part: bool,
}

/// Where the parts of a row are, which may come in any order.
#[derive(Debug, Default, Clone)]
struct Parts {
    id: Range<usize>,
    name: Range<usize>,
    tags: Range<usize>,
    first_tag: usize,
    tracking: bool,
}

#[allow(clippy::cast_possible_truncation)]
impl TableBuilder {
    /// Room for the rows of a page whose JSON has this many bytes.
    pub(crate) fn for_body(bytes: usize) -> Self {
        const BYTES_PER_SEGMENT: usize = 120;
        const BYTES_PER_TAG: usize = 90;
        Self {
            text: Vec::with_capacity(bytes / 8 * 5),
            rows: Vec::with_capacity(bytes / BYTES_PER_SEGMENT),
            tag_ends: Vec::with_capacity(bytes / BYTES_PER_TAG),
            ..Self::default()
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Begins a row; the parts can then come in any order, the tags in one run.
    pub(crate) fn begin(&mut self) -> &mut Self {
        self.parts = Parts { first_tag: self.tag_ends.len(), ..Parts::default() };
        self
    }

    pub(crate) fn set_id(&mut self, id: &[u8]) {
        self.parts.id = self.push(id);
    }

    pub(crate) fn set_name(&mut self, name: &[u8]) {
        self.parts.name = self.push(name);
    }

    pub(crate) fn set_tracking(&mut self, tracking: bool) {
        self.parts.tracking = tracking;
    }

    pub(crate) fn push_tag(&mut self, tag: &[u8]) {
        let tag = self.push(tag);
        if !self.has_tags() {
            self.parts.tags.start = tag.start;
        }
        self.parts.tags.end = tag.end;
        self.tag_ends.push(tag.end as u32);
    }

    /// Ends a row that has an id and a name.
    pub(crate) fn end(&mut self) {
        let Parts { id, name, tags, .. } = &self.parts;
        let is_in_order = id.end == name.start && (name.end == tags.start || !self.has_tags());
        if !is_in_order {
            self.put_in_order();
        }

        let Parts { id, name, first_tag, tracking, .. } = &self.parts;
        self.rows.push(Row {
            id: id.start as u32,
            name: name.start as u32,
            tags: name.end as u32,
            first_tag: *first_tag as u32,
            tracking: *tracking,
        });
    }

    /// Moves the parts of the row: the id first, then the name, then the tags.
    #[cold]
    fn put_in_order(&mut self) {
        let Parts { id, name, tags, first_tag, .. } = self.parts.clone();
        let first = id.start.min(name.start);
        let start = if self.has_tags() { first.min(tags.start) } else { first };
        let row = self.text.split_off(start);
        let text = |part: &Range<usize>| &row[part.start - start..part.end - start];

        self.parts.id = self.push(text(&id));
        self.parts.name = self.push(text(&name));
        if !self.has_tags() {
            return;
        }
        self.parts.tags = self.push(text(&tags));
        let moved = (self.parts.tags.start as u32).wrapping_sub(tags.start as u32);
        for end in &mut self.tag_ends[first_tag..] {
            *end = end.wrapping_add(moved);
        }
    }

    fn has_tags(&self) -> bool {
        self.parts.first_tag < self.tag_ends.len()
    }

    /// The table, unless an offset does not fit in 32 bits, or a part is not UTF-8.
    pub(crate) fn finish(self) -> Option<Table> {
        let Self { mut text, mut rows, mut tag_ends, has_torn_part, .. } = self;
        u32::try_from(text.len().max(tag_ends.len()).max(rows.len())).ok()?;
        // Less than an eighth too much is not worth moving everything.
        text.shrink_to(text.len() / 8 * 9);
        rows.shrink_to(rows.len() / 8 * 9);
        tag_ends.shrink_to(tag_ends.len() / 8 * 9);

        // If all of it is UTF-8 and each part begins with a character, then each part is.
        let text = String::from_utf8(text).ok().filter(|_| !has_torn_part)?;
        Some(Table { text, rows, tag_ends })
    }

    fn push(&mut self, part: &[u8]) -> Range<usize> {
        let is_torn = part.first().is_some_and(|byte| (0x80..0xc0).contains(byte));
        self.has_torn_part |= is_torn;

        let start = self.text.len();
        self.text.extend_from_slice(part);
        start..self.text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_may_come_in_any_order() {
        let orders: [[&str; 3]; 6] = [
            ["id", "name", "tags"],
            ["id", "tags", "name"],
            ["name", "id", "tags"],
            ["name", "tags", "id"],
            ["tags", "id", "name"],
            ["tags", "name", "id"],
        ];

        for tags in [&["x", "", "yy"][..], &["", "x"], &[""], &[]] {
            for name in ["", "Name"] {
                let mut builder = TableBuilder::default();
                for order in orders {
                    let row = builder.begin();
                    for part in order {
                        match part {
                            "id" => row.set_id(b"id"),
                            "name" => row.set_name(name.as_bytes()),
                            _ => tags.iter().for_each(|tag| row.push_tag(tag.as_bytes())),
                        }
                    }
                    row.end();
                }

                let table = builder.finish().unwrap();
                for row in 0..6 {
                    assert_eq!((table.id(row), table.name(row)), ("id", name));
                    let count = table.tag_count(row);
                    let read: Vec<_> = (0..count).map(|index| table.tag(row, index)).collect();
                    assert_eq!(read, tags);
                    assert_eq!(table.attributes_digest(row), table.attributes_digest(0));
                }
            }
        }
    }

    #[test]
    fn a_part_that_is_not_text_makes_no_table() {
        let table = |id: &[u8], name: &[u8]| {
            let mut builder = TableBuilder::default();
            let row = builder.begin();
            row.set_id(id);
            row.set_name(name);
            row.end();
            builder.finish().map(|table| table.id(0).len())
        };

        assert_eq!(table("Kä".as_bytes(), "ä".as_bytes()), Some(3));
        assert_eq!(table(b"a\xff", b""), None);
        // Both halves of a character, in two parts.
        assert_eq!(table(b"a\xc3", b"\xa4"), None);
        assert_eq!(table(b"a", b"\xf0\x9f\x98"), None);
    }
}
