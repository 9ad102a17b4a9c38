//! A recorded exchange is judged as it was, and whatever is read as one is safe to hand in.

use std::time::Duration;

use http::Response;
use segments_core::export::RecordedExchange;
use segments_core::{Export, Fetch, Plan, Step, TransportError};
use serde_json::Value;

use super::{api, assert_keyless, response};

/// Reads the bytes as a recorded exchange, and as a response that is recorded.
pub fn check(input: &[u8]) {
    any_bytes(input);
    let (status, headers, body) = response::parse(input);
    recorded_alike(&Ok(response::response(status, &headers, body)));
}

/// An export makes of a recorded result what it makes of the result itself, and the key is not in it.
///
/// # Panics
/// When violated.
pub fn recorded_alike(result: &Result<Response<Vec<u8>>, TransportError>) {
    let (mut export, fetch) = export();
    let now = Duration::from_millis(250);
    let recorded = RecordedExchange::new(&fetch, now, result);
    let live = export.handle_result(&fetch, now, result.clone());

    let json = serde_json::to_string(&recorded).expect("it is JSON");
    keyless_strings(&serde_json::from_str(&json).expect("our own JSON"));
    let again: RecordedExchange = serde_json::from_str(&json).expect("our own JSON");
    assert_eq!(again, recorded);

    let (mut replay, _) = self::export();
    let fetch = again.fetch(&replay).expect("the first request");
    let replayed = replay.handle_result(&fetch, again.ended_at(), again.clone().into_result());
    // A position in an error, or a name, can be another one.
    if !again.is_redacted() {
        assert_eq!(replayed, live);
        assert_eq!(replay.report(), export.report());
    }
}

/// Any bytes are refused, or an exchange that an export survives and that is written as it was read.
///
/// # Panics
/// When violated.
pub fn any_bytes(input: &[u8]) {
    let Ok(recorded) = serde_json::from_slice::<RecordedExchange>(input) else { return };
    let json = serde_json::to_string(&recorded).expect("it is JSON");
    assert_eq!(serde_json::from_str::<RecordedExchange>(&json).expect("our own JSON"), recorded);

    let (mut export, first) = self::export();
    let fetch = recorded.fetch(&export).unwrap_or(first);
    let (now, result) = (recorded.ended_at(), recorded.into_result());
    export.handle_result(&fetch, now, result);
    let _ = export.poll(now);
}

/// Looks for the key in what the strings say: the letter of an escape, as in `\nARY`, is none of it.
fn keyless_strings(value: &Value) {
    match value {
        Value::String(text) => assert_keyless(text),
        Value::Array(values) => values.iter().for_each(keyless_strings),
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            assert_keyless(name);
            keyless_strings(value);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// An export, and its first request.
fn export() -> (Export, Fetch) {
    let mut plan = Plan::default();
    plan.max_body = 16 * 1024;
    let mut export = Export::new(api(), plan);
    let Ok(Step::Send(fetch)) = export.poll(Duration::ZERO) else { panic!("the first request") };
    (export, fetch)
}
