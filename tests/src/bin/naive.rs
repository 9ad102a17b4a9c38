//! A client with the mistakes that clients have, for the tests of `segments conformance`: it stops
//! at a short page, looks at no status, takes what is no page for the end, follows redirects with
//! the key, prints responses that it does not understand, and waits without end.

use std::env;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

const MOST_REDIRECTS: u32 = 5;

fn main() {
    let base = env::var("BRAZE_BASE_URL").expect("BRAZE_BASE_URL is set");
    let key = env::var("BRAZE_API_KEY").expect("BRAZE_API_KEY is set");

    for page in 0.. {
        let body = get(&format!("{base}/segments/list?page={page}"), &key, MOST_REDIRECTS);
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        let rows = json["segments"].as_array().cloned().unwrap_or_default();
        if rows.is_empty() {
            eprintln!("{}", String::from_utf8_lossy(&body));
        }

        for row in &rows {
            println!("{}", row["id"].as_str().unwrap_or_default());
        }
        if rows.len() < 100 {
            break;
        }
    }
}

/// The body of a response, whatever its status, and however much of it came.
fn get(url: &str, key: &str, redirects: u32) -> Vec<u8> {
    let rest = url.strip_prefix("http://").expect("plain HTTP");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));

    let mut response = Vec::new();
    if let Ok(mut stream) = TcpStream::connect(host) {
        let request =
            format!("GET /{path} HTTP/1.0\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n\r\n");
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.read_to_end(&mut response);
    }

    let end = response.windows(4).position(|window| window == b"\r\n\r\n");
    let Some(end) = end else { return response };
    let head = String::from_utf8_lossy(&response[..end]).into_owned();
    let location = head.lines().find_map(|line| line.strip_prefix("location: "));

    match location {
        Some(target) if redirects > 0 && target.starts_with('/') => {
            get(&format!("http://{host}{target}"), key, redirects - 1)
        }
        Some(target) if redirects > 0 => get(target, key, redirects - 1),
        _ => response.split_off(end + 4),
    }
}
