use std::fmt;

/// A set of ranks in the order of creation.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Ranks([u64; WORDS]);

const WORDS: usize = 7;

impl Ranks {
    /// So many ranks there can be.
    pub const MOST: usize = WORDS * 64;

    /// The first so many.
    pub fn first(count: usize) -> Self {
        (0..count).collect()
    }

    /// Those below 64 whose bits are set.
    pub fn from_bits(bits: u64) -> Self {
        let mut ranks = Self::default();
        ranks.0[0] = bits;
        ranks
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0 == [0; WORDS]
    }

    /// Whether a rank is among them.
    pub fn contains(&self, rank: usize) -> bool {
        self.0[rank / 64] & (1 << (rank % 64)) != 0
    }

    /// Takes a rank in.
    pub fn insert(&mut self, rank: usize) {
        self.0[rank / 64] |= 1 << (rank % 64);
    }

    /// Takes a rank out.
    pub fn remove(&mut self, rank: usize) {
        self.0[rank / 64] &= !(1 << (rank % 64));
    }

    /// In both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.merge(other, |one, other| one & other)
    }

    /// In either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.merge(other, |one, other| one | other)
    }

    /// In this one only.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        self.merge(other, |one, other| one & !other)
    }

    fn merge(self, other: Self, of: impl Fn(u64, u64) -> u64) -> Self {
        Self(std::array::from_fn(|word| of(self.0[word], other.0[word])))
    }

    /// The oldest first.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(word, bits)| {
            let mut left = *bits;
            std::iter::from_fn(move || {
                let rank = (left != 0).then(|| word * 64 + left.trailing_zeros() as usize);
                left &= left.wrapping_sub(1);
                rank
            })
        })
    }
}

impl FromIterator<usize> for Ranks {
    fn from_iter<I: IntoIterator<Item = usize>>(ranks: I) -> Self {
        let mut set = Self::default();
        ranks.into_iter().for_each(|rank| set.insert(rank));
        set
    }
}

impl fmt::Debug for Ranks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
