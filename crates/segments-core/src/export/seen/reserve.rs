/// Reserves memory for `len` elements in all, an eighth more at a time: of a long list, doubling
/// would leave half of the memory unused.
pub(crate) fn reserve_to<T>(vec: &mut Vec<T>, len: usize) {
    if vec.capacity() < len {
        vec.reserve_exact(len.max(vec.len() / 8 * 9) - vec.len());
    }
}
