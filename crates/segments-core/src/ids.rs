use std::hash::{BuildHasher, Hash};

use foldhash::quality::FixedState;
use hashbrown::HashTable;

/// Every id seen, numbered from 0 in the order of first sight.
///
/// All text lies in one string, and the hash table holds numbers: some 12 bytes a segment beyond
/// the id itself. The hash begins with the caller's seed, so that a server cannot prepare ids that
/// collide.
#[derive(Debug, Clone, Default)]
pub(crate) struct IdTable {
    seed: u64,
    text: String,
    ends: Vec<usize>,
    table: HashTable<u32>,
}

impl IdTable {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The id with this number.
    pub(crate) fn get(&self, number: u32) -> &str {
        get(&self.text, &self.ends, number)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..).take(self.len()).map(|number| self.get(number))
    }

    /// The number of an id, and whether it is new.
    pub(crate) fn insert(&mut self, id: &str) -> (u32, bool) {
        let Self { seed, text, ends, table } = self;
        let hash = hash(*seed, id);
        if let Some(number) = table.find(hash, |number| get(text, ends, *number) == id) {
            return (*number, false);
        }
        let number = u32::try_from(ends.len()).expect("a list has under 2^32 segments");
        text.push_str(id);
        ends.push(text.len());
        table.insert_unique(hash, number, |number| self::hash(*seed, get(text, ends, *number)));
        (number, true)
    }
}

fn get<'a>(text: &'a str, ends: &[usize], number: u32) -> &'a str {
    let number = number as usize;
    let start = number.checked_sub(1).map_or(0, |before| ends[before]);
    &text[start..ends[number]]
}

/// A hash that depends on the seed alone, and so is the same in every process.
pub(crate) fn hash<T: Hash + ?Sized>(seed: u64, value: &T) -> u64 {
    FixedState::with_seed(seed).hash_one(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_numbered_in_order_of_first_sight() {
        let mut ids = IdTable::new(7);
        assert_eq!(ids.insert("b"), (0, true));
        assert_eq!(ids.insert(""), (1, true));
        assert_eq!(ids.insert("a"), (2, true));
        assert_eq!(ids.insert("b"), (0, false));
        assert_eq!(ids.iter().collect::<Vec<_>>(), ["b", "", "a"]);
        for number in 0..1000 {
            ids.insert(&number.to_string());
        }
        assert_eq!(ids.insert("500"), (503, false));
    }
}
