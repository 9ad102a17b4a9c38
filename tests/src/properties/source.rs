/// Values out of arbitrary bytes, for properties that need more than one blob. Where the bytes
/// end, everything is zero or empty, so that short inputs are simple ones.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    bytes: &'a [u8],
}

impl<'a> Source<'a> {
    /// Reads from these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Whether all bytes are used.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        *first
    }

    /// A number below `end`, which must not be 0.
    pub fn below(&mut self, end: u8) -> u8 {
        self.byte() % end
    }

    /// Whether a coin falls on one side.
    pub fn coin(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// The next eight bytes as a number, the lowest first.
    pub fn number(&mut self) -> u64 {
        (0..8).fold(0, |number, place| number | u64::from(self.byte()) << (8 * place))
    }

    /// Bytes: a length below 256, then so many.
    pub fn blob(&mut self) -> &'a [u8] {
        let len = usize::from(self.byte()).min(self.bytes.len());
        let (blob, rest) = self.bytes.split_at(len);
        self.bytes = rest;
        blob
    }

    /// A text: a blob, with what is not UTF-8 replaced.
    pub fn text(&mut self) -> String {
        String::from_utf8_lossy(self.blob()).into_owned()
    }

    /// The next line, without its end.
    pub fn line(&mut self) -> &'a [u8] {
        let end = self.bytes.iter().position(|byte| *byte == b'\n').unwrap_or(self.bytes.len());
        let line = &self.bytes[..end];
        self.bytes = &self.bytes[self.bytes.len().min(end + 1)..];
        line
    }

    /// Lines with a colon up to an empty one: names and values. What is no such line is left out.
    pub fn headers(&mut self) -> Vec<(&'a [u8], &'a [u8])> {
        let mut headers = Vec::new();
        while !self.is_empty() {
            let line = self.line();
            if line.is_empty() {
                break;
            }
            if let Some(colon) = line.iter().position(|byte| *byte == b':') {
                headers.push((&line[..colon], line[colon + 1..].trim_ascii()));
            }
        }

        headers
    }

    /// What is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.bytes)
    }
}
