//! Proxies: tunnels for others, nothing for this machine.

use std::env;
use std::io::{Read, Write, copy};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use segments_core::{ErrorKind, TransportError, TransportErrorKind};
use segments_tests::peer::Nobody;

use super::server::{Reply, Server};
use super::tls::Authority;
use super::{Route, read, read_over};

/// A proxy that leads every tunnel to `target`, but for the first so many, which it answers with
/// `refusal`.
struct Proxy {
    addr: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(target: SocketAddr) -> Self {
        Self::refusing(target, 0, "")
    }

    /// Refuses for ever.
    fn closed(refusal: &str) -> Self {
        Self::refusing(([127, 0, 0, 1], 9).into(), usize::MAX, refusal)
    }

    fn refusing(target: SocketAddr, times: usize, refusal: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let heads = Arc::<Mutex<Vec<_>>>::default();
        let log = Arc::clone(&heads);
        let refusal = refusal.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).unwrap();
                    head.push(byte[0]);
                }
                let number = {
                    let mut log = log.lock().unwrap();
                    log.push(String::from_utf8(head).unwrap());
                    log.len()
                };
                if number <= times {
                    stream.write_all(refusal.as_bytes()).unwrap();
                    continue;
                }
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
                join(stream, TcpStream::connect(target).unwrap());
            }
        });
        Self { addr, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn join(a: TcpStream, b: TcpStream) {
    for (mut from, mut to) in [(a.try_clone().unwrap(), b.try_clone().unwrap()), (b, a)] {
        thread::spawn(move || {
            // A tunnel ends when either side does.
            drop(copy(&mut from, &mut to));
            drop(to.shutdown(std::net::Shutdown::Both));
        });
    }
}

#[test]
fn a_tunnel_carries_tls_to_a_host_that_only_the_proxy_knows() {
    let authority = Authority::new();
    let tls = authority.server("braze.invalid", |_| {});
    let server = Server::with_tls(Some(tls), |_| Reply::Good);
    let proxy = Proxy::start(server.addr());
    let url = format!("http://user:s%20cret@{}", proxy.addr);
    let pem = authority.pem();
    let route = Route { trust: Some(&pem), only: true, proxy: Some(&url) };
    let outcome = read_over("https://braze.invalid", route, |plan| plan.window = 1);
    assert_eq!(outcome.result.unwrap().len(), 250);
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1);
    let head = heads[0].to_ascii_lowercase();
    assert!(head.starts_with("connect braze.invalid:443 http/1.1\r\n"), "{head}");
    // "user:s cret"
    assert!(head.contains("proxy-authorization: basic dxnlcjpzignyzxq=\r\n"), "{head}");
    assert!(!head.contains("bearer"), "the key is for the other end: {head}");
}

/// The failure by which an export through the proxy ends.
fn failure_through(proxy: &Proxy, attempts: u32) -> (TransportError, String) {
    let url = format!("http://user:secret@{}", proxy.addr);
    let route = Route { proxy: Some(&url), ..Route::default() };
    let outcome = read_over("https://braze.invalid", route, |plan| {
        // Of the first request alone, whatever is sent beside it.
        plan.window = 1;
        plan.retry.max_attempts = attempts;
    });
    let error = outcome.result.unwrap_err();
    let said = format!("{error}; {}; {:?}", error.advice(), outcome.exchanges);
    assert!(!said.contains("secret"), "{said}");
    let ErrorKind::Transport(failure) = error.kind() else { panic!("{error:?}") };
    (failure.clone(), error.to_string())
}

#[test]
fn t18_a_refusal_of_the_proxy_is_final_and_its_status_is_named_once() {
    for (status, name) in [(407, "407 Proxy Authentication Required"), (403, "403 Forbidden")] {
        for tail in ["\r\n", "content-length: 2\r\n\r\nno", "connection: close\r\n\r\n"] {
            let proxy = Proxy::closed(&format!("HTTP/1.1 {name}\r\n{tail}"));
            let (failure, said) = failure_through(&proxy, 5);
            assert_eq!(failure.kind(), TransportErrorKind::ProxyRefused, "{said}");
            // A port can hold the same digits.
            let said = said.replace(&proxy.addr.to_string(), "PROXY");
            assert_eq!(said.matches(&status.to_string()).count(), 1, "{said}");
            assert!(said.contains(name), "{said}");
            assert_eq!(proxy.heads().len(), 1, "a password was sent again: {said}");
        }
    }
}

