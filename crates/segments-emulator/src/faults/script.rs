use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use segments_core::ListRequest;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::faults::fault::Fault;
use crate::faults::kind::FaultKind;
use crate::faults::leaky_bucket::LeakyBucket;
use crate::faults::valid_fault::ValidFault;
use crate::json_error::{JsonError, path_to_error};

/// A list of [`Fault`]s in order, and how often each has fired.
///
/// A script sees only requests that would otherwise get a page: those with a valid key, within the
/// rate limit, with valid parameters. For each request it looks at its faults from first to last:
///
/// 1. A fault for another page or order is skipped, and so is one that has fired `times` times.
/// 2. A fault that has not yet let `after` requests pass lets this one pass: it gets the usual
///    response, and later faults do not see it.
/// 3. A leaky bucket that admits the request is skipped.
/// 4. Otherwise the fault fires: it gives the response.
///
/// So the faults that match the same requests form a queue, which a fault without an end blocks.
///
/// ```
/// use std::time::Duration;
/// use segments_emulator::{Fault, Script};
///
/// // Page 3: 503 twice, then a 429 that resets in 2 s, then 120 bytes of the page.
/// let script = Script::new()
///     .then(Fault::status(503).page(3).times(2))
///     .then(Fault::rate_limited(Duration::from_secs(2)).page(3))
///     .then(Fault::cut(120).page(3));
///
/// let same: Script = r#"[
///     {"page": 3, "times": 2, "kind": {"status": {"code": 503}}},
///     {"page": 3, "kind": {"rate_limited": {"reset_in": 2}}},
///     {"page": 3, "kind": {"cut": 120}}
/// ]"#.parse()?;
/// assert_eq!(script, same);
/// # Ok::<(), segments_emulator::InvalidScript>(())
/// ```
///
/// # JSON
/// An array of objects with the fields of [`Fault`], all optional: `page`, `sort_direction`
/// (`"asc"` or `"desc"`), `after` (default 0), `times` (default 1; `null` is without an end),
/// `delay_ms` (default 0), `headers` (an object), `kind` (default `"ordinary"`). One example of each
/// [`FaultKind`](crate::FaultKind):
///
/// ```
/// # let text = r#"
/// [
///   {"kind": {"status": {"code": 502, "message": "Bad Gateway"}}},
///   {"kind": {"rate_limited": {"reset_in": 2, "retry_after": 2, "bare": true}}},
///   {"kind": {"leaky_bucket": {"per_second": 2, "burst": 5, "code": 429}}, "times": null},
///   {"kind": "html"}, {"kind": {"message": "failure"}}, {"kind": {"errors": ["one", "two"]}},
///   {"kind": "missing_segments"}, {"kind": "null_segments"},
///   {"kind": {"body": "[]"}}, {"kind": {"body": [255, 0]}},
///   {"kind": {"redirect": "http://127.0.0.1:9/"}}, {"kind": "gzip"}, {"kind": "both_framings"},
///   {"kind": {"cut": 120}}, {"kind": {"stall": 120}}, {"kind": {"drip_ms": 10}},
///   {"kind": {"drip_head_ms": 10}}, {"kind": "endless"}, {"kind": "close"},
///   {"kind": {"reset": 120}}, {"kind": {"verbatim": "HTTP/0.9 what?\r\n\r\n"}},
///   {"kind": "ignore_page", "times": null},
///   {"kind": "ignore_sort_direction", "sort_direction": "desc", "after": 3},
///   {"page": 1, "delay_ms": 250, "headers": {"x-ratelimit-remaining": "many"}}
/// ]
/// # "#;
/// # assert_eq!(text.parse::<segments_emulator::Script>().unwrap().faults().len(), 24);
/// ```
///
/// A value that cannot be served is an error: a status outside of 100 to 999, a message on a 204 or
/// 304, a delay of more than 24 hours, a reset more than 100 years ahead, a redirect with a
/// character that a header cannot hold. So is a fault that changes nothing.
#[derive(Debug, Clone, Default)]
pub struct Script {
    entries: Vec<Entry>,
}

/// A fault and what became of it.
#[derive(Debug, Clone)]
struct Entry {
    fault: Fault,
    passed: u32,
    fired: u32,
    bucket: LeakyBucket,
}

impl Entry {
    fn new(fault: Fault) -> Self {
        Self { fault, passed: 0, fired: 0, bucket: LeakyBucket::default() }
    }

    fn is_exhausted(&self) -> bool {
        self.fault.times.is_some_and(|times| self.fired >= times)
    }
}

impl Script {
    /// A script without faults.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Appends a fault.
    #[must_use]
    pub fn then(mut self, fault: Fault) -> Self {
        self.entries.push(Entry::new(fault));
        self
    }

    /// The faults, in order.
    pub fn faults(&self) -> impl ExactSizeIterator<Item = &Fault> {
        self.entries.iter().map(|entry| &entry.fault)
    }

    /// How often each fault has fired, in the same order.
    pub fn fired(&self) -> impl ExactSizeIterator<Item = u32> {
        self.entries.iter().map(|entry| entry.fired)
    }

    /// Whether every fault with a limit has fired as often as it may. A test asserts this to be
    /// sure that its whole script took effect.
    pub fn is_exhausted(&self) -> bool {
        self.entries.iter().all(|entry| entry.fault.times.is_none() || entry.is_exhausted())
    }

    /// The same faults, none of which has fired.
    pub(crate) fn reset(self) -> Self {
        self.entries.into_iter().map(|entry| entry.fault).collect()
    }

    /// The fault that fires for this request, if any, with its index in the script.
    pub(crate) fn fire(&mut self, request: ListRequest, now: Duration) -> Option<(usize, Fault)> {
        for (index, entry) in self.entries.iter_mut().enumerate() {
            if entry.is_exhausted() || !entry.fault.matches(request) {
                continue;
            }

            // The request counts for this fault, so that the faults behind it wait for their turn.
            if entry.passed < entry.fault.after {
                entry.passed += 1;
                return None;
            }

            if let FaultKind::LeakyBucket { per_second, burst, .. } = entry.fault.kind {
                if entry.bucket.admit(per_second, burst, now) {
                    continue;
                }
            }

            entry.fired = entry.fired.saturating_add(1);
            return Some((index, entry.fault.clone()));
        }

        None
    }
}

impl FromIterator<Fault> for Script {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        faults.into_iter().fold(Self::new(), Self::then)
    }
}

/// Two scripts are equal if their faults are, however often each has fired.
impl PartialEq for Script {
    fn eq(&self, other: &Self) -> bool {
        self.faults().eq(other.faults())
    }
}

impl Eq for Script {}

impl Serialize for Script {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.faults())
    }
}

impl<'de> Deserialize<'de> for Script {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let faults = Vec::<ValidFault>::deserialize(deserializer)?;
        Ok(faults.into_iter().map(|ValidFault(fault)| fault).collect())
    }
}

impl FromStr for Script {
    type Err = InvalidScript;

    fn from_str(text: &str) -> Result<Self, InvalidScript> {
        serde_json::from_str(text).map_err(|error| {
            let path = path_to_error::<Self>(text);
            InvalidScript(JsonError::new(&error, path.as_deref()))
        })
    }
}

/// Why a text is not a [`Script`]. Its text names line, column and the path to the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidScript(JsonError);

impl fmt::Display for InvalidScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a fault script: {}", self.0)
    }
}

impl std::error::Error for InvalidScript {}
