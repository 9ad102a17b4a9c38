//! JSON in which a name comes once in an object. Readers disagree about which of two values counts, so
//! what a person sees in the file may not be what is done.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};

/// Why a text is refused. Nothing of the text is in it, which can hold a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonFault {
    /// Whether it is JSON, except that a name comes twice.
    pub(crate) is_duplicate: bool,
    line: usize,
    pub(crate) column: usize,
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { is_duplicate, line, column } = self;
        let what = if *is_duplicate { DUPLICATE } else { "invalid JSON" };
        write!(f, "{what} in line {line}, column {column}")
    }
}

/// What is wrong with the name at which a [`JsonFault::is_duplicate`].
pub(crate) const DUPLICATE: &str = "an object has a name twice, the second time";

/// Parses one value.
pub(crate) fn parse(text: &str) -> Result<Value, JsonFault> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = Strict.deserialize(&mut deserializer);
    let value = parsed.and_then(|value| deserializer.end().map(|()| value));

    value.map_err(|error| JsonFault {
        // Any value fits, so nothing else is wrong with the data.
        is_duplicate: error.classify() == Category::Data,
        line: error.line(),
        column: error.column(),
    })
}

/// A value, whatever it is, with the values in it.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(Strict)? {
            values.push(value);
        }

        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if members.contains_key(&name) {
                return Err(A::Error::custom("a name comes twice"));
            }
            members.insert(name, map.next_value_seed(Strict)?);
        }

        Ok(members.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_that_comes_twice_is_refused_at_any_depth() {
        for (text, column) in [
            (r#"{"a":1,"a":2}"#, 10),
            (r#"{"a":1,"\u0061":1}"#, 15),
            (r#"[{"b":{"a":1,"a":1}}]"#, 16),
        ] {
            let expected = JsonFault { is_duplicate: true, line: 1, column };
            assert_eq!(parse(text), Err(expected), "{text}");
        }

        assert!(parse(r#"[{"a":{"a":1}},{"a":1,"A":1}]"#).is_ok());
    }

    #[test]
    fn what_is_no_json_is_refused_without_its_text() {
        for text in ["", "CANARY", "{\"CANARY\"}", "\"CANARY", "1 CANARY", "{\n\"a\":CANARY}"] {
            let error = parse(text).unwrap_err();
            assert!(!error.is_duplicate && !error.to_string().contains("CANARY"), "{error}");
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f32>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_other_document_is_what_serde_json_makes_of_it(value in values()) {
            let text = value.to_string();
            prop_assert_eq!(parse(&text).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
        }
    }
}
