//! Two answers in the shape of recorded ones: order of keys, set of headers and spelling of values
//! as they were seen, names and identifiers our own.

use http::Response;

/// The key that [`refused`] repeats.
pub const KEY: &str = "CANARY-fixture-0451";

/// The ids of [`listed`], oldest first.
pub const IDS: [&str; 6] = [
    "1f6b0f3c-8f0e-4a51-9d5e-6a2f14c7b001",
    "2c9d4e71-03ab-4d77-b1c2-90e45fd3a002",
    "3ab85d20-6b1f-4c0d-8a3e-5d7712e9c003",
    "47e0c1f9-d2a6-4b38-9f64-0b8c39a5d004",
    "5d3317aa-94c8-46e2-a70b-c81e62f4e005",
    "68f2be64-1e7d-4f95-8c19-27d9b0a3f006",
];

const NAMES: [&str; 6] = [
    "Lapsed - 7 days",
    "Lapsed - 30 days",
    "Onboarding - first week",
    "Onboarding - second week",
    "Engaged lately",
    "Everybody (Example App - iOS)",
];

/// A list of six on one page, as in 2020: `segments` before `message`, compact, empty `tags`.
///
/// `Content-Length` is that of the compressed body which was sent then, and the two lines of
/// `Strict-Transport-Security`, `Accept-Ranges` and `Age` are as they came.
///
/// # Panics
/// Never: the parts are valid.
pub fn listed() -> Response<Vec<u8>> {
    let rows: Vec<String> = IDS
        .iter()
        .zip(NAMES)
        .map(|(id, name)| {
            format!(
                r#"{{"id":"{id}","name":"{name}","analytics_tracking_enabled":true,"tags":[]}}"#
            )
        })
        .collect();

    let body = format!(r#"{{"segments":[{}],"message":"success"}}"#, rows.join(","));
    let response = Response::builder()
        .status(200)
        .header("Connection", "keep-alive")
        .header("Content-Length", "371")
        .header("Cache-Control", "max-age=0, private, must-revalidate")
        .header("Content-Type", "application/json")
        .header("ETag", "W/\"00112233445566778899aabbccddeeff\"")
        .header("Server", "nginx")
        .header("Strict-Transport-Security", "max-age=0; includeSubDomains")
        .header("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        .header("X-Ratelimit-Limit", "250000")
        .header("X-Ratelimit-Remaining", "249938")
        .header("X-Ratelimit-Reset", "1592427600")
        .header("X-Request-Id", "7c1e5a90-2b64-4f0e-93d8-1a6f0c2be771")
        .header("X-Runtime", "0.011164")
        .header("Accept-Ranges", "bytes")
        .header("Accept-Ranges", "bytes")
        .header("Age", "0")
        .header("Age", "0")
        .header("Date", "Wed, 17 Jun 2020 20:57:03 GMT")
        .header("Via", "1.1 varnish")
        .header("X-Cache", "MISS")
        .header("Vary", "Origin,Accept-Encoding");

    response.body(body.into_bytes()).expect("valid headers")
}

/// A 401 of 2020: it repeats the key, and its rate limit headers are there and empty.
///
/// # Panics
/// Never: the parts are valid.
pub fn refused() -> Response<Vec<u8>> {
    let body = format!(r#"{{"message":"Invalid API key: {KEY}"}}"#);
    let response = Response::builder()
        .status(401)
        .header("Connection", "keep-alive")
        .header("Cache-Control", "no-cache")
        .header("Content-Type", "application/json")
        .header("Server", "nginx")
        .header("Strict-Transport-Security", "max-age=0; includeSubDomains")
        .header("X-Ratelimit-Limit", "")
        .header("X-Ratelimit-Remaining", "")
        .header("X-Ratelimit-Reset", "")
        .header("X-Request-Id", "b0d4f6aa-5c3e-4e57-8a21-93f7d1c0e4b2")
        .header("X-Runtime", "0.001182")
        .header("Date", "Wed, 17 Jun 2020 20:59:32 GMT")
        .header("Vary", "Origin,Accept-Encoding");

    response.body(body.into_bytes()).expect("valid headers")
}
