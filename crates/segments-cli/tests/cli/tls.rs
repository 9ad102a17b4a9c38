//! Certificates that only `--ca-file` knows.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::ops::Range;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use segments_emulator::Script;

use crate::support::{emulator, export, finish, program};

/// An empty workspace behind TLS for `localhost`; its address, and its certificate as PEM.
fn server() -> (String, String) {
    server_in(1975, 4096)
}

/// The same with a certificate for these years.
fn server_in(from: i32, until: i32) -> (String, String) {
    answering(empty(), true, from..until)
}

/// The answer of an empty workspace.
fn empty() -> String {
    let body = r#"{"segments":[],"message":"success"}"#;
    let head = format!("Content-Length: {}\r\nConnection: close", body.len());
    format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}")
}

/// The same with this answer, and a proper end to TLS or none.
fn answering(answer: String, ends: bool, years: Range<i32>) -> (String, String) {
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.not_before = date_time_ymd(years.start, 1, 1);
    params.not_after = date_time_ymd(years.end, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let port = serving(&certificate, &key, answer, ends);
    (format!("https://localhost:{port}"), certificate.pem())
}

/// The port of a server with this certificate and this answer, and a proper end to TLS or none.
fn serving(certificate: &Certificate, key: &KeyPair, answer: String, ends: bool) -> u16 {
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = StreamOwned::new(connection, stream);
            if tls.read(&mut [0; 4096]).is_ok() {
                let _ = tls.write_all(answer.as_bytes());
                if ends {
                    tls.conn.send_close_notify();
                }
                let _ = tls.flush();
            }
        }
    });
    port
}

#[test]
fn t12_an_unknown_certificate_is_7_and_a_known_one_is_taken() {
    let (url, pem) = server();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ca.pem");
    fs::write(&path, pem).unwrap();
    let run = export(&url, &[]).expect(7);
    assert!(run.error().contains("TLS"), "{run:?}");
    let args = ["--ca-file", path.to_str().unwrap(), "--window", "1"];
    export(&url, &args).expect(0);
    // A certificate for another name is none.
    let url = url.replace("localhost", "127.0.0.1");
    let args = ["--ca-file", path.to_str().unwrap()];
    export(&url, &args).expect(7);
}

/// A clock of this machine at 2100 sees every certificate as the first, one at 1970 as the second.
#[test]
fn c12_a_certificate_of_another_time_is_7_and_names_the_clock() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ca.pem");
    for (from, until) in [(2000, 2001), (2090, 2099)] {
        let (url, pem) = server_in(from, until);
        fs::write(&path, pem).unwrap();
        let args = ["--ca-file", path.to_str().unwrap()];
        let run = export(&url, &args).expect(7);
        assert!(run.error().contains("clock"), "{run:?}");
    }
}

#[test]
fn a_machine_without_root_certificates_is_told_so() {
    let (url, _) = server();
    let run = |url: &str| {
        let mut command = program(&["export", "--base-url", url]);
        command.env("SSL_CERT_FILE", "/nonexistent").env("SSL_CERT_DIR", "/nonexistent");
        finish(command)
    };
    let said = run(&url).expect(2).stderr;
    assert!(said.contains("no usable root certificates: this machine has none"));
    // Plain HTTP needs none.
    let server = emulator(50, Script::new());
    run(&server.url()).expect(0);
}

#[test]
fn an_authority_that_stands_for_a_server_is_said_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ca.pem");
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    fs::write(&path, certificate.pem()).unwrap();
    let url = format!("https://127.0.0.1:{}", serving(&certificate, &key, empty(), true));
    let args = ["--ca-file", path.to_str().unwrap()];
    let run = export(&url, &args).expect(7);
    assert!(run.error().contains("is that of an authority"), "{run:?}");
    assert!(!run.stderr.contains("CaUsed") && !run.stderr.contains("Other"), "{run:?}");
}

#[test]
fn t13_tls_on_a_plain_port_is_8_with_a_hint() {
    let (url, _) = server();
    let url = url.replace("https:", "http:");
    let run = export(&url, &[]).expect(8);
    assert!(run.error().contains("https://"), "{run:?}");
}

#[test]
fn t14_tls_that_ends_without_a_word_is_7() {
    let begun = "{\"segments\":[";
    for (framing, body) in [
        ("Content-Length: 99\r\n", begun),
        ("Transfer-Encoding: chunked\r\n", "d\r\n{\"segments\":["),
        ("", begun),
    ] {
        let (url, pem) =
            answering(format!("HTTP/1.1 200 OK\r\n{framing}\r\n{body}"), false, 1975..4096);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ca.pem");
        fs::write(&path, pem).unwrap();
        let file = ["--ca-file", path.to_str().unwrap()];
        export(&url, &[&file[..], &["--max-attempts", "1"]].concat()).expect(7);
    }
}
