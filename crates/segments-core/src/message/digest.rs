//! Hashes that may be stored: XXH3 with 64 bits over bytes in an order that is fixed here.
//!
//! Its specification is frozen, so they mean the same to every version of this crate. The `Hash` of
//! std's types and the hash of a hash table may change between releases. It is not cryptographic: a
//! collision would only hide a change.

use twox_hash::XxHash3_64;

/// Of what can be edited of a segment: `text` is its name and its tags in one piece, and `ends` is
/// where in it the name and each tag end.
///
/// The ends and the tracking make the seed, so that the same bytes in other parts have another hash.
/// The seed is 2, or 3 with tracking; then each end is added to a prime times what it was before.
pub(crate) fn of_attributes(text: &[u8], ends: impl Iterator<Item = u32>, tracking: bool) -> u64 {
    const PRIME: u64 = 0x9e37_79b1_85eb_ca87;

    let first = 2 | u64::from(tracking);
    let seed = ends.fold(first, |seed, end| seed.wrapping_mul(PRIME).wrapping_add(end.into()));
    XxHash3_64::oneshot_with_seed(seed, text)
}

/// Of segments by their numbers, in order: four bytes each, the lowest first.
pub(crate) fn of_numbers(numbers: impl ExactSizeIterator<Item = u32>) -> u64 {
    let bytes: Vec<[u8; 4]> = numbers.map(u32::to_le_bytes).collect();
    XxHash3_64::oneshot(bytes.as_flattened())
}

/// Of the id of a request.
pub(crate) fn of_request_id(id: &[u8]) -> u64 {
    XxHash3_64::oneshot(id)
}

/// Of a text that begins with a version, which is the seed.
pub(crate) fn of_version(version: u32, text: &str) -> u64 {
    XxHash3_64::oneshot_with_seed(version.into(), text.as_bytes())
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
        assert_eq!(of_numbers([].into_iter()), 0x2d06_8005_38d3_94c2);
        assert_eq!(of_numbers([0, 1, u32::MAX].into_iter()), 0xcf82_3677_f7de_d146);
        assert_eq!(of_version(3, "{}"), 0xe729_219b_4102_a1af);
    }
}
