//! Lines of JSON, each with a checksum of itself and of all lines before it.

use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::text::hex::hex;

/// So many hexadecimal digits are enough to notice a change. They prove nothing about who made it.
const DIGITS: usize = 16;

const BEFORE: &str = "{\"sum\":\"";
const BEHIND: &str = "\",";

/// The lines so far.
#[derive(Debug, Default)]
pub(super) struct Chain {
    sum: String,
}

impl Chain {
    /// The next line, with its end. `value` is an object that is not empty.
    pub(super) fn line(&mut self, value: &impl Serialize) -> io::Result<Vec<u8>> {
        Ok(self.line_of(&serde_json::to_vec(value)?))
    }

    pub(super) fn line_of(&mut self, object: &[u8]) -> Vec<u8> {
        self.add(object);

        let mut line = Vec::with_capacity(object.len() + 64);
        line.extend(BEFORE.bytes());
        line.extend(self.sum.bytes());
        line.extend(BEHIND.bytes());
        line.extend(&object[1..]);
        line.push(b'\n');
        line
    }

    /// The object in the next line, without its end; `None` if it does not follow those before.
    pub(super) fn object(&mut self, line: &[u8]) -> Option<Vec<u8>> {
        let (sum, rest) = line.strip_prefix(BEFORE.as_bytes())?.split_at_checked(DIGITS)?;
        let object = [b"{", rest.strip_prefix(BEHIND.as_bytes())?].concat();

        self.add(&object);
        (self.sum.as_bytes() == sum).then_some(object)
    }

    fn add(&mut self, object: &[u8]) {
        let hash = Sha256::new().chain_update(&self.sum).chain_update(object).finalize();
        self.sum = hex(&hash[..DIGITS / 2]);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_follows_those_before_it() {
        let mut chain = Chain::default();
        let lines = [json!({"a": 1}), json!({"b": "\n"}), json!({"a": 1})]
            .map(|value| String::from_utf8(chain.line(&value).unwrap()).unwrap());
        let [one, two, three] = lines.each_ref().map(|line| line.trim_end().as_bytes());
        assert_ne!(one, three);
        assert!(serde_json::from_slice::<serde_json::Value>(two).unwrap()["sum"].is_string());

        let read = |lines: &[&[u8]]| {
            let mut chain = Chain::default();
            lines.iter().map(|line| chain.object(line)).collect::<Vec<_>>()
        };
        let object = |text: &str| Some(text.as_bytes().to_vec());
        assert_eq!(
            read(&[one, two, three]),
            [object("{\"a\":1}"), object("{\"b\":\"\\n\"}"), object("{\"a\":1}")]
        );
        assert_eq!(read(&[one, three])[1], None);
        assert_eq!(read(&[two])[0], None);
        for no_line in [&b""[..], b"{}", b"{\"sum\":\"0123\"}", "{\"sum\":\"é".as_bytes()] {
            assert_eq!(read(&[no_line])[0], None);
        }
    }
}
