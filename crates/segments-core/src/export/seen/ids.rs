use std::hash::BuildHasher;

use foldhash::quality::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::export::seen::id_list::{Id, IdList};
use crate::export::seen::segment_index::SegmentIndex;

/// Every id seen, numbered from 0 in the order of first sight, each once.
///
/// The hash begins with the caller's seed, so that a server cannot prepare ids that collide; it is
/// never stored. At rest there are the ids alone, until [`IdTable::index`].
#[derive(Debug, Clone, Default)]
pub(crate) struct IdTable {
    state: FixedState,
    ids: IdList,
    table: HashTable<u32>,
    /// The segment that was looked up last.
    last: usize,
}

impl IdTable {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: FixedState::with_seed(seed), ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.ids.memory() + self.table.allocation_size()
    }

    /// The id of a segment.
    pub(crate) fn get(&self, segment: SegmentIndex) -> String {
        self.ids.get(segment.get()).text()
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
        let id = Id::new(id);
        if let Some(beside) = self.beside_last(id) {
            self.last = beside.get();
            return (beside, false);
        }

        if self.table.len() == self.table.capacity() {
            self.grow();
        }
        let number = u32::try_from(self.len()).expect("a list has under 2^32 segments");
        let Self { state, ids, table, .. } = self;
        let is_it = |known: &u32| ids.is(*known as usize, id);
        let rehash = |known: &u32| hash(state, ids.get(*known as usize));

        let (number, is_new) = match table.entry(hash(state, id), is_it, rehash) {
            Entry::Occupied(known) => (*known.get(), false),
            Entry::Vacant(free) => {
                free.insert(number);
                self.ids.push(id);
                (number, true)
            }
        };
        let segment = SegmentIndex(number);
        self.last = segment.get();
        (segment, is_new)
    }

    /// Makes a larger table, in the order of the ids. The table would do it by itself in its own
    /// order, in which every id is a miss of the cache.
    fn grow(&mut self) {
        // Most lists need no second table.
        const FIRST: usize = 14_000;
        // While it is small, room costs less than doing this again.
        const SMALL: usize = 50_000;

        let Self { state, ids, table, .. } = self;
        let rehash = |number: &u32| hash(state, ids.get(*number as usize));
        let factor = if table.len() < SMALL { 4 } else { 2 };
        let mut grown = HashTable::with_capacity((factor * table.len()).max(FIRST));
        for (number, id) in (0..).zip(ids.iter()) {
            grown.insert_unique(hash(state, id), number, rehash);
        }
        *table = grown;
    }

    /// The segment with this id, if it is the one before or behind the last: whoever reads a list
    /// again meets its segments in their order or in the reverse.
    fn beside_last(&self, id: Id<'_>) -> Option<SegmentIndex> {
        let (before, behind) = (self.last.wrapping_sub(1), self.last + 1);
        let beside = if self.ids.is(before, id) {
            before
        } else if self.ids.is(behind, id) {
            behind
        } else {
            return None;
        };
        u32::try_from(beside).ok().map(SegmentIndex)
    }

    /// Makes the table of ids that were at rest; false if one of them is there twice.
    pub(crate) fn index(&mut self, seed: u64) -> bool {
        let mut indexed = Self::new(seed);
        let distinct = self.iter().all(|id| indexed.insert(&id).1);
        *self = indexed;
        distinct
    }

    /// Forgets all but the first so many.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.table.retain(|number| (*number as usize) < len);
        self.ids.truncate(len);
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
        let mut ids = IdList::default();
        let texts = Vec::<String>::deserialize(deserializer)?;
        for id in &texts {
            ids.push(Id::new(id));
        }
        Ok(Self { ids, ..Self::default() })
    }
}

/// A fast hash for the table in memory. It may change with its library: nothing that is stored may
/// depend on it.
#[inline]
fn hash(state: &FixedState, id: Id<'_>) -> u64 {
    match id {
        Id::Uuid(bits) => state.hash_one(bits),
        Id::Text(text) => state.hash_one(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::seen::uuid;

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
