use std::hash::{BuildHasher, Hash};
use std::ops::Range;

use foldhash::quality::FixedState;
use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::export::seen::reserve::reserve_to;
use crate::export::seen::segment_index::SegmentIndex;
use crate::export::seen::uuid;

/// Every id seen, numbered from 0 in the order of first sight.
///
/// An id in the form of all recorded ones, a UUID in lower case, is kept as its 128 bits; any other
/// as a range of one long text. With the hash table, which holds numbers, that is some 22 bytes a
/// segment. The hash begins with the caller's seed, so that a server cannot prepare ids that
/// collide; it is never stored. At rest there are the ids alone, until [`IdTable::index`].
#[derive(Debug, Clone, Default)]
pub(crate) struct IdTable {
    seed: u64,
    ids: Vec<u128>,
    /// A bit for each id, set if it is a range of `text`.
    ranges: Vec<u64>,
    text: String,
    table: HashTable<u32>,
}

impl IdTable {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        let Self { ids, ranges, text, table, .. } = self;
        ids.capacity() * 16 + ranges.capacity() * 8 + text.capacity() + table.allocation_size()
    }

    /// The id of a segment.
    pub(crate) fn get(&self, segment: SegmentIndex) -> String {
        match self.range(segment.get()) {
            Some(range) => self.text[range].to_owned(),
            None => uuid::unpack(self.ids[segment.get()]),
        }
    }

    /// The ids of these segments.
    pub(crate) fn texts(&self, segments: &[SegmentIndex]) -> Vec<String> {
        segments.iter().map(|segment| self.get(*segment)).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = String> {
        self.iter_from(0)
    }

    /// The ids without the first so many.
    pub(crate) fn iter_from(&self, first: usize) -> impl Iterator<Item = String> {
        SegmentIndex::up_to(self.len()).skip(first).map(|segment| self.get(segment))
    }

    /// The segment with this id, and whether it is new.
    pub(crate) fn insert(&mut self, id: &str) -> (SegmentIndex, bool) {
        let packed = uuid::pack(id);
        let hash = packed.map_or_else(|| hash(self.seed, id), |packed| hash(self.seed, &packed));

        let is_it = |number: &u32| {
            let number = *number as usize;
            match (packed, self.range(number)) {
                (Some(packed), None) => self.ids[number] == packed,
                (None, Some(range)) => self.text[range] == *id,
                _ => false,
            }
        };
        if let Some(number) = self.table.find(hash, is_it) {
            return (SegmentIndex(*number), false);
        }

        let number = u32::try_from(self.ids.len()).expect("a list has under 2^32 segments");
        self.push(id, packed);

        let Self { seed, ids, ranges, text, table } = self;
        let rehash = |number: &u32| {
            let number = *number as usize;
            match range(ids, ranges, number) {
                Some(range) => self::hash(*seed, &text[range]),
                None => self::hash(*seed, &ids[number]),
            }
        };
        table.insert_unique(hash, number, rehash);
        (SegmentIndex(number), true)
    }

    /// Makes the table of ids that were at rest; false if one of them is there twice.
    pub(crate) fn index(&mut self, seed: u64) -> bool {
        let mut indexed = Self::new(seed);
        let distinct = self.iter().all(|id| indexed.insert(&id).1);
        *self = indexed;
        distinct
    }

    /// Keeps an id without a look at the others.
    fn push(&mut self, id: &str, packed: Option<u128>) {
        let index = self.ids.len();
        if index % 64 == 0 {
            self.ranges.push(0);
        }

        let entry = packed.unwrap_or_else(|| {
            self.ranges[index / 64] |= 1 << (index % 64);
            let start = self.text.len() as u128;
            if self.text.capacity() - self.text.len() < id.len() {
                self.text.reserve_exact(id.len().max(self.text.len() / 8));
            }
            self.text.push_str(id);
            start << 64 | self.text.len() as u128
        });

        reserve_to(&mut self.ids, index + 1);
        self.ids.push(entry);
    }

    /// Forgets all but the first so many.
    pub(crate) fn truncate(&mut self, len: usize) {
        for index in len..self.len() {
            let hash = match self.range(index) {
                Some(range) => hash(self.seed, &self.text[range]),
                None => hash(self.seed, &self.ids[index]),
            };
            let is_it = |number: &u32| *number as usize == index;
            if let Ok(entry) = self.table.find_entry(hash, is_it) {
                entry.remove();
            }
        }

        let first_text = (len..self.len()).find_map(|index| self.range(index));
        self.text.truncate(first_text.map_or(self.text.len(), |range| range.start));
        self.ids.truncate(len);

        self.ranges.truncate(len.div_ceil(64));
        if let Some(last) = self.ranges.last_mut().filter(|_| len % 64 > 0) {
            *last &= (1 << (len % 64)) - 1;
        }
    }

    fn range(&self, number: usize) -> Option<Range<usize>> {
        range(&self.ids, &self.ranges, number)
    }
}

