//! Servers that speak HTTP/2 and nothing else.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use segments_core::error::ResponseError;
use segments_core::{ErrorKind, TransportErrorKind};

use super::tls::Authority;
use super::{Outcome, Route, read, read_over};

/// What such a server says by itself: its settings.
const SETTINGS: &[u8] = b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64";

/// And what it says to a request of HTTP/1.1: goodbye, for the preface is wrong (`PROTOCOL_ERROR`).
const GOODBYE: &[u8] = b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01";

/// When it speaks.
#[derive(Clone, Copy)]
enum Speaks {
    /// At once.
    First,
    /// When it was spoken to.
    Second,
    /// The same, and it never says its settings.
    Goodbye,
}

/// Its port, and how many connections there were.
fn server(speaks: Speaks, tls: Option<Arc<ServerConfig>>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&connections);
    thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            let tls = tls.clone();
            // Whoever hears HTTP/2 hangs up.
            thread::spawn(move || {
                let stream = stream.unwrap();
                match tls {
                    None => drop(speak(speaks, stream)),
                    Some(tls) => {
                        let connection = ServerConnection::new(tls).unwrap();
                        drop(speak(speaks, StreamOwned::new(connection, stream)));
                    }
                }
            });
        }
    });
    (port, connections)
}

fn speak(speaks: Speaks, mut stream: impl Read + Write) -> std::io::Result<()> {
    let mut request = [0; 4096];
    if let Speaks::First = speaks {
        stream.write_all(SETTINGS)?;
        stream.flush()?;
    }
    let _ = stream.read(&mut request)?;
    if let Speaks::Second = speaks {
        stream.write_all(SETTINGS)?;
    }
    stream.write_all(GOODBYE)?;
    stream.flush()
}

#[track_caller]
fn assert_named(outcome: &Outcome, connections: &AtomicUsize) {
    let error = outcome.result.as_ref().unwrap_err();
    let ErrorKind::Response(ResponseError::Http(failure)) = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(failure.kind(), TransportErrorKind::Http2Only, "{error}");
    assert!(error.advice().contains("HTTP/1.1"), "{}", error.advice());
    assert_eq!((error.attempts(), connections.load(Ordering::SeqCst)), (1, 1), "{outcome:?}");
}

#[test]
fn h9_http2_alone_in_plain_text_is_named_at_once() {
    for speaks in [Speaks::First, Speaks::Second, Speaks::Goodbye] {
        // Whether its settings come before the request or behind it is a matter of chance.
        for _ in 0..10 {
            let (port, connections) = server(speaks, None);
            let outcome = read(&format!("http://127.0.0.1:{port}"), |plan| plan.window = 1);
            assert_named(&outcome, &connections);
        }
    }
}

#[test]
fn h9_http2_alone_under_tls_is_named_at_once() {
    let authority = Authority::new();
    let tls = authority.server("127.0.0.1", |_| {});
    let mut agreeing = ServerConfig::clone(&tls);
    agreeing.alpn_protocols = vec![b"h2".to_vec()];
    // One that refuses HTTP/1.1 by ALPN, and some that know no ALPN.
    let cases = [
        (Speaks::First, Arc::new(agreeing)),
        (Speaks::First, Arc::clone(&tls)),
        (Speaks::Second, Arc::clone(&tls)),
        (Speaks::Goodbye, tls),
    ];
    for (speaks, tls) in cases {
        let (port, connections) = server(speaks, Some(tls));
        let pem = authority.pem();
        let route = Route { trust: Some(&pem), only: true, proxy: None };
        let url = format!("https://127.0.0.1:{port}");
        assert_named(&read_over(&url, route, |plan| plan.window = 1), &connections);
    }
}

#[test]
fn a_server_of_both_is_read_over_http1() {
    let authority = Authority::new();
    let mut tls = ServerConfig::clone(&authority.server("127.0.0.1", |_| {}));
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let server =
        super::server::Server::with_tls(Some(Arc::new(tls)), |_| super::server::Reply::Good);
    let pem = authority.pem();
    let route = Route { trust: Some(&pem), only: true, proxy: None };
    assert_eq!(read_over(&server.url(), route, |_| {}).result.unwrap().len(), 250);
}
