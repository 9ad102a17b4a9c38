//! The usual form of an id, in 16 bytes instead of 36.

/// The 128 bits of a UUID in lower case, `8-4-4-4-12`; nothing for any other text, so that
/// [`unpack`] gives back the very same.
pub(crate) fn pack(id: &str) -> Option<u128> {
    let id: &[u8; 36] = id.as_bytes().try_into().ok()?;
    let dashes = id[8] ^ b'-' | id[13] ^ b'-' | id[18] ^ b'-' | id[23] ^ b'-';
    let four = |at: usize| {
        let four = id[at..].first_chunk().expect("within the 36 bytes");
        u64::from(u32::from_be_bytes(*four))
    };
    let eight = |a, b| digits(four(a) << 32 | four(b));
    let parts = [eight(0, 4)?, eight(9, 14)?, eight(19, 24)?, eight(28, 32)?];
    let packed = parts.iter().fold(0, |packed, part| packed << 32 | u128::from(*part));
    (dashes == 0).then_some(packed)
}

/// The UUID of these bits, as text.
pub(crate) fn unpack(packed: u128) -> String {
    let digits = format!("{packed:032x}");
    let part = |range: std::ops::Range<usize>| &digits[range];
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}

/// The value of eight hexadecimal digits in lower case, all at once: each byte is taken for a digit
/// and held against the digit that its value has.
// 32 bits are left of the eight bytes.
#[allow(clippy::cast_possible_truncation)]
fn digits(text: u64) -> Option<u32> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let is_letter = text >> 6 & EACH;
    let values = ((text & (0x0f * EACH)) + is_letter * 9) & (0x0f * EACH);
    let is_letter = (values + 0x06 * EACH) >> 4 & EACH;
    if values + 0x30 * EACH + is_letter * 0x27 != text {
        return None;
    }
    let pairs = (values >> 4 | values) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs >> 8 | pairs) & 0x0000_ffff_0000_ffff;
    Some((fours >> 16 | fours) as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_recorded_form_is_packed() {
        let id = "6d68ea15-26c4-4109-835a-65b81773a5e2";
        assert_eq!(pack(id), Some(0x6d68_ea15_26c4_4109_835a_65b8_1773_a5e2));
        assert_eq!(unpack(0x6d68_ea15_26c4_4109_835a_65b8_1773_a5e2), id);
    }

    #[test]
    fn any_other_byte_in_any_place_is_another_form() {
        let id = *b"6d68ea15-26c4-4109-835a-65b81773a5e2";
        for place in 0..id.len() {
            for byte in 0..128 {
                let mut other = id;
                other[place] = byte;
                let text = std::str::from_utf8(&other).unwrap();
                let digit = byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
                let usual = if id[place] == b'-' { byte == b'-' } else { digit };
                assert_eq!(pack(text).is_some(), usual, "{text}");
                assert!(pack(text).is_none_or(|packed| unpack(packed) == text));
            }
        }
        assert_eq!(pack(""), None);
        assert_eq!(pack("6d68ea15-26c4-4109-835a-65b81773a5e"), None);
        assert_eq!(pack("6d68ea15-26c4-4109-835a-65b81773a5e\u{fc}"), None);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(packed: u128) {
            prop_assert_eq!(pack(&unpack(packed)), Some(packed));
        }
    }
}
