pub(crate) mod answer;
pub(crate) mod delivery;
pub(crate) mod encoding;
pub(crate) mod error;
pub(crate) mod gzip;
pub(crate) mod headers;
pub(crate) mod key;
pub(crate) mod log;
pub(crate) mod quota;
pub(crate) mod segment_list;

use std::time::Duration;

use http::{Request, Response};
use segments_core::{ApiKey, ListRequest, Page, Segment};

use crate::faults::script::Script;
use crate::workspace::answer::Rendered;
use crate::workspace::error::EditError;
use crate::workspace::key::Key;
use crate::workspace::log::Log;
use crate::workspace::quota::Quota;
use crate::workspace::segment_list::List;

/// A Braze workspace: segments in the order of their creation, keys, an allowance, and a script of
/// what goes wrong. Pure: no clock, no socket, no randomness.
///
/// It begins without keys, so that every request is a 401 until there is one.
///
/// ```
/// use std::time::Duration;
/// use http::Request;
/// use segments_core::Segment;
/// use segments_emulator::Workspace;
///
/// let mut workspace = Workspace::new().with_key("k");
/// workspace.create(Segment::new("a1", "Lapsed Users - 7 days", true, ["lifecycle"])?)?;
/// workspace.create(Segment::new("b2", "VIP", false, [""; 0])?)?;
/// workspace.archive("a1")?;
///
/// let request = Request::get("/segments/list").header("authorization", "Bearer k").body(())?;
/// let response = workspace.answer(&request, Duration::from_secs(1_592_427_423));
/// assert_eq!(
///     response.body(),
///     br#"{"segments":[{"id":"b2","name":"VIP","analytics_tracking_enabled":false,"tags":[]}],"message":"success"}"#
/// );
/// assert_eq!(response.headers()["x-ratelimit-remaining"], "249999");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Workspace {
    pub(crate) list: List,
    pub(crate) keys: Vec<Key>,
    pub(crate) page_size: u32,
    pub(crate) quota: Quota,
    pub(crate) script: Script,
    pub(crate) log: Log,
    /// Answers since the beginning; request ids are made of it.
    pub(crate) answers: u64,
    pub(crate) rendered: Rendered,
}

impl Default for Workspace {
    fn default() -> Self {
        Self {
            list: List::default(),
            keys: Vec::new(),
            page_size: Self::PAGE_SIZE,
            quota: Quota::new(Self::RATE_LIMIT),
            script: Script::new(),
            log: Log::default(),
            answers: 0,
            rendered: Rendered::default(),
        }
    }
}

/// Setting up. The `with_` methods are for building one in a single expression.
impl Workspace {
    /// Segments on a page (documented, fixed in Braze).
    pub const PAGE_SIZE: u32 = 100;

    /// Requests in an hour (documented as the default; 50,000 was observed in 2018).
    pub const RATE_LIMIT: u64 = 250_000;

    /// No segments and no keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a key that may list segments.
    ///
    /// # Panics
    /// If [`ApiKey::new`] refuses it.
    #[must_use]
    pub fn with_key(mut self, key: &str) -> Self {
        self.add_key(Key::listing(ApiKey::new(key).expect("an API key")));
        self
    }

    /// With these segments created after those it has, in this order.
    ///
    /// # Panics
    /// If two have the same id.
    #[must_use]
    pub fn with_segments(mut self, segments: impl IntoIterator<Item = Segment>) -> Self {
        for segment in segments {
            self.create(segment).expect("ids differ");
        }
        self
    }

    /// With pages of this size; see [`Workspace::set_page_size`].
    #[must_use]
    pub fn with_page_size(mut self, segments: u32) -> Self {
        self.set_page_size(segments);
        self
    }

    /// With this allowance; see [`Workspace::set_rate_limit`].
    #[must_use]
    pub fn with_rate_limit(mut self, requests: u64) -> Self {
        self.set_rate_limit(requests);
        self
    }

    /// With this script; see [`Workspace::set_faults`].
    #[must_use]
    pub fn with_faults(mut self, script: Script) -> Self {
        self.set_faults(script);
        self
    }

    /// Adds a key.
    pub fn add_key(&mut self, key: Key) {
        self.keys.push(key);
    }

    /// Sets how many segments are on a page, where 0 counts as 1. Only in the emulator: Braze's
    /// size is fixed, but a client must not depend on it.
    pub fn set_page_size(&mut self, segments: u32) {
        self.page_size = segments.max(1);
        self.rendered.clear();
    }

