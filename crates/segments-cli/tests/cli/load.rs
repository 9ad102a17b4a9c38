//! Many clients at once against `segments serve`.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::support::{KEY, WATCHDOG, program, signal, wait};

const CONNECTIONS: usize = 200;

/// After so many responses every connection, and most of the log, has its memory.
const WARM: usize = 10_000;
const REQUESTS: usize = 15_000;

/// What may come and go in an allocator, in kilobytes.
const FLAT: usize = 1024;

#[test]
fn two_hundred_connections_are_answered_in_flat_memory() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("key");
    fs::write(&key, KEY).unwrap();
    let (server, url) = serve(&["--segments", "250", "--api-key-file", key.to_str().unwrap()]);
    let address = url.trim_start_matches("http://");

    let (asked, answered, warm) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let ask = || -> io::Result<()> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(WATCHDOG))?;
        stream.set_nodelay(true)?;
        let mut responses = BufReader::new(&stream);
        loop {
            let number = asked.fetch_add(1, Ordering::Relaxed);
            if number >= REQUESTS {
                return Ok(());
            }
            let request = format!(
                "GET /segments/list?page={} HTTP/1.1\r\nHost: {address}\r\n\
                 Authorization: Bearer {KEY}\r\n\r\n",
                number % 4
            );
            (&stream).write_all(request.as_bytes())?;
            read_page(&mut responses)?;
            if answered.fetch_add(1, Ordering::Relaxed) + 1 == WARM {
                warm.store(peak_memory(server.id()), Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(ask)).collect();
        for client in clients {
            client.join().unwrap().unwrap();
        }
    });

    assert_eq!(answered.into_inner(), REQUESTS);
    let (warm, peak) = (warm.into_inner(), peak_memory(server.id()));
    assert!(peak <= warm + FLAT, "memory grew from {warm} to {peak} kB");
    signal(server.id(), "TERM");
    wait(server).expect(0);
}

fn serve(args: &[&str]) -> (Child, String) {
    let mut command = program(&[&["serve", "--listen", "127.0.0.1:0"], args].concat());
    let mut server = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
    (server, url.trim().to_owned())
}

/// Reads one response, which must be a whole page.
fn read_page(stream: &mut impl BufRead) -> io::Result<()> {
    let (mut line, mut length) = (String::new(), 0);
    stream.read_line(&mut line)?;
    assert!(line.starts_with("HTTP/1.1 200 "), "{line}");

    while line != "\r\n" {
        line.clear();
        assert_ne!(stream.read_line(&mut line)?, 0, "it ends in the head");
        if let Some(text) = line.strip_prefix("content-length: ") {
            length = text.trim_end().parse().unwrap();
        }
    }

    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    assert!(body.ends_with(b"\"message\":\"success\"}"));
    Ok(())
}

/// The most memory that a process has had, in kilobytes; 0 where the system does not say.
fn peak_memory(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}
