//! The catalog: what there is, and what of it is selected.

use serde_json::{Value, json};

use crate::connectors::schema::Schema;
use crate::connectors::{KEY_FIELD, STREAM};
use crate::output::{Field, Fields};

const METHOD: &str = "FULL_TABLE";

/// The catalog of `--discover`.
pub(crate) fn discovered() -> Value {
    let of_stream = json!({
        "breadcrumb": [],
        "metadata": {
            "inclusion": "available",
            "selected-by-default": true,
            "table-key-properties": [KEY_FIELD],
            "forced-replication-method": METHOD,
        },
    });
    let of_field = |field: Field| {
        let is_key = field.name() == KEY_FIELD;
        let inclusion = if is_key { "automatic" } else { "available" };
        json!({
            "breadcrumb": ["properties", field.name()],
            "metadata": { "inclusion": inclusion, "selected-by-default": true },
        })
    };
    let metadata: Vec<_> =
        std::iter::once(of_stream).chain(Field::ALL.into_iter().map(of_field)).collect();

    json!({
        "streams": [{
            "tap_stream_id": STREAM,
            "stream": STREAM,
            "key_properties": [KEY_FIELD],
            "schema": Schema(&Fields::default()),
            "metadata": metadata,
        }],
    })
}

/// What a catalog selects.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// These fields of the stream.
    Fields(Fields),
    Nothing,
}

/// Without a catalog, everything.
impl Default for Selection {
    fn default() -> Self {
        Self::Fields(Fields::default())
    }
}

impl Selection {
    /// Reads a catalog, or says what of it cannot be done: who selects a stream must get it, or an error.
    pub(crate) fn of_catalog(catalog: &Value) -> Result<Self, String> {
        let streams = catalog["streams"].as_array().ok_or("it has no array `streams`")?;
        let mut selection = Self::Nothing;

        for stream in streams {
            let id = stream["tap_stream_id"].as_str().or_else(|| stream["stream"].as_str());
            let id = id.ok_or("a stream has no `tap_stream_id`")?;
            if !is_selected(stream, id == STREAM) {
                continue;
            }
            if id != STREAM {
                let only = format!("the only stream is `{STREAM}`");
                return Err(format!("it selects the stream `{id}`, and {only}"));
            }
            if selection != Self::Nothing {
                return Err(format!("it has the stream `{STREAM}` twice"));
            }
            check_method(stream)?;
            selection = Self::Fields(fields(stream)?);
        }
        Ok(selection)
    }
}

/// Whether it is selected: in its metadata or, as older catalogs have it, in itself or in its schema.
fn is_selected(stream: &Value, by_default: bool) -> bool {
    let metadata = metadata(stream, &[]);
    let places = [metadata, Some(stream), stream.get("schema")];
    let selected = places.into_iter().flatten().find_map(|place| place["selected"].as_bool());
    selected.or_else(|| metadata?["selected-by-default"].as_bool()).unwrap_or(by_default)
}

fn check_method(stream: &Value) -> Result<(), String> {
    let of_metadata = |name| metadata(stream, &[]).map(|metadata| &metadata[name]);
    let methods = [
        of_metadata("forced-replication-method"),
        of_metadata("replication-method"),
        stream.get("replication_method"),
    ];
    let other = methods.into_iter().flatten().filter_map(Value::as_str).find(|one| *one != METHOD);
    match other {
        Some(other) => {
            Err(format!("its replication method is {other}, and there is only {METHOD}"))
        }
        None => Ok(()),
    }
}

/// All fields but those that are not selected. The key always is.
fn fields(stream: &Value) -> Result<Fields, String> {
    if let Some(unknown) = unknown_field(stream) {
        return Err(format!("it selects the field `{unknown}`, which does not exist"));
    }
    let is_selected = |field: &Field| {
        let name = field.name();
        let places = [
            metadata(stream, &["properties", name]),
            stream.pointer(&format!("/schema/properties/{name}")),
        ];
        name == KEY_FIELD || places.into_iter().flatten().all(is_selected_field)
    };
    let fields: Vec<_> = Field::ALL.into_iter().filter(is_selected).collect();
    Ok(Fields::new(&fields).expect("each is there once"))
}

fn is_selected_field(place: &Value) -> bool {
    let selected = place["selected"].as_bool();
    selected.or_else(|| place["selected-by-default"].as_bool()).unwrap_or(true)
}

