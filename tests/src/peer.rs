//! Who is at the other end of a case: mostly the emulator, and where no server can play the part,
//! a listener or an address.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use segments_core::Segment;
use segments_emulator::{Emulator, Fault, Script, Server, ServerThread, Workspace, sample};

/// Who is asked.
#[derive(Debug, Clone)]
pub enum Peer {
    /// A workspace, with what goes wrong.
    Emulator(Box<Workspace>),
    /// A name that does not exist.
    NoName,
    /// An address where nobody listens.
    Nobody,
    /// A listener that accepts nobody, with its queue full.
    FullQueue,
    /// A server that always redirects; `TRAP` in the target is the address of a listener where
    /// nobody may come.
    Redirects {
        /// The status.
        status: u16,
        /// Where to.
        target: &'static str,
    },
}

/// What is at the other end, for as long as this lives.
pub struct Serving {
    /// Where it is.
    pub url: String,
    server: Option<ServerThread>,
    queue: Option<FullQueue>,
    nobody: Option<Nobody>,
    trap: Option<TcpListener>,
}

impl Peer {
    /// Begins, for requests with `key`.
    ///
    /// # Panics
    /// If it has a workspace of its own, or if the system gives no socket.
    pub fn serve(&self, key: &str) -> Serving {
        match self {
            Self::Emulator(_) => panic!("what it serves is the case's"),
            Self::NoName => Serving::at("https://segments.invalid".to_owned()),
            Self::Nobody => {
                let nobody = Nobody::new();
                let url = format!("http://{}", nobody.addr());
                Serving { nobody: Some(nobody), ..Serving::at(url) }
            }
            Self::FullQueue => {
                let queue = FullQueue::new();
                let url = format!("http://{}", queue.addr());
                Serving { queue: Some(queue), ..Serving::at(url) }
            }
            Self::Redirects { status, target } => {
                let trap = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
                let addr = trap.local_addr().expect("an address").to_string();
                let target = target.replace("TRAP", &addr);
                let workspace = redirecting(*status, &target).with_key(key);
                Serving { trap: Some(trap), ..Serving::emulator(workspace) }
            }
        }
    }
}

/// A workspace that answers every request with a redirect.
pub fn redirecting(status: u16, target: &str) -> Workspace {
    let segments: Vec<Segment> = sample(150, 1);
    let fault = Fault::status(status).header("location", target).forever();
    Workspace::new().with_segments(segments).with_faults(Script::new().then(fault))
}

impl Serving {
    /// The emulator with this workspace.
    ///
    /// # Panics
    /// If the system gives no socket.
    pub fn emulator(workspace: Workspace) -> Self {
        let server = Server::spawn(Emulator::new(workspace)).expect("a server");
        let url = server.url();
        Self { server: Some(server), ..Self::at(url) }
    }

    fn at(url: String) -> Self {
        Self { url, server: None, queue: None, nobody: None, trap: None }
    }

    /// Panics if a redirect was followed: there was somebody where nobody may come, or the server
    /// was asked again.
    ///
    /// # Panics
    /// As said.
    pub fn assert_alone(&self, window: usize) {
        let Some(trap) = &self.trap else { return };
        // Who connected waits in the queue, accepted or not.
        trap.set_nonblocking(true).expect("a socket");

        assert!(trap.accept().is_err(), "a redirect was followed to another host");

        let asked = self
            .server
            .as_ref()
            .map_or(0, |server| server.emulator().with(|workspace| workspace.log().total()));
        assert!(asked <= window as u64, "a redirect was followed to the same host: {asked}");
    }
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving")
            .field("url", &self.url)
            .field("server", &self.server.is_some())
            .field("queue", &self.queue.is_some())
            .field("nobody", &self.nobody)
            .field("trap", &self.trap)
            .finish()
    }
}

/// An address where nobody listens, and where no server begins to for as long as this lives.
///
/// A port that was only free a moment ago may be given to the next server that starts. This one is
/// the near end of a connection, which refuses connections and stays taken.
#[derive(Debug)]
pub struct Nobody {
    connection: TcpStream,
    _peer: TcpListener,
}

impl Nobody {
    /// Takes a port.
    ///
    /// # Panics
    /// If the system gives no socket.
    pub fn new() -> Self {
        let peer = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
        let address = peer.local_addr().expect("an address");
        let connection = TcpStream::connect(address).expect("a connection");
        Self { connection, _peer: peer }
    }

    /// Where nobody is.
    ///
    /// # Panics
    /// Never: it is connected.
    pub fn addr(&self) -> SocketAddr {
        self.connection.local_addr().expect("an address")
    }
}

impl Default for Nobody {
    fn default() -> Self {
        Self::new()
    }
}

/// A listener that accepts nobody, and has as many waiting as the system keeps: whoever comes now
/// gets no response at all.
#[derive(Debug)]
pub struct FullQueue {
    listener: TcpListener,
    waiting: Vec<TcpStream>,
}

impl FullQueue {
    /// Fills a queue.
    ///
    /// # Panics
    /// If it cannot be filled.
    pub fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
        let mut queue = Self { listener, waiting: Vec::new() };
        let addr = queue.addr();
        while let Ok(stream) = TcpStream::connect_timeout(&addr, Duration::from_millis(200)) {
            queue.waiting.push(stream);
            assert!(queue.waiting.len() < 10_000, "a queue without end");
        }
        queue
    }

    /// Where it is.
    ///
    /// # Panics
    /// Never: it is bound.
    pub fn addr(&self) -> SocketAddr {
        self.listener.local_addr().expect("an address")
    }
}

impl Default for FullQueue {
    fn default() -> Self {
        Self::new()
    }
}
