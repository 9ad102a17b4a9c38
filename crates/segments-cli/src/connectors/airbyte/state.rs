//! The state that the platform hands back: the messages of the last run, in an array.

use serde_json::Value;

use crate::connectors::{LastState, STREAM, Saved};

/// The export in a state, if there is one, or why it cannot be read.
pub(crate) fn saved_in(state: &Value) -> LastState {
    let messages = match state {
        Value::Array(messages) => messages.as_slice(),
        message => std::slice::from_ref(message),
    };
    // The last one counts.
    let of_stream = messages
        .iter()
        .rev()
        .find(|message| message["stream"]["stream_descriptor"]["name"] == STREAM);
    of_stream.map_or(Ok(None), |message| Saved::of_json(&message["stream"]["stream_state"]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::connectors::saved::tests::saved;

    #[test]
    fn a_state_is_read_back() {
        let message = |name: &str, saved: Option<&Saved>| {
            let (descriptor, state) = (json!({ "name": name }), Saved::to_json(saved));
            let stream = json!({ "stream_descriptor": descriptor, "stream_state": state });
            json!({ "type": "STREAM", "stream": stream })
        };
        let some = message("segments", Some(&saved()));
        for (state, expected) in [
            (json!([some]), Some(saved())),
            (some.clone(), Some(saved())),
            (json!([some, message("other", None)]), Some(saved())),
            (json!([some, message("segments", None)]), None),
            (json!([message("other", Some(&saved()))]), None),
            (json!([]), None),
            (json!({}), None),
        ] {
            assert_eq!(saved_in(&state), Ok(expected), "{state}");
        }
    }
}
