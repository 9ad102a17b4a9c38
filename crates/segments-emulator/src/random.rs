//! Numbers that look random and are functions of their arguments.

/// The output function of `SplitMix64`, a bijection.
pub(crate) const fn split_mix64(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

/// A string in the format of a UUID version 4, as request ids and segment ids have it.
pub(crate) fn uuid(high: u64, low: u64) -> String {
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        0x8000 | split_mix64(low) >> 48 & 0x3fff,
        split_mix64(low ^ high) & 0xffff_ffff_ffff,
    )
}
