//! No HTTP client: a `TcpStream`, httparse, and the core. Plain `http` only.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Instant;

use segments_core::{Export, Fetch, Plan};
use segments_examples::{Outcome, api, finish};

fn main() -> ExitCode {
    finish(export())
}

fn export() -> Outcome {
    let start = Instant::now();

    Ok(Export::new(api()?, Plan::default()).drive(send, || start.elapsed(), sleep)?)
}

/// One request on a connection of its own.
fn send(fetch: &Fetch) -> io::Result<http::Response<Vec<u8>>> {
    let request = fetch.request();
    let authority = request.uri().authority().ok_or(ErrorKind::InvalidInput)?;
    let mut stream = TcpStream::connect(authority.as_str())?;
    stream.set_read_timeout(Some(fetch.timeout()))?;

    // HTTP/1.0: the body is never chunked, and ends with its length or with the connection.
    write!(stream, "GET {} HTTP/1.0\r\nhost: {authority}\r\n", request.uri())?;
    for (name, value) in request.headers() {
        stream.write_all(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat())?;
    }
    stream.write_all(b"\r\n")?;

    let mut bytes = Vec::new();
    stream.take((fetch.max_head() + fetch.max_body()) as u64).read_to_end(&mut bytes)?;

    parse(&bytes).ok_or_else(|| ErrorKind::UnexpectedEof.into())
}

fn parse(bytes: &[u8]) -> Option<http::Response<Vec<u8>>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(start) = head.parse(bytes).ok()? else { return None };

    let mut response = http::Response::builder().status(head.code?);
    for header in head.headers {
        response = response.header(header.name, header.value);
    }
    let response = response.body(bytes[start..].to_vec()).ok()?;

    // A body that is shorter than declared was cut on the way.
    let declared = response.headers().get("content-length").map(|length| length.to_str());
    let declared: Option<usize> = declared.and_then(|length| length.ok()?.parse().ok());
    let whole = declared.is_none_or(|declared| declared == response.body().len());

    whole.then_some(response)
}
