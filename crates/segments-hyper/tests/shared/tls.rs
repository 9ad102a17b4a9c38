//! What a wrong certificate, or a wrong port, does to a reader.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use segments_core::error::ResponseError;
use segments_core::{ErrorKind, TransportErrorKind};

use super::server::{Reply, Server};
use super::{Outcome, Route, read_over};

/// An authority of this test's own.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("Authority {}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server's configuration with a certificate for `name`, changed as wished.
    pub(crate) fn server(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        config(certificate, &key)
    }
}

fn config(certificate: rcgen::Certificate, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], key);
    Arc::new(config.unwrap())
}

fn read_trusting(url: &str, pem: &str) -> Outcome {
    let route = Route { trust: Some(pem), only: true, proxy: None };
    read_over(url, route, |plan| plan.window = 1)
}

/// Reads from a server with this configuration, trusting this authority alone.
fn read_from(tls: Arc<ServerConfig>, authority: &Authority) -> (Outcome, usize) {
    let server = Server::with_tls(Some(tls), |_| Reply::Good);
    let outcome = read_trusting(&server.url(), &authority.pem());
    (outcome, server.connections())
}

fn assert_refused((outcome, connections): (Outcome, usize), why: &str) {
    let error = outcome.result.unwrap_err();
    let ErrorKind::Transport(failure) = error.kind() else { panic!("{error:?}") };
    assert_eq!(failure.kind(), TransportErrorKind::Tls, "{error}");
    assert!(failure.detail().contains(why), "{error}");
    assert_eq!(connections, 1, "it is final");
}

#[test]
fn a_good_certificate_is_taken() {
    let authority = Authority::new();
    let (outcome, connections) = read_from(authority.server("127.0.0.1", |_| {}), &authority);
    assert_eq!(outcome.result.unwrap().len(), 250);
    assert_eq!(connections, 1, "the connection is kept");
}

#[test]
fn an_added_authority_counts_beside_the_platforms() {
    let authority = Authority::new();
    let tls = authority.server("127.0.0.1", |_| {});
    let server = Server::with_tls(Some(tls), |_| Reply::Good);
    let pem = authority.pem();
    let route = Route { trust: Some(&pem), ..Route::default() };
    assert_eq!(read_over(&server.url(), route, |_| {}).result.unwrap().len(), 250);
}

#[test]
fn t12_the_platform_does_not_trust_just_anyone() {
    let tls = Authority::new().server("127.0.0.1", |_| {});
    let server = Server::with_tls(Some(tls), |_| Reply::Good);
    let outcome = read_over(&server.url(), Route::default(), |plan| plan.window = 1);
    assert_refused((outcome, server.connections()), "signed by no authority");
}

#[test]
fn t12_a_certificate_for_another_host_is_refused() {
    let authority = Authority::new();
    let refused = read_from(authority.server("other.example", |_| {}), &authority);
    assert_refused(refused, "not valid for 127.0.0.1, but for other.example");
}

#[test]
fn t12_an_expired_certificate_is_refused() {
    let authority = Authority::new();
    let tls = authority.server("127.0.0.1", |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    assert_refused(read_from(tls, &authority), "certificate expired at 2021-01-01");
}

#[test]
fn t12_a_certificate_of_the_future_is_refused_with_a_hint_at_the_clock() {
    let authority = Authority::new();
    let tls = authority.server("127.0.0.1", |params| {
        params.not_before = date_time_ymd(2090, 1, 1);
        params.not_after = date_time_ymd(2091, 1, 1);
    });
    let refused = read_from(tls, &authority);
    assert!(refused.0.result.as_ref().unwrap_err().to_string().contains("clock"));
    assert_refused(refused, "certificate is not valid before 2090-01-01");
}

#[test]
fn t12_a_certificate_of_an_unknown_authority_is_refused() {
    let authority = Authority::new();
    let refused = read_from(Authority::new().server("127.0.0.1", |_| {}), &authority);
    assert_refused(refused, "signed by no authority");
}

#[test]
fn t12_a_certificate_signed_by_itself_is_refused() {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    assert_refused(read_from(config(certificate, &key), &Authority::new()), "signed by no");
}

/// `openssl req -x509` makes such ones unless it is told not to.
#[test]
fn t12_an_authority_that_stands_for_a_server_is_said_so() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap();
    let pem = certificate.pem();
    let server = Server::with_tls(Some(config(certificate, &key)), |_| Reply::Good);
    let outcome = read_trusting(&server.url(), &pem);
    let text = outcome.result.as_ref().unwrap_err().to_string();
    assert!(!text.contains("CaUsedAsEndEntity") && !text.contains("Other"), "{text}");
    assert_refused((outcome, server.connections()), "is that of an authority");
}

#[test]
fn t13_plain_http_on_a_tls_port_is_said_so() {
    let url = format!("https://{}", answers_anything());
    assert_refused((read_trusting(&url, &Authority::new().pem()), 1), "does not speak TLS");
}

/// A server that answers in plain HTTP to whatever comes.
fn answers_anything() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // Read whole, or the connection would be reset under the answer.
            assert!(stream.read(&mut [0; 4096]).unwrap() < 4096);
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        }
    });
    addr
}

#[test]
fn t13_tls_on_a_plain_port_is_no_http_with_a_hint() {
    let authority = Authority::new();
    let tls = authority.server("127.0.0.1", |_| {});
    let server = Server::with_tls(Some(tls), |_| Reply::Good);
    let outcome = read_trusting(&server.url().replace("https", "http"), &authority.pem());
    let error = outcome.result.unwrap_err();
    let ErrorKind::Response(ResponseError::Http(failure)) = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(failure.kind(), TransportErrorKind::InvalidHttp);
    assert!(failure.detail().contains("https://"), "{error}");
}

#[test]
fn t14_tls_that_ends_without_a_word_is_a_cut_connection() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    for framing in ["content-length: 99\r\n\r\n", "transfer-encoding: chunked\r\n\r\nd\r\n", "\r\n"]
    {
        let authority = Authority::new();
        let tls = authority.server("127.0.0.1", |_| {});
        let cut = format!("{head}{framing}{{\"segments\":[");
        let server = Server::with_tls(Some(tls), move |asked| match asked.number {
            0 => Reply::Bytes(cut.clone().into()),
            _ => Reply::Good,
        });
        let outcome = read_trusting(&server.url(), &authority.pem());
        assert_eq!(outcome.result.unwrap().len(), 250);
        let again = outcome.exchanges.iter().filter(|line| line.contains("closed before"));
        assert_eq!(again.count(), 1, "{:?}", outcome.exchanges);
    }
}
