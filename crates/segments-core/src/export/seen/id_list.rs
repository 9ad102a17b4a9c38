use std::ops::Range;

use crate::export::seen::reserve::reserve_to;
use crate::export::seen::uuid;

/// Ids, numbered from 0.
///
/// An id in the form of all recorded ones, a UUID in lower case, is kept as its 128 bits; any other
/// as a range of one long text.
#[derive(Debug, Clone, Default)]
pub(crate) struct IdList {
    ids: Vec<u128>,
    /// A bit for each id, set if it is a range of `text`.
    ranges: Vec<u64>,
    text: String,
}

/// An id, in the form in which it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Id<'a> {
    Uuid(u128),
    Text(&'a str),
}

impl<'a> Id<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        uuid::pack(text).map_or(Self::Text(text), Self::Uuid)
    }

    pub(crate) fn text(self) -> String {
        match self {
            Self::Uuid(bits) => uuid::unpack(bits),
            Self::Text(text) => text.to_owned(),
        }
    }
}

impl IdList {
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.ids.capacity() * 16 + self.ranges.capacity() * 8 + self.text.capacity()
    }

    #[inline]
    pub(crate) fn get(&self, number: usize) -> Id<'_> {
        match self.range(number) {
            Some(range) => Id::Text(&self.text[range]),
            None => Id::Uuid(self.ids[number]),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Id<'_>> {
        (0..self.len()).map(|number| self.get(number))
    }

    /// Whether there is such a number, and it has this id.
    #[inline]
    pub(crate) fn is(&self, number: usize, id: Id<'_>) -> bool {
        match id {
            Id::Uuid(bits) => self.ids.get(number) == Some(&bits) && self.range(number).is_none(),
            Id::Text(_) => number < self.len() && self.get(number) == id,
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, id: Id<'_>) {
        let number = self.len();
        if number % 64 == 0 {
            self.ranges.push(0);
        }

        let bits = match id {
            Id::Uuid(bits) => bits,
            Id::Text(text) => {
                self.ranges[number / 64] |= 1 << (number % 64);
                let start = self.text.len() as u128;
                if self.text.capacity() - self.text.len() < text.len() {
                    self.text.reserve_exact(text.len().max(self.text.len() / 8));
                }
                self.text.push_str(text);
                start << 64 | self.text.len() as u128
            }
        };

        reserve_to(&mut self.ids, number + 1);
        self.ids.push(bits);
    }

    /// Forgets all but the first so many.
    pub(crate) fn truncate(&mut self, len: usize) {
        let first_text = (len..self.len()).find_map(|number| self.range(number));
        self.text.truncate(first_text.map_or(self.text.len(), |range| range.start));
        self.ids.truncate(len);

        self.ranges.truncate(len.div_ceil(64));
        if let Some(last) = self.ranges.last_mut().filter(|_| len % 64 > 0) {
            *last &= (1 << (len % 64)) - 1;
        }
    }

    /// Where in the text an id is, if it is there.
    // Both halves were lengths of a text.
    #[allow(clippy::cast_possible_truncation)]
    fn range(&self, number: usize) -> Option<Range<usize>> {
        let is_range = self.ranges[number / 64] >> (number % 64) & 1 == 1;
        is_range.then(|| (self.ids[number] >> 64) as usize..self.ids[number] as u64 as usize)
    }
}
