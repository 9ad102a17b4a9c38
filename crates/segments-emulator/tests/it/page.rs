//! The page for people, and who may use it.

use std::net::{Ipv4Addr, SocketAddr};

use http::Response;
use segments_core::Segment;
use segments_emulator::{Emulator, Server, ServerThread};

use crate::sockets::exchange;
use crate::{KEY, NOW, workspace};

const FILES: [(&str, &str); 4] = [
    ("/", "text/html; charset=utf-8"),
    ("/_emulator/page/style.css", "text/css; charset=utf-8"),
    ("/_emulator/page/script.js", "text/javascript; charset=utf-8"),
    ("/_emulator/page/icon.svg", "image/svg+xml"),
];

const HTML: &str = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";
const JSON: &str = "Content-Type: application/json\r\n";

fn emulator() -> Emulator {
    Emulator::starting_at(workspace(3), NOW)
}

fn serve() -> ServerThread {
    Server::spawn(emulator()).unwrap()
}

fn send(addr: SocketAddr, line: &str, headers: &str, body: &str) -> Response<String> {
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    let answer = exchange(addr, &request);

    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse::<u16>().unwrap();
    let mut response = Response::builder().status(status);
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        response = response.header(name, value);
    }
    response.body(body.to_owned()).unwrap()
}

/// The `Host` header that names the server.
fn host(server: &ServerThread) -> String {
    format!("Host: {}\r\n", server.addr())
}

fn requests(server: &ServerThread) -> u64 {
    server.emulator().with(|workspace| workspace.log().total())
}

#[test]
fn a_browser_gets_the_page_and_what_it_loads() {
    let server = serve();

    for (path, media_type) in FILES {
        let headers = host(&server) + HTML;
        let response = send(server.addr(), &format!("GET {path}"), &headers, "");
        assert_eq!(response.status(), 200, "{path}");
        for (name, value) in [
            ("content-type", media_type),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(response.headers()[name], value, "{path}");
        }
        let length = response.headers()["content-length"].to_str().unwrap().to_owned();
        assert_eq!(length, response.body().len().to_string());

        let head = send(server.addr(), &format!("HEAD {path}"), &headers, "");
        assert_eq!((head.status().as_u16(), head.body().as_str()), (200, ""));
        assert_eq!(head.headers()["content-length"], length.as_str());
    }

    assert_eq!(requests(&server), 0, "no client has asked for anything");
}

#[test]
fn the_page_loads_and_runs_nothing_from_elsewhere() {
    let server = serve();
    let headers = host(&server) + HTML;
    let response = send(server.addr(), "GET /", &headers, "");

    let policy = response.headers()["content-security-policy"].to_str().unwrap();
    for directive in policy.split("; ") {
        let (name, sources) = directive.split_once(' ').unwrap();
        let expected = match name {
            "script-src" | "style-src" | "img-src" | "connect-src" => "'self'",
            "require-trusted-types-for" => "'script'",
            _ => "'none'",
        };
        assert_eq!(sources, expected, "{name}");
    }
    for name in ["default-src", "base-uri", "form-action", "frame-ancestors", "trusted-types"] {
        assert!(policy.contains(&format!("{name} 'none'")), "{policy}");
    }

    // The policy would break a page that relied on any of these.
    let page = response.body();
    let handlers = [" onclick=", " onload=", " onerror=", " style=", "<style", "javascript:"];
    for wrong in [&handlers[..], &["http://", "https://", "//cdn", "<script>"]].concat() {
        assert!(!page.contains(wrong), "{wrong}");
    }
    let script = send(server.addr(), "GET /_emulator/page/script.js", &headers, "");
    for wrong in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
        assert!(!script.body().contains(wrong), "{wrong}");
    }
    let paths: Vec<_> = FILES.iter().map(|(path, _)| *path).collect();
    let loaded = page.split(['"']).filter(|text| text.starts_with("/_emulator/"));
    assert!(loaded.clone().count() == 3 && loaded.into_iter().all(|path| paths.contains(&path)));
}

/// Whatever is not a browser of this machine gets what it got before there was a page.
#[test]
fn every_other_client_gets_the_404_of_the_endpoint() {
    let server = serve();
    let plain = send(server.addr(), "GET /nowhere", "Host: braze\r\n", "");
    assert_eq!(plain.status(), 404);

    let local = host(&server);
    let key = format!("Authorization: Bearer {KEY}\r\n");
    let cases = [
        ("GET /", local.clone()),
        ("GET /", format!("{local}Accept: */*\r\n")),
        ("GET /", format!("{local}Accept: application/json\r\n")),
        ("GET /", format!("{local}{HTML}{key}")),
        ("GET /", format!("Host: attacker.example\r\n{HTML}")),
        ("GET /", format!("Host: 10.0.0.1\r\n{HTML}")),
        ("GET /", format!("{local}{local}{HTML}")),
        ("GET /", HTML.to_owned()),
        ("POST /", format!("{local}{HTML}{JSON}")),
        ("PUT /", format!("{local}{HTML}{JSON}")),
        ("DELETE /", format!("{local}{HTML}")),
        ("OPTIONS /", format!("{local}{HTML}")),
        ("GET //", format!("{local}{HTML}")),
        ("GET /index.html", format!("{local}{HTML}")),
    ];
    for (number, (line, headers)) in (1..).zip(&cases) {
        let response = send(server.addr(), line, headers, "");
        assert_eq!(response.status(), 404, "{line} {headers}");
        assert_eq!(response.body(), plain.body(), "{line} {headers}");
        let names = |response: &Response<String>| {
            let mut names: Vec<_> = response.headers().keys().cloned().collect();
            names.sort_by_key(ToString::to_string);
            names
        };
        assert_eq!(names(&response), names(&plain), "{line} {headers}");
        assert_eq!(requests(&server), number + 1, "{line} {headers}");
    }

    // A query changes nothing, and neither does a link from elsewhere: the page shows no data.
    let link = format!("{local}{HTML}Sec-Fetch-Site: cross-site\r\n");
    assert_eq!(send(server.addr(), "GET /?a=b", &link, "").status(), 200);
}

