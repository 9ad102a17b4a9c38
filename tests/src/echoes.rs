//! Answers that say the key back, in every place where a response can hold text.

use segments_emulator::Fault;

/// So many characters of a key in a row are not to come out anywhere.
pub const PIECE: usize = 8;

/// A piece of the key that is in a text, in any case; `None` is as it should be.
pub fn piece_in<'a>(key: &'a str, text: &[u8]) -> Option<&'a str> {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let pieces = (PIECE..=key.len()).map(|end| &key[end - PIECE..end]);
    pieces.into_iter().find(|piece| text.contains(&piece.to_ascii_lowercase()))
}

/// A name for each, and the fault that says the key.
pub fn echoes(key: &str) -> Vec<(&'static str, Fault)> {
    let (half, rest) = key.split_at(key.len() / 2);
    let piece = &key[3..3 + PIECE];
    let escaped = key.bytes().fold(String::new(), |text, c| text + &format!("\\u{c:04x}"));

    // Too short to be redacted, and to be put together again by nobody.
    let short: String = key
        .as_bytes()
        .chunks(PIECE - 1)
        .fold(String::new(), |text, part| text + &String::from_utf8_lossy(part) + " (os error 1)");
    let refusal = |message: &str| json("401 Unauthorized", "", &message_of(message));
    let status = |line: &str, head: &str| json(line, head, &message_of("no"));
    let body = |body: &str| json("200 OK", "", body);
    let wire = |bytes: String| bytes.into_bytes();

    let answers = [
        ("in a refusal", refusal(&format!("Invalid API key: {key}"))),
        ("in capitals", refusal(&key.to_uppercase())),
        ("in JSON escapes", refusal(&escaped)),
        ("in two halves", refusal(&format!("{half} and {rest}"))),
        ("one piece", refusal(&format!("ends in {piece}"))),
        ("many times", refusal(&format!("{key}{key} ").repeat(200))),
        ("with marks between", refusal(&format!("{half}\u{200b}{rest}\\u001b[0m{key}"))),
        ("in short pieces", refusal(&short)),
        ("in `error`", json("400 Bad Request", "", &format!(r#"{{"error":"{key}"}}"#))),
        ("in the message of a page", body(&format!(r#"{{"segments":[],"message":"{key}"}}"#))),
        ("as the request id", status("500 Oops", &format!("X-Request-Id: {key}\r\n"))),
        ("as the reason", status(&format!("500 {key}"), "")),
        ("as the target's host", status("302 Found", &format!("Location: https://{key}/\r\n"))),
        ("in the target's host", status("301 x", &format!("Location: //a.{key}.example\r\n"))),
        ("as its user", status("307 x", &format!("Location: http://u:{key}@evil.example/\r\n"))),
        ("as its path", status("308 x", &format!("Location: /{key}?key={key}#{key}\r\n"))),
        ("as limits", {
            let head = ["Retry-After", "X-RateLimit-Reset", "X-RateLimit-Retry-After", "Date"]
                .map(|name| format!("{name}: {key}\r\n"));
            status("429 Too Many Requests", &head.concat())
        }),
        ("as types", status("200 OK", &format!("Content-Type: {key}\r\nX: {key}\r\n"))),
        ("as the encoding", status("200 OK", &format!("Content-Encoding: {key}\r\n"))),
        ("as HTML", body(&format!("<html><title>{key}</title>{key}"))),
        ("as text", body(key)),
        ("as a string", body(&format!("\"{key}\""))),
        ("as a key", body(&format!(r#"{{"{key}":1,"segments":"{key}"}}"#))),
        ("as a value", body(&format!(r#"{{"segments":[{{"id":7,"name":"{key}"}}]}}"#))),
        ("behind a page", body(&format!(r#"{{"segments":[],"message":"success"}}{key}"#))),
        ("as a cut page", wire(format!("HTTP/1.1 200 OK\r\n\r\n{{\"segments\":[\"{key}"))),
        ("as no HTTP", wire(format!("{key}\r\n\r\n"))),
        ("as a version", wire(format!("HTTP/{key} 200 OK\r\n\r\n"))),
        ("as a status", wire(format!("HTTP/1.1 {key} OK\r\n\r\n"))),
        ("as a header", wire(format!("HTTP/1.1 200 OK\r\n{key}\r\n\r\n"))),
        ("as a bad header", wire(format!("HTTP/1.1 200 OK\r\n{key} : {key}\0\r\n\r\n"))),
        ("as a length", wire(format!("HTTP/1.1 200 OK\r\nContent-Length: {key}\r\n\r\n"))),
        (
            "as a transfer",
            wire(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {key}\r\n\r\n{key}")),
        ),
        ("as a chunk", {
            wire(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{key}\r\n{key}"))
        }),
        (
            "as a long head",
            wire(format!("HTTP/1.1 200 OK\r\n{}", format!("{key}: {key}\r\n").repeat(2000))),
        ),
    ];

    answers.into_iter().map(|(name, answer)| (name, Fault::verbatim(answer))).collect()
}

fn message_of(text: &str) -> String {
    format!(r#"{{"message":"{text}"}}"#)
}

fn json(status: &str, head: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{head}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_eight_is_found_and_one_of_seven_is_not() {
        let key = "CANARY-0123456789";
        for text in ["xxcanary-0", "ARY-01234", key] {
            assert!(piece_in(key, text.as_bytes()).is_some(), "{text}");
        }
        for text in ["CANARY-", "CANARY- 0123456", "", "ANARY-0X"] {
            assert_eq!(piece_in(key, text.as_bytes()), None, "{text}");
        }
    }
}
