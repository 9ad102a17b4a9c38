use twox_hash::XxHash3_64;

/// A hash that may be stored: XXH3 with 64 bits over bytes in an order that is fixed here.
///
/// Its specification is frozen, so it means the same to every version of this crate. The `Hash` of
/// std's types and the hash of a hash table may change between releases. It is not cryptographic: a
/// collision would only hide a change.
#[derive(Debug)]
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) fn new() -> Self {
        Self(0)
    }

    /// Takes bytes: each piece is hashed with the pieces before it as the seed, so that no two
    /// sequences of pieces are the same bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0 = XxHash3_64::oneshot_with_seed(self.0, bytes);
    }

    /// Takes a number: eight bytes, the lowest first.
    pub(crate) fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    pub(crate) fn finish(&self) -> u64 {
        self.0
    }
}

/// Of segments by their numbers, in order.
pub(crate) fn of_numbers(numbers: impl ExactSizeIterator<Item = u32>) -> u64 {
    let mut digest = Digest::new();
    digest.number(numbers.len() as u64);
    for number in numbers {
        digest.number(u64::from(number));
    }
    digest.finish()
}

/// Of the id of a request.
pub(crate) fn of_request_id(id: &[u8]) -> u64 {
    let mut digest = Digest::new();
    digest.bytes(id);
    digest.finish()
}

/// Of a text that begins with a version.
pub(crate) fn of_version(version: u32, text: &str) -> u64 {
    let mut digest = Digest::new();
    digest.number(u64::from(version));
    digest.bytes(text.as_bytes());
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_published_function() {
        let xxh3 = |text: &str| XxHash3_64::oneshot(text.as_bytes());
        assert_eq!(xxh3(""), 0x2d06_8005_38d3_94c2);
        assert_eq!(xxh3("a"), 0xe6c6_32b6_1e96_4e1f);
        assert_eq!(xxh3("abc"), 0x78af_5f94_892f_3950);
    }

    // Checkpoints hold such numbers: to change one is to change `Checkpoint::VERSION` too.
    #[test]
    fn what_is_stored_stays_what_it_is() {
        assert_eq!(of_numbers([].into_iter()), 0xc77b_3abb_6f87_acd9);
        assert_eq!(of_numbers([0, 1, u32::MAX].into_iter()), 0xdac2_4ec8_d439_a87e);
        assert_eq!(of_version(3, "{}"), 0x1b1f_19ee_9fb0_c067);
    }
}
