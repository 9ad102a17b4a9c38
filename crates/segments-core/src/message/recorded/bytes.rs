//! Bytes in JSON: a string if they are UTF-8, otherwise `{"base64": "…"}`.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const BASE64: &str = "base64";

pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return serializer.serialize_str(text);
    }
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(BASE64, &BASE64_STANDARD.encode(bytes))?;
    map.end()
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    deserializer.deserialize_any(BytesVisitor)
}

struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or an object with the one key base64")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
        Ok(text.as_bytes().to_vec())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Vec<u8>, E> {
        Ok(text.into_bytes())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<u8>, A::Error> {
        let entry: Option<(Cow<'_, str>, Cow<'_, str>)> = map.next_entry()?;
        let encoded = match entry {
            Some((name, encoded)) if name == BASE64 => encoded,
            _ => return Err(A::Error::missing_field(BASE64)),
        };
        if map.next_key::<Cow<'_, str>>()?.is_some() {
            return Err(A::Error::custom("there is more than base64"));
        }
        BASE64_STANDARD.decode(&*encoded).map_err(A::Error::custom)
    }
}

/// Bytes that are an element of something else.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Bytes(#[serde(with = "self")] pub(super) Vec<u8>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_text_and_the_rest_is_base64() {
        for (bytes, json) in [
            (&b""[..], r#""""#),
            (b"{\"a\": 1}\0", r#""{\"a\": 1}\u0000""#),
            ("é".as_bytes(), r#""é""#),
            (b"\x1f\x8b\xff", r#"{"base64":"H4v/"}"#),
        ] {
            assert_eq!(serde_json::to_string(&Bytes(bytes.to_vec())).unwrap(), json);
            assert_eq!(serde_json::from_str::<Bytes>(json).unwrap().0, bytes);
        }
    }

    #[test]
    fn nothing_else_is_read() {
        for json in [
            "7",
            "null",
            "[72, 105]",
            "{}",
            r#"{"hex":"00"}"#,
            r#"{"base64":"*"}"#,
            r#"{"base64":"H4v"}"#,
            r#"{"base64":"","body":""}"#,
            r#"{"base64":7}"#,
        ] {
            assert!(serde_json::from_str::<Bytes>(json).is_err(), "{json}");
        }
    }
}
