//! The server on a real socket of 127.0.0.1.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use segments_emulator::{Emulator, Fault, FaultKind, Script, Server, ServerThread};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{KEY, NOW, workspace};

/// What takes longer hangs, however slow the machine is.
const WATCHDOG: Duration = Duration::from_secs(300);

const LOOPBACK: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

fn emulator(script: Script) -> Emulator {
    Emulator::starting_at(workspace(250).with_faults(script), NOW)
}

fn serve(script: Script) -> ServerThread {
    Server::spawn(emulator(script)).unwrap()
}

fn head(target: &str, close: bool) -> String {
    let connection = if close { "close" } else { "keep-alive" };
    format!(
        "GET {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\nConnection: {connection}\r\n\r\n"
    )
}

/// Everything that comes for these bytes until the server closes.
pub(crate) fn exchange(addr: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(WATCHDOG)).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The same for a test that runs the server itself.
async fn exchange_async(addr: SocketAddr, bytes: String) -> String {
    tokio::task::spawn_blocking(move || exchange(addr, &bytes)).await.unwrap()
}

fn get(server: &ServerThread, target: &str) -> String {
    exchange(server.addr(), &head(target, true))
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").expect("a head").1
}

fn declared(answer: &str) -> usize {
    let line = answer.lines().find_map(|line| line.strip_prefix("content-length: "));
    line.expect("a declared length").parse().unwrap()
}

#[test]
fn the_answer_on_the_wire_is_the_pure_one() {
    let server = serve(Script::new());
    assert_eq!(server.url(), format!("http://127.0.0.1:{}", server.addr().port()));

    let answer = get(&server, "/segments/list?page=2");
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"),
        "{answer}"
    );
    assert_eq!(declared(&answer), body(&answer).len());
    assert_eq!(answer.matches("\r\ndate: Wed, 17 Jun 2020 ").count(), 1, "{answer}");

    let mut pure = workspace(250);
    let pure = crate::get(&mut pure, "/segments/list?page=2");
    assert_eq!(body(&answer).as_bytes(), pure.body());

    for (name, value) in pure.headers() {
        if name != "date" {
            let line = format!("\r\n{name}: {}\r\n", value.to_str().unwrap());
            assert!(answer.contains(&line), "{line}");
        }
    }
}

#[test]
fn a_connection_carries_many_requests() {
    let server = serve(Script::new());
    let requests = [
        head("/segments/list?", false),
        head("/segments/list?page=2", false),
        head("/nowhere", true),
    ];
    let answers = exchange(server.addr(), &requests.concat());
    assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), 2);
    assert_eq!(answers.matches("HTTP/1.1 404 Not Found\r\n").count(), 1);
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 3);
}

