//! The pure function: request and time in, response out.

pub(crate) mod answer;
pub(crate) mod delivery;
pub(crate) mod draft;
pub(crate) mod edit;
pub(crate) mod edit_history;
pub(crate) mod edits;
pub(crate) mod encoding;
pub(crate) mod error;
pub(crate) mod fault_response;
pub(crate) mod headers;
pub(crate) mod key;
pub(crate) mod log;
pub(crate) mod messages;
pub(crate) mod page_cache;
pub(crate) mod page_response;
pub(crate) mod quota;
pub(crate) mod schedule;
pub(crate) mod segment_list;

use std::time::Duration;

use segments_core::{ApiKey, ListRequest, Page, Segment};

use crate::faults::script::Script;
use crate::workspace::edit_history::EditHistory;
use crate::workspace::key::Key;
use crate::workspace::log::Log;
use crate::workspace::page_cache::PageCache;
use crate::workspace::quota::Quota;
use crate::workspace::schedule::Schedule;
use crate::workspace::segment_list::SegmentList;

/// A Braze workspace: segments in the order of creation, API keys, a rate limit, and a [`Script`]
/// of faults. It has no clock, no socket and no randomness.
///
/// A new workspace has no keys, so every request is a 401 until one is added.
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
    pub(crate) list: SegmentList,
    keys: Vec<Key>,
    pub(crate) page_size: u32,
    pub(crate) quota: Quota,
    script: Script,
    pub(crate) schedule: Schedule,
    pub(crate) edit_history: EditHistory,
    pub(crate) log: Log,
    /// How many responses were made. Request ids are functions of it and the seed.
    pub(crate) responses: u64,
    seed: u64,
    page_cache: PageCache,
}

impl Default for Workspace {
    fn default() -> Self {
        Self {
            list: SegmentList::default(),
            keys: Vec::new(),
            page_size: Self::PAGE_SIZE,
            quota: Quota::new(Self::RATE_LIMIT),
            script: Script::new(),
            schedule: Schedule::default(),
            edit_history: EditHistory::default(),
            log: Log::default(),
            responses: 0,
            seed: 0,
            page_cache: PageCache::default(),
        }
    }
}

/// Configuration. The `with_` methods build a workspace in one expression.
impl Workspace {
    /// Segments per page (documented; fixed in Braze).
    pub const PAGE_SIZE: u32 = 100;

    /// Requests per hour (documented as the default; 50,000 was observed in 2018).
    pub const RATE_LIMIT: u64 = 250_000;

    /// A workspace without segments and without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key with the permission to list segments.
    ///
    /// # Panics
    /// If [`ApiKey::new`] refuses it.
    #[must_use]
    pub fn with_key(mut self, key: &str) -> Self {
        self.add_key(Key::list_only(ApiKey::new(key).expect("a valid API key")));
        self
    }

    /// Creates these segments in this order, newer than those that exist.
    ///
    /// # Panics
    /// If an id is not unique.
    #[must_use]
    pub fn with_segments(mut self, segments: impl IntoIterator<Item = Segment>) -> Self {
        for segment in segments {
            self.create(segment).expect("ids are unique");
        }
        self
    }

    /// Sets the page size; see [`Workspace::set_page_size`].
    #[must_use]
    pub fn with_page_size(mut self, segments: u32) -> Self {
        self.set_page_size(segments);
        self
    }

    /// Sets the rate limit; see [`Workspace::set_rate_limit`].
    #[must_use]
    pub fn with_rate_limit(mut self, requests: u64) -> Self {
        self.set_rate_limit(requests);
        self
    }

    /// Sets the script; see [`Workspace::set_faults`].
    #[must_use]
    pub fn with_faults(mut self, script: Script) -> Self {
        self.set_faults(script);
        self
    }

    /// Sets the seed; see [`Workspace::set_seed`].
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.set_seed(seed);
        self
    }

    /// Adds a key.
    pub fn add_key(&mut self, key: Key) {
        self.keys.push(key);
    }

    /// Sets how many segments a page has; 0 counts as 1. Braze's page size is fixed, but a client
    /// should not depend on it.
    pub fn set_page_size(&mut self, segments: u32) {
        self.page_size = segments.max(1);
        self.page_cache.clear();
    }

    /// Sets the rate limit, in requests per clock hour.
    pub fn set_rate_limit(&mut self, requests: u64) {
        self.quota.set_limit(requests);
    }

    /// Counts `requests` against the rate limit of the current hour, as other clients of the
    /// workspace would (documented: they share it). `now` is the time since the Unix epoch.
    pub fn consume_quota(&mut self, requests: u64, now: Duration) {
        self.quota.consume_elsewhere(requests, now);
    }

    /// Sets the seed of request ids. Default 0. Two workspaces with one seed repeat each other's ids,
    /// and a client that resumes from one to the other may take the responses for cached ones.
    pub fn set_seed(&mut self, seed: u64) {
        self.seed = seed;
    }

    /// Replaces the script. None of its faults has fired then, even if it was in use before.
    pub fn set_faults(&mut self, script: Script) {
        self.script = script.reset();
    }

    /// The script, with how often each of its faults has fired.
    pub fn script(&self) -> &Script {
        &self.script
    }
}

/// What the workspace holds.
impl Workspace {
    /// The listed segments, oldest first: what an export should have found.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &Segment> + ExactSizeIterator {
        self.list.listed()
    }

    /// All segments, oldest first, and whether each is archived.
    pub fn all_segments(&self) -> impl Iterator<Item = (&Segment, bool)> {
        self.list.all().map(|state| (state.segment, state.place.is_none()))
    }

    /// The listed segment with this id.
    pub fn get(&self, id: &str) -> Option<&Segment> {
        self.list.get(id)
    }

    /// How many segments are listed.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether no segment is listed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The responses so far.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Clears the log.
    pub fn clear_log(&mut self) {
        self.log = Log::default();
    }

    /// The page of [`Workspace::answer`], without its checks, headers, rate limit, script and log;
    /// for simulations of millions of exports.
    pub fn page(&self, request: ListRequest) -> Page {
        self.list.page(request, self.page_size)
    }
}
