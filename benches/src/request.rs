//! One request.

use http::Request;

/// The usual way: a formatted URL and a builder.
pub fn formatted(host: &str, key: &str, page: u32) -> Request<()> {
    Request::get(format!("https://{host}/segments/list?page={page}&sort_direction=asc"))
        .header("authorization", format!("Bearer {key}"))
        .header("accept", "application/json")
        .header("user-agent", "bench/1")
        .header("cache-control", "no-cache")
        .body(())
        .expect("all of it is valid")
}