/// A field that does not exist, if one is selected by name.
fn unknown_field(stream: &Value) -> Option<&str> {
    let entries = stream["metadata"].as_array()?;
    let selected = entries.iter().filter(|entry| entry["metadata"]["selected"] == true);
    let names = selected.filter_map(|entry| match entry["breadcrumb"].as_array()?.as_slice() {
        [properties, name, ..] if properties == "properties" => name.as_str(),
        _ => None,
    });
    let mut unknown = names.filter(|name| Field::ALL.iter().all(|field| field.name() != *name));
    unknown.next()
}

/// The metadata of the stream, or of what is below it.
fn metadata<'a>(stream: &'a Value, breadcrumb: &[&str]) -> Option<&'a Value> {
    let entries = stream["metadata"].as_array()?;
    let breadcrumb = json!(breadcrumb);
    entries.iter().find(|entry| entry["breadcrumb"] == breadcrumb).map(|entry| &entry["metadata"])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The catalog as it was discovered, with these metadata of the stream or a field on top.
    fn edited(edits: &[(&[&str], Value)]) -> Value {
        let mut catalog = discovered();
        for (breadcrumb, edit) in edits {
            let entries = catalog["streams"][0]["metadata"].as_array_mut().unwrap();
            let entry = entries.iter_mut().find(|entry| entry["breadcrumb"] == json!(breadcrumb));
            let metadata = entry.unwrap()["metadata"].as_object_mut().unwrap();
            metadata.extend(edit.as_object().unwrap().clone());
        }
        catalog
    }

    fn names(catalog: &Value) -> Vec<&'static str> {
        match Selection::of_catalog(catalog).unwrap() {
            Selection::Fields(fields) => fields.names().collect(),
            Selection::Nothing => Vec::new(),
        }
    }

    const ALL: [&str; 4] = ["id", "name", "analytics_tracking_enabled", "tags"];
    const NAME: &[&str] = &["properties", "name"];

    #[test]
    fn what_was_discovered_is_selected() {
        assert_eq!(names(&discovered()), ALL);
        assert_eq!(names(&json!({ "streams": [{ "tap_stream_id": "segments" }] })), ALL);
        assert_eq!(names(&json!({ "streams": [{ "stream": "segments", "selected": true }] })), ALL);
    }

    #[test]
    fn streams_are_deselected_in_each_place() {
        let not = json!({ "selected": false });
        assert_eq!(names(&edited(&[(&[], not.clone())])), [""; 0]);
        assert_eq!(names(&edited(&[(&[], json!({ "selected-by-default": false }))])), [""; 0]);
        assert_eq!(names(&json!({ "streams": [] })), [""; 0]);
        let old = json!({ "streams": [{ "stream": "segments", "schema": not }] });
        assert_eq!(names(&old), [""; 0]);
        let other = json!({ "streams": [{ "tap_stream_id": "campaigns" }] });
        assert_eq!(names(&other), [""; 0]);
    }

    #[test]
    fn fields_are_deselected_except_the_key() {
        let not = json!({ "selected": false });
        assert_eq!(names(&edited(&[(NAME, not.clone())])), [ALL[0], ALL[2], ALL[3]]);
        let default = json!({ "selected-by-default": false });
        assert_eq!(names(&edited(&[(NAME, default)])), [ALL[0], ALL[2], ALL[3]]);
        assert_eq!(names(&edited(&[(&["properties", "id"], not.clone())])), ALL);
        let schema = json!({ "properties": { "tags": not, "id": not } });
        let old = json!({ "streams": [{ "stream": "segments", "schema": schema }] });
        assert_eq!(names(&old), ALL[..3]);
    }

    #[test]
    fn what_there_is_not_is_refused() {
        let refusal = |catalog: &Value| Selection::of_catalog(catalog).unwrap_err();
        assert_eq!(refusal(&json!([])), "it has no array `streams`");
        assert_eq!(refusal(&json!({ "streams": [{}] })), "a stream has no `tap_stream_id`");
        let other = json!({ "streams": [{ "stream": "campaigns", "selected": true }] });
        let expected = "it selects the stream `campaigns`, and the only stream is `segments`";
        assert_eq!(refusal(&other), expected);
        let twice = json!({ "streams": [{ "stream": "segments" }, { "stream": "segments" }] });
        assert_eq!(refusal(&twice), "it has the stream `segments` twice");
        let method = edited(&[(&[], json!({ "replication-method": "INCREMENTAL" }))]);
        let expected = "its replication method is INCREMENTAL, and there is only FULL_TABLE";
        assert_eq!(refusal(&method), expected);

        let mut field = discovered();
        field["streams"][0]["metadata"][1]["breadcrumb"][1] = "size".into();
        assert_eq!(names(&field), ALL);
        field["streams"][0]["metadata"][1]["metadata"]["selected"] = true.into();
        assert_eq!(refusal(&field), "it selects the field `size`, which does not exist");
    }
}
