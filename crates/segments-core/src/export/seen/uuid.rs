//! The usual form of an id, in 16 bytes instead of 36.

/// The 128 bits of a UUID in lower case, `8-4-4-4-12`; nothing for any other text, so that
/// [`unpack`] gives back the very same.
// On its own it is vectorised as a whole, which takes half the instructions.
#[inline(never)]
pub(crate) fn pack(id: &str) -> Option<u128> {
    let id: &[u8; 36] = id.as_bytes().try_into().ok()?;
    let mut digits = [0; 32];
    digits[..8].copy_from_slice(&id[..8]);
    digits[8..12].copy_from_slice(&id[9..13]);
    digits[12..16].copy_from_slice(&id[14..18]);
    digits[16..20].copy_from_slice(&id[19..23]);
    digits[20..].copy_from_slice(&id[24..]);
    let mut valid = [8, 13, 18, 23].map(|place| id[place]) == [b'-'; 4];
    // No early end in either loop: so each is a few instructions over all bytes at once.
    for digit in &mut digits {
        let is_letter = *digit > b'9';
        *digit = digit.wrapping_sub(if is_letter { b'a' - 10 } else { b'0' });
        valid &= *digit < 16 && (*digit > 9) == is_letter;
    }
    let mut packed = [0; 16];
    for (byte, pair) in packed.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    valid.then_some(u128::from_be_bytes(packed))
}

/// The UUID of these bits, as text.
pub(crate) fn unpack(packed: u128) -> String {
    let digits = format!("{packed:032x}");
    let part = |range: std::ops::Range<usize>| &digits[range];
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
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
