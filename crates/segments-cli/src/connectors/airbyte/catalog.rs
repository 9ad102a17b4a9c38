//! The catalog of `discover`, and the one of `read`, in which the user has configured it.

use serde_json::{Value, json};

use crate::connectors::schema::Schema;
use crate::connectors::{KEY_FIELD, STREAM};
use crate::output::Fields;

/// The mode that there is, and the one that PyAirbyte asks for whatever there is. The whole list has every
/// change in it too.
const MODES: [&str; 2] = ["full_refresh", "incremental"];

/// What there is, as a message.
pub(crate) fn catalog() -> Value {
    json!({
        "type": "CATALOG",
        "catalog": {
            "streams": [{
                "name": STREAM,
                "json_schema": Schema(&Fields::default()),
                "supported_sync_modes": [MODES[0]],
                "source_defined_primary_key": [[KEY_FIELD]],
                // A second attempt gets the state of the first.
                "is_resumable": true,
            }],
        },
    })
}

/// Whether a configured catalog has the stream, or what of the catalog cannot be done.
pub(crate) fn selects_stream(catalog: &Value) -> Result<bool, String> {
    let streams = catalog["streams"].as_array().ok_or("it has no array `streams`")?;

    for configured in streams {
        let name = configured["stream"]["name"].as_str().ok_or("a stream has no name")?;
        if name != STREAM {
            return Err(format!("it has the stream `{name}`, and the only stream is `{STREAM}`"));
        }
        let mode = configured["sync_mode"].as_str().unwrap_or_default();
        if !MODES.contains(&mode) {
            return Err(format!("its sync mode is `{mode}`, and there is only {}", MODES[0]));
        }
    }
    match streams.len() {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(format!("it has the stream `{STREAM}` twice")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configured_catalog_is_read() {
        let stream = |name: &str, mode: &str| {
            let stream = &catalog()["catalog"]["streams"][0];
            let mut configured = json!({ "stream": stream, "sync_mode": mode });
            configured["stream"]["name"] = name.into();
            configured["destination_sync_mode"] = "overwrite".into();
            configured
        };
        let selects = |streams: Value| selects_stream(&json!({ "streams": streams }));
        let ours = stream("segments", "full_refresh");

        assert_eq!(selects(json!([ours])), Ok(true));
        assert_eq!(selects(json!([stream("segments", "incremental")])), Ok(true));
        assert_eq!(selects(json!([])), Ok(false));
        for (streams, expected) in [
            (json!([stream("campaigns", "full_refresh")]), "the only stream is `segments`"),
            (json!([stream("segments", "cdc")]), "there is only full_refresh"),
            (json!([ours, ours]), "twice"),
            (json!([{}]), "a stream has no name"),
            (json!({}), "it has no array `streams`"),
        ] {
            let error = selects(streams).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