/// `Host` × `Origin` × `Sec-Fetch-Site` × method × `Content-Type`.
#[test]
fn no_page_of_another_origin_reads_or_edits() {
    let server = serve();
    let port = server.addr().port();
    let own = format!("127.0.0.1:{port}");

    let hosts = [(own.clone(), true), ("attacker.example".to_owned(), false)];
    let origins = [
        (None, true),
        (Some(format!("http://{own}")), true),
        (Some(format!("http://localhost:{port}")), false),
        (Some(format!("https://{own}")), false),
        (Some("http://127.0.0.1".to_owned()), false),
        (Some(format!("http://{own}.attacker.example")), false),
        (Some("http://attacker.example".to_owned()), false),
        (Some("null".to_owned()), false),
        (Some(String::new()), false),
    ];
    let sites = [
        (None, true),
        (Some("same-origin"), true),
        (Some("none"), true),
        (Some("same-site"), false),
        (Some("cross-site"), false),
        (Some(""), false),
    ];
    let kinds = [("application/json", true), ("text/plain", false)];
    let lines = [
        ("POST /_emulator/archive", r#"{"id":"id-0"}"#, true),
        ("POST /_emulator/restore", r#"{"id":"id-0"}"#, true),
        ("PUT /_emulator/planned", "[]", true),
        ("PUT /_emulator/faults", "[]", true),
        ("GET /_emulator/overview", "", false),
        ("GET /_emulator/log", "", false),
        ("GET /_emulator/page/script.js", "", false),
    ];

    let line_of = |name: &str, value: Option<&str>| {
        value.map(|value| format!("{name}: {value}\r\n")).unwrap_or_default()
    };
    for (host, is_own_host) in &hosts {
        for (origin, is_own_origin) in &origins {
            for (site, is_own_site) in sites {
                for (kind, is_json) in kinds {
                    let headers = line_of("Host", Some(host))
                        + &line_of("Origin", origin.as_deref())
                        + &line_of("Sec-Fetch-Site", site)
                        + &line_of("Content-Type", Some(kind));
                    let is_own = *is_own_host && *is_own_origin && is_own_site;

                    for (line, body, edits) in lines {
                        let expected = match (is_own, is_json || !edits) {
                            (false, _) => 403,
                            (true, false) => 415,
                            (true, true) => 200,
                        };
                        let response = send(server.addr(), line, &headers, body);
                        assert_eq!(response.status(), expected, "{line}\n{headers}");

                        // Nothing opens a response to other origins.
                        for name in response.headers().keys() {
                            assert!(!name.as_str().starts_with("access-control-"), "{name}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_preflight_is_not_answered() {
    let server = serve();
    let asked = "Origin: http://attacker.example\r\nAccess-Control-Request-Method: POST\r\n";
    let headers = host(&server) + asked;
    let response = send(server.addr(), "OPTIONS /_emulator/archive", &headers, "");
    assert_eq!(response.status(), 403);
    let response = send(server.addr(), "OPTIONS /_emulator/archive", &host(&server), "");
    assert_eq!(response.status(), 405);
}

#[tokio::test]
async fn a_server_for_other_machines_has_no_page() {
    for (ip, status) in [(Ipv4Addr::UNSPECIFIED, 404), (Ipv4Addr::LOCALHOST, 200)] {
        let server = Server::bind_any_address(emulator(), (ip, 0)).await.unwrap();
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, server.addr().port()));

        for (path, _) in FILES {
            let ask = move || {
                let headers = format!("Host: {addr}\r\n{HTML}");
                send(addr, &format!("GET {path}"), &headers, "").status()
            };
            let answered = tokio::task::spawn_blocking(ask).await.unwrap();
            assert_eq!(answered, status, "{ip} {path}");
        }
    }
}

#[test]
fn names_are_data_in_every_response() {
    let server = serve();
    let name = "<script>alert(1)</script>";
    let segment = Segment::new("hostile", name, true, [name]).unwrap();
    server.emulator().with(|workspace| workspace.create(segment).unwrap());

    let response = send(server.addr(), "GET /_emulator/overview", &host(&server), "");
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert!(response.body().contains(name));
    let page = send(server.addr(), "GET /", &(host(&server) + HTML), "");
    assert!(!page.body().contains("alert"));
}
