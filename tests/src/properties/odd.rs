use serde_json::{Value, json};

/// The places in a JSON value, as RFC 6901 writes them. Of an array's elements the first and the
/// last ones stand for all.
pub(super) fn places(value: &Value) -> Vec<String> {
    let mut places = Vec::new();
    collect(value, "", &mut places);
    places
}

fn collect(value: &Value, place: &str, places: &mut Vec<String>) {
    places.push(place.to_owned());

    match value {
        Value::Array(elements) => {
            let some = |index: &usize| *index == 0 || index + 1 == elements.len();
            for index in (0..elements.len()).filter(some) {
                collect(&elements[index], &format!("{place}/{index}"), places);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                collect(field, &format!("{place}/{name}"), places);
            }
        }
        _ => {}
    }
}

/// How many [`change`] knows.
pub(super) const CHANGES: usize = 22;

/// Makes something odd of a value: cuts it, lengthens it, or puts another in its place.
pub(super) fn change(value: &mut Value, change: usize) {
    let others = [
        json!(null),
        json!(false),
        json!(true),
        json!(0),
        json!(1),
        json!(3),
        json!(1 << 16),
        json!(1_u64 << 31),
        json!(u32::MAX),
        json!(u64::MAX),
        json!(-1),
        json!(1.5),
        json!(""),
        json!([]),
        json!([0]),
        json!([3, u32::MAX]),
        json!({}),
        json!({"0": [0]}),
    ];

    if let Some(other) = others.get(change) {
        *value = other.clone();
        return;
    }

    match (change - others.len(), value) {
        (0, Value::Array(elements)) => drop(elements.pop()),
        (1, Value::Array(elements)) => elements.extend(elements.last().cloned()),
        (2, Value::Array(elements)) => elements.reverse(),
        (_, Value::Array(elements)) => drop(elements.drain(..elements.len() / 2)),
        (0, Value::Object(fields)) => {
            let first = fields.keys().next().cloned();
            first.and_then(|name| fields.remove(&name));
        }
        (1, Value::Number(number)) => {
            *number = number.as_u64().unwrap_or_default().wrapping_add(1).into();
        }
        (_, Value::Number(number)) => {
            *number = number.as_u64().unwrap_or_default().wrapping_sub(1).into();
        }
        (_, value) => *value = json!("odd"),
    }
}