#[test]
fn t18_a_refusal_of_the_proxy_ends_a_window_with_one_connect_each() {
    let proxy = Proxy::closed("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    let url = format!("http://user:wrong@{}", proxy.addr);
    let route = Route { proxy: Some(&url), ..Route::default() };
    let outcome = read_over("https://braze.invalid", route, |plan| plan.window = 4);
    assert!(outcome.result.is_err());
    assert!((1..=4).contains(&proxy.heads().len()), "{:?}", proxy.heads());
}

#[test]
fn t19_a_proxy_that_does_not_reach_the_server_is_asked_again_once_an_attempt() {
    for name in ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"] {
        let proxy = Proxy::closed(&format!("HTTP/1.1 {name}\r\n\r\n"));
        let (failure, said) = failure_through(&proxy, 3);
        assert_eq!(failure.kind(), TransportErrorKind::ProxyUnavailable, "{said}");
        assert!(said.contains(name) && !said.contains("credentials"), "{said}");
        assert_eq!(proxy.heads().len(), 3, "{said}");
    }
}

#[test]
fn t19_a_proxy_that_reaches_the_server_again_costs_a_try() {
    let authority = Authority::new();
    let tls = authority.server("braze.invalid", |_| {});
    let server = Server::with_tls(Some(tls), |_| Reply::Good);
    let refusal = "HTTP/1.1 503 Service Unavailable\r\n\r\n";
    let proxy = Proxy::refusing(server.addr(), 2, refusal);
    let url = format!("http://{}", proxy.addr);
    let pem = authority.pem();
    let route = Route { trust: Some(&pem), only: true, proxy: Some(&url) };
    let outcome = read_over("https://braze.invalid", route, |plan| plan.window = 1);
    assert_eq!(outcome.result.unwrap().len(), 250);
    assert_eq!(proxy.heads().len(), 3);
}

#[test]
fn t19_a_proxy_that_says_nothing_or_no_http_is_the_proxys_fault() {
    let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(70 << 10));
    for answer in ["", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nmore", &endless] {
        let proxy = Proxy::closed(answer);
        let (failure, said) = failure_through(&proxy, 2);
        assert_eq!(failure.kind(), TransportErrorKind::Proxy, "{said}");
        assert!(said.contains(&proxy.addr.to_string()), "{said}");
        assert_eq!(proxy.heads().len(), 2, "{said}");
    }
}

#[test]
fn t19_a_proxy_that_is_not_there_is_the_proxys_fault() {
    let nobody = Nobody::new();
    let nobodys_url = format!("http://{}", nobody.addr());
    for url in [nobodys_url.as_str(), "http://proxy.invalid:3128"] {
        let route = Route { proxy: Some(url), ..Route::default() };
        let outcome = read_over("https://braze.invalid", route, |plan| plan.retry.max_attempts = 1);
        let error = outcome.result.unwrap_err();
        let ErrorKind::Transport(failure) = error.kind() else { panic!("{error:?}") };
        assert_eq!(failure.kind(), TransportErrorKind::Proxy, "{error}");
    }
}

#[test]
fn t15_nothing_for_this_machine_goes_through_a_proxy() {
    let server = Server::start(|_| Reply::Good);
    let trap = Server::start(|_| Reply::Good);
    let proxy = trap.url();
    let route = Route { proxy: Some(&proxy), ..Route::default() };
    let localhost = format!("http://localhost:{}", server.addr().port());
    for url in [server.url(), localhost] {
        assert_eq!(read_over(&url, route, |_| {}).result.unwrap().len(), 250);
    }
    assert_eq!(trap.connections(), 0);
}

/// Proxy variables are read when a process starts to use them, so this needs one of its own.
#[test]
fn t15_the_environment_is_not_read() {
    let server = Server::start(|_| Reply::Good);
    let trap = Server::start(|_| Reply::Good);
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "shared::proxy::reads_from_the_server_of_its_parent", "--ignored"]);
    child.env("SEGMENTS_TEST_URL", server.url());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
    {
        child.env(name, trap.url());
    }
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(server.connections() > 0, "the child did read");
    assert_eq!(trap.connections(), 0);
}

#[test]
#[ignore = "the child of t15_the_environment_is_not_read"]
fn reads_from_the_server_of_its_parent() {
    let Ok(url) = env::var("SEGMENTS_TEST_URL") else { return };
    assert_eq!(read(&url, |_| {}).result.unwrap().len(), 250);
    let outcome = read("https://braze.invalid", |plan| plan.retry.max_attempts = 1);
    let error = outcome.result.unwrap_err();
    let ErrorKind::Transport(failure) = error.kind() else { panic!("{error:?}") };
    assert_eq!(failure.kind(), TransportErrorKind::Dns, "it was looked for without the proxy");
}
