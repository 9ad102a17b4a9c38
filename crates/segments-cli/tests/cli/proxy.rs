//! `HTTPS_PROXY` and `NO_PROXY`: who is asked, how often, and what is said of a refusal.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::support::{Run, finish, program};

/// A proxy that answers every `CONNECT` like this. Counts what it was asked for.
struct Proxy {
    address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn answering(status: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heads = Arc::<Mutex<Vec<_>>>::default();
        let log = Arc::clone(&heads);
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                    head.push(byte[0]);
                }
                log.lock().unwrap().push(String::from_utf8(head).unwrap());
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, heads }
    }

    fn asked(&self) -> usize {
        self.heads.lock().unwrap().len()
    }

    /// Runs an export through it.
    fn export(&self, url: &str, no_proxy: &str, args: &[&str]) -> Run {
        let mut command = program(&[&["export", "--base-url", url], args].concat());
        command.env("HTTPS_PROXY", format!("http://user:s3cr3t@{}", self.address));
        command.env("NO_PROXY", no_proxy);
        let run = finish(command);
        assert!(!run.stderr.contains("s3cr3t"), "{run:?}");
        run
    }
}

#[test]
fn t18_a_refusal_of_the_proxy_is_7_after_one_connect() {
    for name in ["407 Proxy Authentication Required", "403 Forbidden"] {
        let proxy = Proxy::answering(name);
        let args = ["--window", "1"];
        let run = proxy.export("https://rest.invalid", "", &args).expect(7);
        assert_eq!(proxy.asked(), 1, "{run:?}");
        // A port can hold the same digits.
        let error = run.error().replace(&proxy.address, "PROXY");
        assert_eq!(error.matches(&name[..3]).count(), 1, "{error}");
        assert!(error.contains(name) && error.contains("credentials"), "{error}");
    }
}

#[test]
fn t19_a_proxy_that_does_not_reach_the_server_is_7_after_every_try() {
    for name in ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"] {
        let proxy = Proxy::answering(name);
        let args = ["--window", "1", "--max-attempts", "2"];
        let run = proxy.export("https://rest.invalid", "", &args).expect(7);
        assert_eq!(proxy.asked(), 2, "{run:?}");
        let error = run.error();
        assert!(error.contains(name) && !error.contains("credentials"), "{error}");
    }
}

/// The proxy is not told the address of a host that `NO_PROXY` names.
#[test]
fn no_proxy_keeps_a_host_from_the_proxy() {
    // Nobody answers there: the connection fails, and is one of this machine.
    for (url, no_proxy, proxied) in [
        ("https://192.0.2.1:9", "192.0.2.0/24", false),
        ("https://192.0.2.1:9", "198.51.100.0/24", true),
        ("https://[2001:db8::1]:9", "2001:db8::/32", false),
        ("https://rest.invalid", ".invalid", false),
        ("https://rest.invalid", "rest.invalid:8443", true),
    ] {
        let proxy = Proxy::answering("403 Forbidden");
        // The proxy answers, however slow the machine is.
        let timeout = if proxied { "5m" } else { "200ms" };
        let args = ["--max-attempts", "1", "--timeout", timeout];
        proxy.export(url, no_proxy, &args).expect(7);
        assert_eq!(proxy.asked() > 0, proxied, "{url} {no_proxy}");
    }
}
