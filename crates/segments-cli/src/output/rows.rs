//! Rows as bytes, many of them to a write.

use std::io::{self, Write};

use segments_core::Segment;

/// How many bytes of rows are written at once.
const FULL: usize = 32 << 10;

/// Writes the rows that `push` makes of segments.
pub(super) fn write_rows(
    segments: &[Segment],
    out: &mut impl Write,
    mut push: impl FnMut(&Segment, &mut Vec<u8>),
) -> io::Result<()> {
    let mut rows = Vec::with_capacity(FULL);
    for segment in segments {
        push(segment, &mut rows);
        if rows.len() >= FULL {
            out.write_all(&rows)?;
            rows.clear();
        }
    }
    out.write_all(&rows)
}

/// Appends `true` or `false`, which every format writes alike.
pub(super) fn push_bool(value: bool, row: &mut Vec<u8>) {
    row.extend_from_slice(if value { b"true" } else { b"false" });
}

/// Copies `text` in runs, with an escape in place of each byte that `is_special`.
pub(super) fn push_escaped(
    text: &[u8],
    is_special: impl Fn(u8) -> bool + Copy,
    mut push_escape: impl FnMut(u8, &mut Vec<u8>),
    row: &mut Vec<u8>,
) {
    let mut rest = text;
    loop {
        let run = plain_run(rest, is_special);
        row.extend_from_slice(&rest[..run]);
        let Some(special) = rest.get(run) else { return };
        push_escape(*special, row);
        rest = &rest[run + 1..];
    }
}

/// How many bytes there are before the first that `is_special`, which must not branch: then the
/// compiler looks at all bytes of a block at once.
pub(super) fn plain_run(text: &[u8], is_special: impl Fn(u8) -> bool + Copy) -> usize {
    const BLOCK: usize = 16;
    let is_plain =
        |block: &[u8; BLOCK]| !block.iter().fold(false, |any, byte| any | is_special(*byte));

    let mut run = 0;
    while let Some(block) = text[run..].first_chunk() {
        if !is_plain(block) {
            break;
        }
        run += BLOCK;
    }

    // What is left may be no whole block, but with bytes before it, it is one.
    match text.last_chunk() {
        Some(block) if text.len() - run < BLOCK && is_plain(block) => text.len(),
        _ => run + text[run..].iter().take_while(|byte| !is_special(**byte)).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_at_the_first_special_byte_wherever_it_is() {
        for length in 0..70 {
            let mut text = vec![b'a'; length];
            assert_eq!(plain_run(&text, |byte| byte == b'x'), length);
            for at in (0..length).rev() {
                text[at] = b'x';
                assert_eq!(plain_run(&text, |byte| byte == b'x'), at, "{length}");
            }
        }
    }

    #[test]
    fn many_rows_are_written_in_pieces_and_in_order() {
        let segments: Vec<_> = (0..2000)
            .map(|number| Segment::new(number.to_string(), "n".repeat(60), true, [""; 0]).unwrap())
            .collect();
        let push = |segment: &Segment, row: &mut Vec<u8>| {
            row.extend_from_slice(segment.id().as_bytes());
            row.extend_from_slice(segment.name().as_bytes());
        };
        let expected: String =
            segments.iter().map(|segment| segment.id().to_owned() + segment.name()).collect();

        let mut out = Vec::new();
        write_rows(&segments, &mut out, push).unwrap();
        assert!(out.len() > 2 * FULL);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
