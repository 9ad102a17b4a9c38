//! A case as servers on loopback, and what they saw.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::net::Ipv4Addr;

use segments_core::Segment;
use segments_emulator::{Emulator, Server, Workspace};

use crate::case::{Case, Setting};

/// A running case.
#[derive(Debug)]
pub(crate) struct Situation {
    /// A key that nothing else has, so that it is found wherever it comes out.
    pub(crate) key: String,
    emulator: Emulator,
    server: Server,
    other_host: Emulator,
    _other_server: Server,
    before: HashSet<String>,
}

/// What can be told at the end of a run.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Ids that were listed all the time.
    pub(crate) stable: HashSet<String>,
    /// Ids that were listed at some time.
    pub(crate) listed: HashSet<String>,
    pub(crate) requests: u64,
    /// Whether the other host was sent the key.
    pub(crate) key_went_elsewhere: bool,
}

impl Situation {
    /// Serves a case on free ports of this machine.
    pub(crate) async fn start(case: Case) -> io::Result<Self> {
        let key = canary();
        let bind = |emulator: &Emulator| Server::bind(emulator.clone(), (Ipv4Addr::LOCALHOST, 0));

        let other_host = Emulator::new(Workspace::new().with_key(&key));
        let other_server = bind(&other_host).await?;
        // A client tells hosts apart by name, and the emulator is 127.0.0.1.
        let other_url = format!("http://localhost:{}", other_server.addr().port());

        let workspace = case.workspace(&Setting { key: &key, other_host: &other_url });
        let before = ids(workspace.segments());
        let emulator = Emulator::new(workspace);
        let server = bind(&emulator).await?;

        Ok(Self { key, emulator, server, other_host, _other_server: other_server, before })
    }

    /// The base URL for the client.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn facts(&self) -> Facts {
        let (after, requests) =
            self.emulator.with(|workspace| (ids(workspace.segments()), workspace.log().total()));
        // It knows the key, so it accepts a request only if that was sent.
        let key_went_elsewhere = self
            .other_host
            .with(|workspace| workspace.log().entries().any(|entry| entry.status == 200));

        Facts {
            // No case edits a segment twice.
            stable: self.before.intersection(&after).cloned().collect(),
            listed: self.before.union(&after).cloned().collect(),
            requests,
            key_went_elsewhere,
        }
    }
}

fn ids<'a>(segments: impl Iterator<Item = &'a Segment>) -> HashSet<String> {
    segments.map(|segment| segment.id().to_owned()).collect()
}

/// In the form of Braze's keys, which clients may check.
fn canary() -> String {
    let random = || RandomState::new().build_hasher().finish();
    let digits = format!("{:016x}{:016x}", random(), random());

    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    parts.join("-")
}
