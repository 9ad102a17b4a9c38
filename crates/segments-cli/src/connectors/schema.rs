//! The JSON Schema of a record.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::output::{Field, Fields};

/// The schema of an object with these fields, in their order: that of the columns in a new table. No field
/// is ever missing or null.
#[derive(Debug)]
pub(super) struct Schema<'a>(pub(super) &'a Fields);

impl Serialize for Schema<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("type", "object")?;
        map.serialize_entry("properties", &Properties(self.0))?;
        map.end()
    }
}

struct Properties<'a>(&'a Fields);

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|field| (field.name(), of_field(field))))
    }
}

fn of_field(field: Field) -> Value {
    match field {
        Field::Id | Field::Name => json!({ "type": "string" }),
        Field::AnalyticsTrackingEnabled => json!({ "type": "boolean" }),
        Field::Tags => json!({ "type": "array", "items": { "type": "string" } }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_the_types_of_the_published_schema() {
        let published: Value =
            serde_json::from_str(include_str!("../../schemas/segment.schema.json")).unwrap();
        let schema = json!(Schema(&Fields::default()));
        let count = schema["properties"].as_object().unwrap().len();
        assert_eq!(published["properties"].as_object().unwrap().len(), count);

        for (name, property) in schema["properties"].as_object().unwrap() {
            let expected = &published["properties"][name];
            assert_eq!(property["type"], expected["type"], "{name}");
            assert_eq!(property["items"]["type"], expected["items"]["type"], "{name}");
        }
    }
}
