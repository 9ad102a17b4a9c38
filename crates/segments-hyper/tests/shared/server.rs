//! A server of threads and raw bytes that answers well, or breaks off as a test asks.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use segments_emulator::{Workspace, sample};

pub(crate) const KEY: &str = "0123456789-canary-key";

/// What the server does with one request.
pub(crate) enum Reply {
    /// What Braze would answer; the connection stays.
    Good,
    /// The same in chunks.
    GoodInChunks,
    /// The same behind these bytes.
    GoodBehind(Vec<u8>),
    /// What Braze would answer, and without a word the connection ends.
    GoodThenClose,
    /// These bytes; the connection stays.
    Keep(Vec<u8>),
    /// These bytes, and the connection ends.
    Bytes(Vec<u8>),
    /// These bytes, and the connection is reset.
    Reset(Vec<u8>),
    /// These bytes, and after a while these, which nobody asked for; the connection stays.
    KeepAndLate(Vec<u8>, Duration, Vec<u8>),
    /// What Braze would answer, and in the same write these, which nobody asked for.
    GoodAnd(Vec<u8>),
    /// These bytes again and again, until the client leaves.
    Repeat(Vec<u8>),
    /// These bytes, then full chunks, 64 MiB at most.
    Endless(Vec<u8>),
}

/// One request as it came.
pub(crate) struct Asked {
    /// Counted from 0, over all connections.
    pub(crate) number: usize,
    /// The connection that it came over, counted from 0.
    pub(crate) connection: usize,
    /// How many came over it before.
    pub(crate) before: usize,
    pub(crate) head: String,
}

impl Asked {
    /// The page that is asked for: 0 where none is named.
    pub(crate) fn page(&self) -> u32 {
        let Some((_, rest)) = self.head.split_once("page=") else { return 0 };
        rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
    }
}

type Answer = Box<dyn Fn(&Asked) -> Reply + Send + Sync>;

struct State {
    answer: Answer,
    tls: Option<Arc<ServerConfig>>,
    braze: Mutex<Workspace>,
    heads: Mutex<Vec<String>>,
    connections: AtomicUsize,
    written: AtomicU64,
    stopped: AtomicBool,
}

pub(crate) struct Server {
    addr: SocketAddr,
    state: Arc<State>,
}

impl Server {
    /// A server of a workspace with 250 segments.
    pub(crate) fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::with_tls(None, answer)
    }

    pub(crate) fn with_tls(
        tls: Option<Arc<ServerConfig>>,
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let braze = Workspace::new().with_key(KEY).with_segments(sample(250, 1));
        let state = Arc::new(State {
            answer: Box::new(answer),
            tls,
            braze: Mutex::new(braze),
            heads: Mutex::default(),
            connections: AtomicUsize::new(0),
            written: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stopped.load(Ordering::SeqCst) {
                    break;
                }
                let number = shared.connections.fetch_add(1, Ordering::SeqCst);
                let shared = Arc::clone(&shared);
                // A broken connection is the other side's affair, and often the very test.
                thread::spawn(move || drop(serve(&shared, stream.unwrap(), number)));
            }
        });
        Self { addr, state }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(crate) fn url(&self) -> String {
        let scheme = if self.state.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.addr)
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// The heads of all requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.state.heads.lock().unwrap().clone()
    }

    /// How many bytes an endless answer got rid of.
    pub(crate) fn written(&self) -> u64 {
        self.state.written.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.addr));
    }
}

trait Duplex: Read + Write {}
impl<T: Read + Write> Duplex for T {}

fn serve(state: &State, stream: TcpStream, connection: usize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream: Box<dyn Duplex> = match &state.tls {
        None => Box::new(stream),
        Some(tls) => {
            let connection = ServerConnection::new(Arc::clone(tls)).unwrap();
            Box::new(StreamOwned::new(connection, stream))
        }
    };
    for before in 0.. {
        let head = read_head(&mut stream)?;
        let number = {
            let mut heads = state.heads.lock().unwrap();
            heads.push(head.clone());
            heads.len() - 1
        };
        let asked = Asked { number, connection, before, head };
        let reply = (state.answer)(&asked);
        if let Reply::Reset(bytes) = &reply {
            // Closing with unread bytes, here the last of the head, resets the connection.
            stream.write_all(bytes)?;
            return stream.flush();
        }
        stream.read_exact(&mut [0])?;
        match reply {
            Reply::Good => stream.write_all(&whole(&good(state, &asked)))?,
            Reply::GoodInChunks => stream.write_all(&in_chunks(&good(state, &asked)))?,
            Reply::GoodBehind(bytes) => {
                stream.write_all(&[bytes, whole(&good(state, &asked))].concat())?;
            }
            Reply::GoodThenClose => return stream.write_all(&whole(&good(state, &asked))),
            Reply::Keep(bytes) => stream.write_all(&bytes)?,
            Reply::KeepAndLate(bytes, while_, late) => {
                stream.write_all(&bytes)?;
                stream.flush()?;
                thread::sleep(while_);
                stream.write_all(&late)?;
            }
            Reply::GoodAnd(more) => {
                stream.write_all(&[whole(&good(state, &asked)), more].concat())?;
            }
            Reply::Bytes(bytes) => {
                stream.write_all(&bytes)?;
                stream.flush()?;
                return Ok(());
            }
            Reply::Repeat(bytes) => loop {
                stream.write_all(&bytes)?;
                stream.flush()?;
                thread::sleep(Duration::from_millis(10));
            },
            Reply::Endless(bytes) => {
                stream.write_all(&bytes)?;
                let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000)).into_bytes();
                for _ in 0..1024 {
                    stream.write_all(&chunk)?;
                    state.written.fetch_add(chunk.len() as u64, Ordering::SeqCst);
                }
                return Ok(());
            }
            Reply::Reset(_) => unreachable!(),
        }
        stream.flush()?;
    }
    Ok(())
}

/// Reads a request but for its last byte.
fn read_head(stream: &mut impl Read) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8(head).unwrap())
}

fn good(state: &State, asked: &Asked) -> http::Response<Vec<u8>> {
    let mut lines = asked.head.trim_end().split("\r\n");
    let target = lines.next().unwrap().split(' ').nth(1).unwrap();
    let mut request = http::Request::get(target);
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let request = request.body(()).unwrap();
    state.braze.lock().unwrap().answer(&request, now)
}

/// A response as bytes, with its length declared.
fn whole(response: &http::Response<Vec<u8>>) -> Vec<u8> {
    let mut bytes = head(response);
    bytes.extend(format!("content-length: {}\r\n\r\n", response.body().len()).into_bytes());
    bytes.extend(response.body());
    bytes
}

/// The same in chunks, the first of which has an extension.
fn in_chunks(response: &http::Response<Vec<u8>>) -> Vec<u8> {
    let mut bytes = head(response);
    bytes.extend(b"transfer-encoding: chunked\r\n\r\n");
    for (number, chunk) in response.body().chunks(1000).enumerate() {
        let extension = if number == 0 { ";a=b" } else { "" };
        bytes.extend(format!("{:x}{extension}\r\n", chunk.len()).into_bytes());
        bytes.extend([chunk, b"\r\n"].concat());
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

/// The lines of a head but for the length of the body.
fn head(response: &http::Response<Vec<u8>>) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
    for (name, value) in response.headers() {
        if name != http::header::CONTENT_LENGTH {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
    }
    bytes
}
