use std::time::Duration;

use http::Response;
use serde::{Deserialize, Serialize};

use super::Export;
use crate::export::fetch::Fetch;
use crate::message::error::TransportError;
use crate::message::recorded::RecordedResponse;
use crate::message::request::ListRequest;
use crate::message::seconds;

/// A request and how it ended, as a value: to store, to send elsewhere, and to hand in again.
///
/// It holds what [`Export::handle_result`] was called with, so that another export with the same
/// [`Plan`](crate::Plan) comes to the same end without a network: to find out why an export ended as
/// it did, or in a workflow engine, which keeps the results of a process that dies.
///
/// The key is not in it. Of the headers it has those that an export reads, and a few that tell who
/// sent the response; of `Location` only the host. **The body is in it**, with the names and tags of
/// segments.
///
/// serde writes and reads it in any self-describing format; times are in seconds, and a body that is
/// not UTF-8 is `{"base64": "…"}`. Whatever is read is safe to hand in: an export judges it as it
/// would judge a server, within its limits.
///
/// ```
/// use std::time::Duration;
///
/// use segments_core::export::RecordedExchange;
/// # use segments_core::{
/// #     Api, ApiKey, Export, Fetch, Instance, List, Page, Plan, Segment, Step, TransportError,
/// # };
/// # fn api() -> Api { Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key").unwrap()) }
/// # fn send(fetch: &Fetch) -> Result<http::Response<Vec<u8>>, TransportError> {
/// #     let row = Segment::new("a", "All Users", true, [""; 0]).unwrap();
/// #     Ok((fetch.list().page == 0).then_some(row).into_iter().collect::<Page>().to_http())
/// # }
///
/// // Recorded by a driver with one request at a time …
/// let (mut export, mut lines) = (Export::new(api(), Plan::default()), Vec::new());
/// let mut now = Duration::ZERO;
/// let report = loop {
///     match export.poll(now)? {
///         Step::Send(fetch) => {
///             now += Duration::from_millis(200);
///             let result = send(&fetch);
///             let recorded = RecordedExchange::new(&fetch, now, &result);
///             lines.push(serde_json::to_string(&recorded)?);
///             export.handle_result(&fetch, now, result);
///         }
///         Step::Wait { until } => now = until,
///         Step::Batch(_) => {}
///         Step::Done(report) => break report,
///     }
/// };
///
/// // … and replayed.
/// let mut export = Export::new(api(), Plan::default());
/// for line in lines {
///     let recorded: RecordedExchange = serde_json::from_str(&line)?;
///     let fetch = recorded.fetch(&export).expect("the same requests");
///     export.handle_result(&fetch, recorded.ended_at(), recorded.into_result());
/// }
/// # while let Step::Batch(_) = export.poll(now)? {}
/// assert_eq!(export.report(), report);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedExchange {
    #[serde(flatten)]
    list: ListRequest,
    pass: u32,
    attempt: u32,
    after: u64,
    #[serde(with = "seconds")]
    sent_at: Duration,
    #[serde(with = "seconds")]
    ended_at: Duration,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    redacted: bool,
    #[serde(flatten)]
    end: End,
}

/// How the request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum End {
    Response(RecordedResponse),
    Failure(TransportError),
}

impl RecordedExchange {
    /// What is handed to [`Export::handle_result`] with `fetch` at the time `now`.
    pub fn new<B: AsRef<[u8]>>(
        fetch: &Fetch,
        now: Duration,
        result: &Result<Response<B>, TransportError>,
    ) -> Self {
        let key = fetch.api.key();
        let (end, redacted) = match result {
            Ok(response) => {
                let (response, redacted) = RecordedResponse::new(response, key);
                (End::Response(response), redacted)
            }
            Err(failure) => {
                let detail = key.redact(failure.detail());
                let redacted = detail != failure.detail();
                (End::Failure(TransportError::new(failure.kind(), detail)), redacted)
            }
        };

        Self {
            list: fetch.list(),
            pass: fetch.pass(),
            attempt: fetch.attempt(),
            after: fetch.after,
            sent_at: fetch.asked_at,
            ended_at: now,
            redacted,
            end,
        }
    }

    /// The requested page.
    pub fn list(&self) -> ListRequest {
        self.list
    }

    /// The number of the attempt, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How many results the export had been handed when it gave this request
    /// ([`Report::requests`](crate::Report::requests)). With several requests in flight, a replay has
    /// to call [`fetch`](Self::fetch) then, and hands in the results in the order in which they came.
    pub fn after(&self) -> u64 {
        self.after
    }

    /// When the export gave the request.
    pub fn sent_at(&self) -> Duration {
        self.sent_at
    }

    /// When its result was handed in.
    pub fn ended_at(&self) -> Duration {
        self.ended_at
    }

    /// Whether the server, or the transport, had repeated the key, or eight characters of it. `***`
    /// stands in their place, so that a name in which they were is another one now.
    pub fn is_redacted(&self) -> bool {
        self.redacted
    }

    /// The same request of an export that has been handed [`after`](Self::after) results; `None` if it
    /// does not want this one then.
    pub fn fetch(&self, export: &Export) -> Option<Fetch> {
        let is_same = |fetch: &Fetch| {
            (fetch.list(), fetch.pass(), fetch.attempt()) == (self.list, self.pass, self.attempt)
                && fetch.after == self.after
        };
        export.fetches(self.sent_at).find(is_same)
    }

    /// What to hand in: the response, or why there is none.
    pub fn into_result(self) -> Result<Response<Vec<u8>>, TransportError> {
        match self.end {
            End::Response(response) => Ok(response.into_http()),
            End::Failure(failure) => Err(failure),
        }
    }
}
