use std::ops::Range;

/// The segments of one page: all their text in one string, and where in it each part lies.
///
/// One allocation for the text and two for the offsets serve a whole page, where a struct of
/// strings would take several for each segment.
#[derive(Debug, Default)]
pub(crate) struct Table {
    text: String,
    rows: Vec<Row>,
    /// The end of every tag of every row; each begins where the one before it ends.
    tag_ends: Vec<u32>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Row {
    id: (u32, u32),
    name: (u32, u32),
    /// Where the text of the first tag begins.
    tags_start: u32,
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
        self.slice(self.row(row).id)
    }

    pub(crate) fn name(&self, row: u32) -> &str {
        self.slice(self.row(row).name)
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
        let start = if index == 0 { self.row(row).tags_start } else { self.tag_ends[tag - 1] };
        self.slice((start, self.tag_ends[tag]))
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

    fn slice(&self, (start, end): (u32, u32)) -> &str {
        &self.text[start as usize..end as usize]
    }
}

/// A [`Table`] in the making. Offsets are only right while the text is under 4 GiB, which
/// [`TableBuilder::finish`] checks.
#[derive(Debug, Default)]
pub(crate) struct TableBuilder {
    text: String,
    rows: Vec<Row>,
    tag_ends: Vec<u32>,
    row: Row,
}

#[allow(clippy::cast_possible_truncation)]
impl TableBuilder {
    /// Room for the rows of a page whose JSON has this many bytes.
    pub(crate) fn for_body(bytes: usize) -> Self {
        const BYTES_PER_SEGMENT: usize = 120;
        const BYTES_PER_TAG: usize = 90;
        Self {
            text: String::with_capacity(bytes / 8 * 5),
            rows: Vec::with_capacity(bytes / BYTES_PER_SEGMENT),
            tag_ends: Vec::with_capacity(bytes / BYTES_PER_TAG),
            row: Row::default(),
        }
    }

    /// Forgets all rows, and keeps the room.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.rows.clear();
        self.tag_ends.clear();
    }

    /// How many rows have been begun.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Begins the next row; the parts can then come in any order, the tags in one run.
    pub(crate) fn begin(&mut self) -> &mut Self {
        let tags_start = self.text.len() as u32;
        let first_tag = self.tag_ends.len() as u32;
        self.rows.push(Row { tags_start, first_tag, ..Row::default() });
        self
    }

    pub(crate) fn set_id(&mut self, id: &str) {
        let span = self.push(id);
        self.last().id = span;
    }

    pub(crate) fn set_name(&mut self, name: &str) {
        let span = self.push(name);
        self.last().name = span;
    }

    pub(crate) fn set_tracking(&mut self, tracking: bool) {
        self.last().tracking = tracking;
    }

    pub(crate) fn push_tag(&mut self, tag: &str) {
        let (start, end) = self.push(tag);
        if self.last().first_tag as usize == self.tag_ends.len() {
            self.last().tags_start = start;
        }
        self.tag_ends.push(end);
    }

    /// The table, unless an offset does not fit in 32 bits.
    pub(crate) fn finish(self) -> Option<Table> {
        let Self { mut text, mut rows, mut tag_ends, .. } = self;
        u32::try_from(text.len().max(tag_ends.len()).max(rows.len())).ok()?;
        // Less than one half too much is not worth moving everything.
        text.shrink_to(text.len() / 2 * 3);
        rows.shrink_to(rows.len() / 2 * 3);
        tag_ends.shrink_to(tag_ends.len() / 2 * 3);
        Some(Table { text, rows, tag_ends })
    }

    fn push(&mut self, part: &str) -> (u32, u32) {
        let start = self.text.len() as u32;
        self.text.push_str(part);
        (start, self.text.len() as u32)
    }

    fn last(&mut self) -> &mut Row {
        // Without a row there is nothing to belong to; the part is never read.
        self.rows.last_mut().unwrap_or(&mut self.row)
    }
}