#[test]
fn broken_deliveries_are_done_to_the_socket() {
    let script = Script::new()
        .then(Fault::cut(120))
        .then(Fault::cut(0))
        .then(Fault::close())
        .then(Fault::verbatim(b"HTTP/0.9 what?\xff\r\n\r\n".as_slice()))
        .then(Fault::both_framings())
        .then(Fault::empty_body())
        .then(Fault::delay(Duration::ZERO).header("content-length", "99000000000"))
        .then(Fault::status(101))
        .then(Fault::drip(Duration::from_millis(1)).page(9));
    let script = script.then(Fault::drip_head(Duration::from_millis(1)).page(9));
    let server = serve(script);
    let answer = get(&server, "/segments/list");
    assert_eq!(body(&answer).len(), 120);
    assert!(declared(&answer) > 120);

    let answer = get(&server, "/segments/list");
    assert_eq!(body(&answer), "");
    assert!(declared(&answer) > 120);
    assert_eq!(get(&server, "/segments/list"), "");
    assert_eq!(get(&server, "/segments/list"), "HTTP/0.9 what?\u{fffd}\r\n\r\n");

    let answer = get(&server, "/segments/list");
    assert!(answer.contains("\r\ntransfer-encoding: chunked\r\n"), "{answer}");

    let size = format!("{:x}\r\n{{\"segments\":", declared(&answer));
    assert!(body(&answer).starts_with(&size));
    assert!(body(&answer).ends_with("}\r\n0\r\n\r\n"));

    let answer = get(&server, "/segments/list");
    assert_eq!((declared(&answer), body(&answer)), (0, ""));

    let answer = get(&server, "/segments/list");
    assert_eq!(declared(&answer), 99_000_000_000);
    assert!(body(&answer).ends_with("\"success\"}"));
    assert!(get(&server, "/segments/list").starts_with("HTTP/1.1 101 Switching Protocols\r\n"));

    for _ in ["body", "head"] {
        let answer = get(&server, "/segments/list?page=9");
        assert_eq!(declared(&answer), 35);
        assert_eq!(body(&answer), r#"{"segments":[],"message":"success"}"#);
    }

    assert!(server.emulator().with(|workspace| workspace.script().is_exhausted()));
}

#[test]
fn a_reset_is_one() {
    let server = serve(Script::new().then(Fault::reset(0).times(3)));
    for _ in 0..3 {
        let mut stream = TcpStream::connect(server.addr()).unwrap();
        stream.write_all(head("/segments/list", true).as_bytes()).unwrap();
        let error = stream.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
}

#[test]
fn endless_and_stalled_bodies_stay_open() {
    let script = Script::new().then(Fault::endless()).then(Fault::stall(5));
    let server = serve(script);
    let mut stream = TcpStream::connect(server.addr()).unwrap();
    stream.write_all(head("/segments/list", true).as_bytes()).unwrap();
    let mut much = vec![0; 4 << 20];
    stream.read_exact(&mut much).unwrap();
    let start = String::from_utf8_lossy(&much[..2000]);
    assert!(start.contains("transfer-encoding: chunked"), "{start}");
    drop(stream);

    let mut stream = TcpStream::connect(server.addr()).unwrap();
    stream.write_all(head("/segments/list", true).as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n{\"seg") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    // Dropping the server ends what stalls.
    drop(server);
    stream.set_read_timeout(Some(WATCHDOG)).unwrap();
    assert!(matches!(stream.read(&mut [0]), Ok(0) | Err(_)));
}

#[test]
fn the_admin_routes_change_what_is_served() {
    let server = serve(Script::new());
    let send = |method: &str, route: &str, headers: &str, body: &str| {
        let length = body.len();
        let request = format!(
            "{method} /_emulator/{route} HTTP/1.1\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        exchange(server.addr(), &request)
    };
    let json = "Host: localhost\r\nContent-Type: application/json\r\n";
    let answer = send("POST", "archive", json, r#"{"id":"id-0"}"#);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(server.emulator().with(|workspace| workspace.len()), 249);
    let answer = send("PUT", "faults", json, r#"[{"kind":{"status":{"code":503}}}]"#);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(get(&server, "/segments/list").starts_with("HTTP/1.1 503 "));
    let log = send("GET", "log", "Host: [::1]:80\r\n", "");
    assert!(
        log.contains(r#""page":0,"sort_direction":null,"key":0,"status":503,"fault":0}"#),
        "{log}"
    );
    assert!(!log.contains(KEY));

    assert!(send("GET", "log", "Host: evil.example\r\n", "").starts_with("HTTP/1.1 403 "));
    assert!(
        send("GET", "log", "Host: localhost\r\nHost: a.b\r\n", "").starts_with("HTTP/1.1 403 ")
    );
    let form = "Host: localhost\r\nContent-Type: text/plain\r\n";
    assert!(send("POST", "archive", form, r#"{"id":"id-1"}"#).starts_with("HTTP/1.1 415 "));
    assert_eq!(server.emulator().with(|workspace| workspace.len()), 249);
}

#[test]
fn e4_every_405_names_the_methods_that_are_allowed() {
    let server = serve(Script::new().then(Fault::status(405)));
    let send = |line: &str, host: &str| {
        let request = format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        exchange(server.addr(), &request)
    };

    for (line, host, allowed) in [
        ("POST /segments/list", "any.example", "GET"),
        ("PURGE /segments/list?page=1", "any.example", "GET"),
        ("POST /healthz", "any.example", "GET, HEAD"),
        ("DELETE /_emulator/log", "localhost", "GET"),
        ("GET /_emulator/create", "localhost", "POST"),
        ("PATCH /_emulator/faults", "localhost", "GET, PUT"),
    ] {
        let answer = send(line, host);
        assert!(answer.starts_with("HTTP/1.1 405 "), "{line}: {answer}");
        assert!(answer.contains(&format!("\r\nallow: {allowed}\r\n")), "{line}: {answer}");
    }

    // One that a script made looks like any other.
    let answer = get(&server, "/segments/list");
    assert!(
        answer.starts_with("HTTP/1.1 405 ") && answer.contains("\r\nallow: GET\r\n"),
        "{answer}"
    );
}

#[test]
fn anybody_may_ask_whether_it_is_up_and_learns_nothing_else() {
    let server = serve(Script::new().then(Fault::status(503).forever()));
    let ask = |method: &str, target: &str, host: &str| {
        let request = format!("{method} {target} HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
        exchange(server.addr(), &request)
    };

    for host in ["Host: braze\r\n", "Host: 10.1.2.3:8080\r\n", "Host: evil.example\r\n", ""] {
        let answer = ask("GET", "/healthz", host);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{host}: {answer}");
        assert_eq!(body(&answer), "ok\n");
        for name in ["x-ratelimit", "x-request-id", "etag", "server:"] {
            assert!(!answer.contains(name), "{answer}");
        }
        let answer = ask("HEAD", "/healthz?verbose", host);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && body(&answer).is_empty(), "{answer}");
        // What stands beside it is as closed as before.
        let answer = ask("GET", "/_emulator/log", host);
        assert!(answer.starts_with("HTTP/1.1 403 "), "{host}: {answer}");
    }

    for target in ["/healthz/", "/Healthz", "/healthz/log", "//healthz"] {
        let answer = ask("GET", target, "Host: localhost\r\n");
        assert!(answer.starts_with("HTTP/1.1 404 "), "{target}: {answer}");
    }

    let (total, left) = server.emulator().with(|workspace| {
        let total = workspace.log().total();
        workspace.set_faults(Script::new());
        (total, crate::get(workspace, "/segments/list").headers()["x-ratelimit-remaining"].clone())
    });
    assert_eq!((total, left.to_str().unwrap()), (4, "249999"), "only the four 404 were counted");
}

#[tokio::test]
async fn the_url_of_an_unspecified_address_is_one_to_connect_to() {
    for (address, url) in [("0.0.0.0:0", "http://127.0.0.1:"), ("127.0.0.1:0", "http://127.0.0.1:")]
    {
        let address: SocketAddr = address.parse().unwrap();
        let server = Server::bind_any_address(emulator(Script::new()), address).await.unwrap();
        assert_eq!(server.url(), format!("{url}{}", server.addr().port()));
        let address = server.url().trim_start_matches("http://").parse().unwrap();
        let answer = exchange_async(address, head("/segments/list", true)).await;
        assert!(answer.starts_with("HTTP/1.1 200 "));
    }

    // Not every machine has IPv6.
    let address = (Ipv6Addr::UNSPECIFIED, 0);

    if let Ok(server) = Server::bind_any_address(emulator(Script::new()), address).await {
        assert_eq!(server.url(), format!("http://[::1]:{}", server.addr().port()));
    }
}

#[test]
fn e5_a_long_admin_body_is_refused() {
    let server = serve(Script::new());
    let mut stream = TcpStream::connect(server.addr()).unwrap();
    let head = "PUT /_emulator/faults HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    // The server may answer and close before it has read everything.
    let _ = stream.write_all(&vec![b' '; 1_100_000]);
    let mut start = [0; 13];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 413 ");
}

#[test]
fn e5_a_long_head_is_refused() {
    let server = serve(Script::new());
    let mut stream = TcpStream::connect(server.addr()).unwrap();
    let long = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(1 << 20));
    let _ = stream.write_all(long.as_bytes());
    let mut answer = [0; 13];
    // A reset in place of a response is as good: the rest of the head was never read.
    if stream.read_exact(&mut answer).is_ok() {
        assert_eq!(&answer, b"HTTP/1.1 431 ");
    }
    assert!(get(&server, "/segments/list").starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn e6_only_the_loopback_is_bound_unless_asked() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let address: SocketAddr = address.parse().unwrap();
        let error = Server::bind(emulator(Script::new()), address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{address}");
    }
    let any = (Ipv4Addr::UNSPECIFIED, 0);
    let server = Server::bind_any_address(emulator(Script::new()), any).await.unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, server.addr().port()));
    let answer = exchange_async(address, head("/segments/list", true)).await;
    assert!(answer.starts_with("HTTP/1.1 200 "));

    let taken = Server::bind(emulator(Script::new()), address).await;
    assert_eq!(taken.unwrap_err().kind(), ErrorKind::AddrInUse);
}

#[tokio::test]
async fn e5_more_connections_than_allowed_wait_for_a_place() {
    let server = Server::bind(emulator(Script::new()), LOOPBACK).await.unwrap();
    let mut idle = Vec::new();

    for _ in 0..256 {
        idle.push(tokio::net::TcpStream::connect(server.addr()).await.unwrap());
    }

    let mut late = tokio::net::TcpStream::connect(server.addr()).await.unwrap();
    late.write_all(head("/segments/list", true).as_bytes()).await.unwrap();

    let mut start = [0; 13];
    let wait = tokio::time::timeout(Duration::from_millis(100), late.read_exact(&mut start));
    assert!(wait.await.is_err());
    drop(idle.pop());
    late.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 ");
}

/// The program has a test with more requests, which looks at its memory.
#[test]
fn e5_many_connections_get_every_answer() {
    const EACH: usize = 30;

    let server = serve(Script::new());
    let requests = head("/segments/list?page=2", false).repeat(EACH - 1)
        + &head("/segments/list?page=2", true);
    let answered: usize = thread::scope(|scope| {
        let ask = || exchange(server.addr(), &requests).matches("\"success\"}").count();
        let connections: Vec<_> = (0..100).map(|_| scope.spawn(ask)).collect();
        connections.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(answered, 100 * EACH);
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 100 * EACH as u64);
}

#[test]
fn e5_slow_and_half_open_clients_hold_nobody_up() {
    let server = serve(Script::new());
    let mut slow = Vec::new();

    for part in ["", "G", "GET /segments/list HTTP/1.1\r\nHost: "].repeat(30) {
        let mut stream = TcpStream::connect(server.addr()).unwrap();
        stream.write_all(part.as_bytes()).unwrap();
        slow.push(stream);
    }

    // One that sends no more is let go, with its response if that was written before the end came.
    for (asked, status) in [(head("/segments/list", false), "HTTP/1.1 200 "), (String::new(), "")] {
        let mut stream = TcpStream::connect(server.addr()).unwrap();
        stream.write_all(asked.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        stream.set_read_timeout(Some(WATCHDOG)).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer.is_empty() || !status.is_empty() && answer.starts_with(status.as_bytes()));
    }

    for _ in 0..20 {
        assert!(get(&server, "/segments/list?page=2").starts_with("HTTP/1.1 200 "));
    }

    drop(slow);
}

#[tokio::test(start_paused = true)]
async fn e5_a_client_that_says_nothing_is_let_go() {
    let server = Server::bind(emulator(Script::new()), LOOPBACK).await.unwrap();
    for part in ["", "GET /segm"] {
        let start = tokio::time::Instant::now();
        let mut stream = tokio::net::TcpStream::connect(server.addr()).await.unwrap();
        stream.write_all(part.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408 "), "{rest:?}");
        assert!(start.elapsed() <= Duration::from_secs(31), "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn e5_a_client_that_does_not_read_is_let_go() {
    const MUCH: u64 = 64 << 20;
    let emulator = emulator(Script::new().then(Fault::endless()));
    let server = Server::bind(emulator.clone(), LOOPBACK).await.unwrap();
    let stream = begun(&server, &emulator).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let mut all = Vec::new();
    // The server has given up: what the system had buffered comes, and then the end.
    let _ = stream.take(MUCH).read_to_end(&mut all).await;
    assert!(all.starts_with(b"HTTP/1.1 200 "));
    assert!((all.len() as u64) < MUCH);
}

/// A connection with one request, which the server has taken up.
async fn begun(server: &Server, emulator: &Emulator) -> tokio::net::TcpStream {
    let mut stream = tokio::net::TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(head("/segments/list", false).as_bytes()).await.unwrap();
    while emulator.with(|workspace| workspace.log().total()) == 0 {
        tokio::task::yield_now().await;
    }
    stream
}

#[tokio::test(start_paused = true)]
async fn e7_a_shutdown_lets_answers_end_and_waits_two_seconds() {
    for (delay, whole) in [(1, true), (3600, false)] {
        let emulator = emulator(Script::new().then(Fault::delay(Duration::from_secs(delay))));
        let server = Server::bind(emulator.clone(), LOOPBACK).await.unwrap();
        let addr = server.addr();
        let mut stream = begun(&server, &emulator).await;
        server.shutdown().await;

        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert_eq!(answer.ends_with(b"\"success\"}"), whole, "{delay} s");
        assert!(tokio::net::TcpStream::connect(addr).await.is_err());
    }
}

#[test]
fn a_running_server_stops_when_told_and_when_dropped() {
    for told in [true, false] {
        let server = serve(Script::new().then(FaultKind::Stall(1).into()));
        let addr = server.addr();

        assert!(TcpStream::connect(addr).is_ok());
        if told {
            server.stop();
        } else {
            drop(server);
        }
        assert!(TcpStream::connect(addr).is_err());
    }
}
