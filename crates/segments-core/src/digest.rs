use std::hash::Hasher;

use siphasher::sip::SipHasher24;

use crate::segment::Segment;

/// A hash that may be stored: SipHash-2-4 without a key, over bytes in an order that is written
/// down here.
///
/// It means the same to every version of this crate and of its dependencies. Neither the `Hash` of
/// std's types nor the hash of a hash table does: both may change between releases. Nobody is kept
/// out by it, and a collision would only hide a change.
#[derive(Debug)]
pub(crate) struct Digest(SipHasher24);

impl Digest {
    fn new() -> Self {
        Self(SipHasher24::new())
    }

    /// Takes a text: its length first, so that no two sequences of texts are the same bytes.
    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.write(text.as_bytes());
    }

    /// Takes a number: eight bytes, the lowest first.
    fn number(&mut self, number: u64) {
        self.0.write(&number.to_le_bytes());
    }

    fn finish(&self) -> u64 {
        self.0.finish()
    }
}

/// Of what can be edited of a segment: name, tracking, tags.
pub(crate) fn of_attributes(segment: &Segment) -> u64 {
    let mut digest = Digest::new();
    digest.text(segment.name());
    digest.number(u64::from(segment.analytics_tracking_enabled()));

    digest.number(segment.tags().len() as u64);
    segment.tags().for_each(|tag| digest.text(tag));
    digest.finish()
}

/// Of segments by their numbers, in order.
pub(crate) fn of_numbers(numbers: &[u32]) -> u64 {
    let mut digest = Digest::new();
    digest.number(numbers.len() as u64);
    for number in numbers {
        digest.number(u64::from(*number));
    }
    digest.finish()
}

/// Of the id of a request.
pub(crate) fn of_request_id(id: &[u8]) -> u64 {
    let mut digest = Digest::new();
    digest.0.write(id);
    digest.finish()
}

/// Of a text that begins with a version.
pub(crate) fn of_version(version: u32, text: &str) -> u64 {
    let mut digest = Digest::new();
    digest.number(u64::from(version));
    digest.text(text);
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_published_function() {
        // The example of the paper that describes SipHash: the key 00 to 0f, the input 00 to 0e.
        let (low, high) = (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908);
        let mut hasher = SipHasher24::new_with_keys(low, high);
        hasher.write(&std::array::from_fn::<u8, 15, _>(|index| u8::try_from(index).unwrap()));
        assert_eq!(hasher.finish(), 0xa129_ca61_49be_45e5);
    }

    // Stored checkpoints hold such numbers. Whoever changes one of them has to change
    // `Checkpoint::VERSION` too.
    #[test]
    fn what_is_stored_stays_what_it_is() {
        let segment = Segment::new("a", "Käufer", true, ["x", ""]).unwrap();
        assert_eq!(of_attributes(&segment), 0x59d7_d921_9db5_f6b7);
        assert_eq!(of_numbers(&[]), 0xe849_e8bb_6ffe_2567);
        assert_eq!(of_numbers(&[0, 1, u32::MAX]), 0x5d43_5f39_a4bc_f68c);
        assert_eq!(of_version(3, "{}"), 0x8a3e_51c9_0abe_aefa);
    }

    #[test]
    fn every_attribute_counts_and_the_id_does_not() {
        let of = |id: &str, name: &str, tracking: bool, tags: &[&str]| {
            of_attributes(&Segment::new(id, name, tracking, tags).unwrap())
        };
        let usual = of("a", "name", true, &["x", "y"]);
        assert_eq!(of("b", "name", true, &["x", "y"]), usual);
        for other in [
            of("a", "names", true, &["x", "y"]),
            of("a", "name", false, &["x", "y"]),
            of("a", "name", true, &["y", "x"]),
            of("a", "name", true, &["xy"]),
            of("a", "name", true, &["", "x", "y"]),
            of("a", "name", true, &[]),
        ] {
            assert_ne!(other, usual);
        }
    }
}
