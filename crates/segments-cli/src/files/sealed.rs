//! Files of three lines of JSON: a head that says what the file is, the content, and a checksum of
//! both. Damage of any kind is noticed.

use std::io::{self, BufWriter, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::text::hex::hex;

const BUFFER: usize = 64 * 1024;

#[derive(Serialize, Deserialize)]
struct Foot {
    sha256: String,
}

/// Writes a file.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write_sealed(
    to: &mut impl Write,
    head: &impl Serialize,
    content: &impl Serialize,
) -> io::Result<()> {
    let hashing = Hashing { to, hash: Sha256::new() };
    let mut out = BufWriter::with_capacity(BUFFER, hashing);
    write_line(&mut out, head)?;
    write_line(&mut out, content)?;

    let Hashing { to, hash } = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    write_line(to, &Foot { sha256: hex(&hash.finalize()) })
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// Hashes what it writes.
struct Hashing<'a, W> {
    to: &'a mut W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// The head of a file, if it has one of this kind.
pub(crate) fn sealed_head<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let head = bytes.split_inclusive(|byte| *byte == b'\n').next()?;
    serde_json::from_slice(head).ok()
}

/// The content of a file; `None` if it is damaged.
pub(crate) fn sealed_content<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').skip(1);
    let (content, foot) = (lines.next()?, lines.next()?);

    let hashed = &bytes[..bytes.len() - foot.len()];
    let mut expected = Vec::new();
    write_line(&mut expected, &Foot { sha256: hex(&Sha256::digest(hashed)) }).ok()?;
    let is_whole = foot == expected && lines.next().is_none();
    serde_json::from_slice(content).ok().filter(|_| is_whole)
}
