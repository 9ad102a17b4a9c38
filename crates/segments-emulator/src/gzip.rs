/// `data` as a gzip member of stored blocks: valid for every decoder, compressed by none.
pub(crate) fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut blocks = data.chunks(0xffff).peekable();
    if blocks.peek().is_none() {
        block(&mut out, &[], true);
    }
    while let Some(chunk) = blocks.next() {
        block(&mut out, chunk, blocks.peek().is_none());
    }
    out.extend(crc32(data).to_le_bytes());
    // The format counts modulo 2^32.
    #[expect(clippy::cast_possible_truncation)]
    out.extend((data.len() as u32).to_le_bytes());
    out
}

fn block(out: &mut Vec<u8>, chunk: &[u8], last: bool) {
    let len = u16::try_from(chunk.len()).expect("chunks are at most 65,535 bytes");
    out.push(u8::from(last));
    out.extend(len.to_le_bytes());
    out.extend((!len).to_le_bytes());
    out.extend(chunk);
}

fn crc32(data: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
        })
    };
    !data.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_standard_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn blocks_are_stored_and_the_last_is_marked() {
        assert_eq!(gzip(b"").len(), 10 + 5 + 8);
        let long = vec![7; 0xffff + 1];
        let zipped = gzip(&long);
        assert_eq!(zipped.len(), 10 + 5 + 0xffff + 5 + 1 + 8);
        assert_eq!(zipped[10..15], [0, 0xff, 0xff, 0, 0]);
        assert_eq!(zipped[15 + 0xffff..][..6], [1, 1, 0, 0xfe, 0xff, 7]);
        assert_eq!(zipped[zipped.len() - 4..], 0x1_0000_u32.to_le_bytes());
    }
}