    /// Sets how many requests may be made in each hour of the clock.
    pub fn set_rate_limit(&mut self, requests: u64) {
        self.quota.limit = requests;
    }

    /// Uses up part of this hour's allowance, as other clients of the workspace do, who share it
    /// (documented).
    pub fn spend(&mut self, requests: u64, now: Duration) {
        self.quota.spend(requests, now);
    }

    /// Sets the script, with none of its rules having acted.
    pub fn set_faults(&mut self, script: Script) {
        self.script = script.rewound();
    }

    /// The script, and how often each of its rules has acted.
    pub fn script(&self) -> &Script {
        &self.script
    }
}

/// Editing, as people do in Braze's dashboard while somebody reads the list. Braze has no API for
/// this; what the list shows afterwards is documented.
impl Workspace {
    /// Creates a segment, newer than all others.
    ///
    /// # Errors
    /// [`EditError::Exists`] if the id was ever used.
    pub fn create(&mut self, segment: Segment) -> Result<(), EditError> {
        self.rendered.clear();
        self.list.create(segment)
    }

    /// Archives a segment, so that it is no longer listed. Archiving it again changes nothing.
    ///
    /// # Errors
    /// [`EditError::Unknown`]
    pub fn archive(&mut self, id: &str) -> Result<(), EditError> {
        self.rendered.clear();
        self.list.archive(id)
    }

    /// Lists an archived segment again, at the place of its creation (inferred: the documented
    /// order is that of creation). Restoring a listed one changes nothing.
    ///
    /// # Errors
    /// [`EditError::Unknown`]
    pub fn restore(&mut self, id: &str) -> Result<(), EditError> {
        self.rendered.clear();
        self.list.restore(id)
    }

    /// Gives a segment another name. Its place stays the same.
    ///
    /// # Errors
    /// [`EditError::Unknown`]
    pub fn rename(&mut self, id: &str, name: &str) -> Result<(), EditError> {
        self.rendered.clear();
        self.list
            .change(id, |old| Segment::new(id, name, old.analytics_tracking_enabled(), old.tags()))
    }

    /// Gives a segment other tags.
    ///
    /// # Errors
    /// [`EditError::Unknown`]
    pub fn retag<T: AsRef<str>>(
        &mut self,
        id: &str,
        tags: impl IntoIterator<Item = T>,
    ) -> Result<(), EditError> {
        self.rendered.clear();
        self.list
            .change(id, |old| Segment::new(id, old.name(), old.analytics_tracking_enabled(), tags))
    }

    /// Turns analytics tracking of a segment on or off.
    ///
    /// # Errors
    /// [`EditError::Unknown`]
    pub fn set_tracking(&mut self, id: &str, enabled: bool) -> Result<(), EditError> {
        self.rendered.clear();
        self.list.change(id, |old| Segment::new(id, old.name(), enabled, old.tags()))
    }
}

/// Reading.
impl Workspace {
    /// The listed segments, oldest first: the truth that an export is held against.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &Segment> + ExactSizeIterator {
        self.list.live()
    }

    /// All segments, oldest first, and whether each is archived.
    pub fn records(&self) -> impl Iterator<Item = (&Segment, bool)> {
        self.list.records()
    }

    /// The listed segment with this id.
    pub fn get(&self, id: &str) -> Option<&Segment> {
        self.list.get(id)
    }

    /// How many are listed.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether none is listed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was answered.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Empties the log.
    pub fn clear_log(&mut self) {
        self.log = Log::default();
    }

    /// A page as [`Workspace::answer`] would show it, without key, headers, allowance, script and
    /// log: for simulations that make millions of exports.
    pub fn page(&self, list: ListRequest) -> Page {
        self.list.page(list, self.page_size)
    }

    /// Answers a request at the time `now`, counted from the Unix epoch.
    ///
    /// Total: no request makes it panic, and only a script makes it answer 5xx. The request's body
    /// is not looked at. Where the script wants more than an answer can hold, the response's
    /// extensions hold a [`Delivery`](crate::Delivery).
    ///
    /// The questions are asked in this order: the path (404, or 403 for a slash at its end), the
    /// method (405), the key (401), its permission (403), the allowance (429), the parameters
    /// (400), the script, and then there is the page. From the allowance on the request counts.
    /// The order is inferred where recordings show it (key before allowance before parameters), and
    /// otherwise invented.
    pub fn answer<B>(&mut self, request: &Request<B>, now: Duration) -> Response<Vec<u8>> {
        let list = ListRequest::from_http(request);
        self.respond(request.method(), request.uri().path(), request.headers(), list, now)
    }
}
