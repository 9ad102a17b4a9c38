//! The value of a STATE message, in the form that all taps have: bookmarks by stream.

use serde_json::{Value, json};

use crate::connectors::{LastState, STREAM, Saved};

/// The state with this export in it, or with none: with an entry even then, because an empty state does
/// not replace the last one.
pub(super) fn state(saved: Option<&Saved>) -> Value {
    json!({ "bookmarks": { STREAM: Saved::to_json(saved) } })
}

/// The export in a state, if there is one, or why it cannot be read.
pub(crate) fn saved_in(state: &Value) -> LastState {
    Saved::of_json(&state["bookmarks"][STREAM])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::saved::tests::saved;

    #[test]
    fn a_state_is_read_back() {
        for saved in [Some(saved()), None] {
            assert_eq!(saved_in(&state(saved.as_ref())), Ok(saved));
        }
        for foreign in [json!({}), json!(null), json!([]), json!({ "bookmarks": { "other": 1 } })] {
            assert_eq!(saved_in(&foreign), Ok(None), "{foreign}");
        }
        assert!(saved_in(&json!({ "bookmarks": { "segments": { "checkpoint": {} } } })).is_err());
    }
}
