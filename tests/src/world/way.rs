//! The way between the driver and the workspace, and what came of a run.

use std::time::Duration;

use http::Response;
use segments_core::export::RecordedExchange;
use segments_core::{Error, ListRequest, Report, Segment, TransportError, TransportErrorKind};
use segments_emulator::Workspace;

/// The key that a workspace must have for [`run`](super::run).
pub const KEY: &str = "CANARY-world-7c1e";

/// When every run begins: the second of a recorded answer, 177 s before a clock hour.
pub const EPOCH: Duration = Duration::from_secs(1_592_427_423);

/// How the way between driver and workspace is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Way {
    /// Decides every latency, and what is lost.
    pub seed: u64,
    /// The longest latency of each of the two ways, in milliseconds.
    pub latency: u32,
    /// Every latency is the longest.
    pub steady: bool,
    /// Of 256 steps, in how many the driver drops a request of its own.
    pub drops: u8,
    /// Requests that are no longer wanted go on, and their answers are handed in.
    pub patient: bool,
    /// The request that fails in the transport, counted from 0, and how.
    pub failure: Option<(usize, TransportErrorKind)>,
    /// The time in which nothing gets through.
    pub outage: Option<Outage>,
    /// The results are recorded.
    pub records: bool,
}

/// A time in which every request that arrives fails alike.
#[derive(Debug, Clone, Copy)]
pub struct Outage {
    /// Its first moment.
    pub from: Duration,
    /// The first moment after it.
    pub until: Duration,
    /// With which bare status it is answered; without one there is no connection.
    pub status: Option<u16>,
}

impl Outage {
    pub(super) fn answer(self) -> Result<Response<Vec<u8>>, TransportError> {
        let Some(status) = self.status else {
            return Err(TransportError::new(TransportErrorKind::Connect, "nobody is there"));
        };
        let response = Response::builder().status(status).body(Vec::new());
        Ok(response.expect("a status"))
    }
}

/// What became of an export.
#[derive(Debug)]
pub struct Run {
    /// How it ended.
    pub result: Result<Report, Error>,
    /// The report at the end, also of an export that failed.
    pub report: Report,
    /// The list: in its final form, or what was handed out before the error.
    pub list: Vec<Segment>,
    /// Every request, in the order of sending.
    pub sent: Vec<Sent>,
    /// Every result that was handed in, as serde writes and reads it.
    pub recorded: Vec<RecordedExchange>,
    /// When it ended.
    pub ended_at: Duration,
    /// The workspace afterwards.
    pub workspace: Workspace,
}

/// A request that was sent.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    /// What it asked for.
    pub list: ListRequest,
    /// Which attempt it was.
    pub attempt: u32,
    /// When it was sent.
    pub at: Duration,
}