/// The ids alone, in their order.
impl Serialize for IdTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// Without the table, which [`IdTable::index`] makes: the seed is the caller's.
impl<'de> Deserialize<'de> for IdTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut ids = Self::default();
        Vec::<String>::deserialize(deserializer)?
            .iter()
            .for_each(|id| ids.push(id, uuid::pack(id)));
        Ok(ids)
    }
}

/// Where in the text an id is, if it is there.
// Both halves were lengths of a text.
#[allow(clippy::cast_possible_truncation)]
fn range(ids: &[u128], ranges: &[u64], number: usize) -> Option<Range<usize>> {
    let is_range = ranges[number / 64] >> (number % 64) & 1 == 1;
    is_range.then(|| (ids[number] >> 64) as usize..ids[number] as u64 as usize)
}

/// A fast hash for the table in memory. It may change with its library: nothing that is stored may
/// depend on it.
fn hash<T: Hash + ?Sized>(seed: u64, value: &T) -> u64 {
    FixedState::with_seed(seed).hash_one(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(ids: &mut IdTable, id: &str) -> (u32, bool) {
        let (segment, is_new) = ids.insert(id);
        (segment.0, is_new)
    }

    #[test]
    fn ids_are_numbered_in_order_of_first_sight() {
        let uuid = |number: u32| uuid::unpack(u128::from(number) << 64);
        let mut ids = IdTable::new(7);
        assert_eq!(insert(&mut ids, "b"), (0, true));
        assert_eq!(insert(&mut ids, ""), (1, true));
        assert_eq!(insert(&mut ids, &uuid(1)), (2, true));
        assert_eq!(insert(&mut ids, "a"), (3, true));
        assert_eq!(insert(&mut ids, "b"), (0, false));
        assert_eq!(insert(&mut ids, &uuid(1)), (2, false));
        assert_eq!(ids.iter().collect::<Vec<_>>(), ["b", "", &uuid(1), "a"]);
        for number in 0..1000 {
            ids.insert(&number.to_string());
            ids.insert(&uuid(number + 2));
        }
        assert_eq!(insert(&mut ids, "500"), (1004, false));
        assert_eq!(insert(&mut ids, &uuid(502)), (1005, false));
        assert_eq!(ids.get(SegmentIndex(1004)), "500");
    }

    #[test]
    fn what_was_forgotten_is_new_again() {
        let name = |number: u32| match number % 2 {
            0 => uuid::unpack(u128::from(number) << 64),
            _ => number.to_string(),
        };
        for len in [0, 1, 63, 64, 65, 128, 199, 200] {
            let mut ids = IdTable::new(7);
            (0..200).for_each(|number| assert_eq!(insert(&mut ids, &name(number)), (number, true)));
            ids.truncate(len as usize);
            assert_eq!(ids.len(), len as usize);
            assert!(ids.iter().eq((0..len).map(name)));
            // The other kind of id in the places that are free again.
            for number in len..200 {
                assert_eq!(insert(&mut ids, &name(number + 1001)), (number, true));
            }
            (0..len)
                .for_each(|number| assert_eq!(insert(&mut ids, &name(number)), (number, false)));
            assert_eq!(ids.get(SegmentIndex(199)), if len == 200 { name(199) } else { name(1200) });
        }
    }

    #[test]
    fn a_range_is_not_taken_for_the_uuid_of_the_same_bits() {
        let mut ids = IdTable::new(0);
        ids.insert("abc");
        assert_eq!(insert(&mut ids, &uuid::unpack(3)), (1, true));
        assert_eq!(insert(&mut ids, &uuid::unpack(3)), (1, false));
    }

    #[test]
    fn ids_at_rest_are_texts_and_each_is_there_once() {
        let mut ids = IdTable::new(7);
        for id in ["b", "", &uuid::unpack(1), "a"] {
            ids.insert(id);
        }
        let text = serde_json::to_string(&ids).unwrap();
        assert_eq!(text, r#"["b","","00000000-0000-0000-0000-000000000001","a"]"#);
        let mut read: IdTable = serde_json::from_str(&text).unwrap();
        assert!(read.index(8) && read.iter().eq(ids.iter()));
        assert_eq!(insert(&mut read, "a"), (3, false));
        assert_eq!(insert(&mut read, "c"), (4, true));

        let mut twice: IdTable = serde_json::from_str(r#"["a","b","a"]"#).unwrap();
        assert!(!twice.index(0));
    }

    #[test]
    fn an_id_takes_under_thirty_bytes_or_that_and_its_text() {
        let (mut uuids, mut others) = (IdTable::new(0), IdTable::new(0));
        for number in 0..100_000_u32 {
            uuids.insert(&uuid::unpack(u128::from(number) << 31));
            others.insert(&format!("segment {number:08}"));
        }
        assert!(uuids.memory() < 30 * uuids.len(), "{}", uuids.memory());
        assert!(others.memory() < (30 + 16 * 9 / 8) * others.len(), "{}", others.memory());
    }
}
