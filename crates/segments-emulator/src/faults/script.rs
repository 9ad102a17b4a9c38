use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use segments_core::ListRequest;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::faults::fault::{Fault, Kind};
use crate::faults::leaky_bucket::Bucket;
use crate::faults::valid_fault::Servable;
use crate::json_path::path_to_error;

/// What goes wrong, in order: a list of [`Fault`]s, each with how often it has acted.
///
/// Invented, for tests. A script acts on requests that would otherwise get a page: those with a
/// good key, within the allowance, with usable parameters. For each of them the rules are gone
/// through from the first to the last:
///
/// 1. a rule for another page or order, or one that has acted its `times`, is passed over;
/// 2. a rule that is still to let requests pass (`after`) lets this one pass: it is answered as
///    usual, and no later rule sees it;
/// 3. a leaky bucket that has room takes the request, and the later rules see it;
/// 4. otherwise the rule answers.
///
/// So rules for the same requests form a queue, and a rule for ever ends it.
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
/// # As JSON
/// An array of objects with these keys, all optional: `page`, `sort_direction` (`"asc"`,
/// `"desc"`), `after` (0), `times` (1; `null` is for ever), `delay_ms` (0), `headers` (an object),
/// `kind` (`"ordinary"`). A value that no answer can be made of is refused with its line: a status
/// out of 100 to 999, a message on a 204 or 304, a delay of more than 24 hours, a reset more than
/// 100 years ahead, a redirect that no header can hold. The kinds are those of
/// [`Kind`](crate::Kind):
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
#[derive(Debug, Clone, Default)]
pub struct Script {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    fault: Fault,
    passed: u32,
    fired: u32,
    bucket: Bucket,
}

impl Script {
    /// Nothing goes wrong.
    pub const fn new() -> Self {
        Self { rules: Vec::new() }
    }

    /// This, and then `fault`.
    #[must_use]
    pub fn then(mut self, fault: Fault) -> Self {
        self.rules.push(Rule { fault, passed: 0, fired: 0, bucket: Bucket::default() });
        self
    }

    /// The rules, in order.
    pub fn faults(&self) -> impl ExactSizeIterator<Item = &Fault> {
        self.rules.iter().map(|rule| &rule.fault)
    }

    /// How often each rule has answered, in the same order.
    pub fn fired(&self) -> impl ExactSizeIterator<Item = u32> {
        self.rules.iter().map(|rule| rule.fired)
    }

    /// Whether every rule that ends has answered as often as it was to, so that a test can say
    /// that nothing of its script was left over.
    pub fn is_spent(&self) -> bool {
        self.rules.iter().all(|rule| rule.fault.times.is_none_or(|times| rule.fired >= times))
    }

    /// The same rules, none of which has acted.
    pub(crate) fn rewound(mut self) -> Self {
        for rule in &mut self.rules {
            (rule.passed, rule.fired, rule.bucket) = (0, 0, Bucket::default());
        }
        self
    }

    /// The rule that answers this request, if one does, with its place in the script.
    pub(crate) fn act(&mut self, list: ListRequest, now: Duration) -> Option<(usize, Fault)> {
        for (place, rule) in self.rules.iter_mut().enumerate() {
            let spent = rule.fault.times.is_some_and(|times| rule.fired >= times);
            if spent || !rule.fault.is_for(list) {
                continue;
            }
            if rule.passed < rule.fault.after {
                rule.passed += 1;
                return None;
            }
            if let Kind::LeakyBucket { per_second, burst, .. } = rule.fault.kind {
                if rule.bucket.takes(per_second, burst, now) {
                    continue;
                }
            }
            rule.fired = rule.fired.saturating_add(1);
            return Some((place, rule.fault.clone()));
        }
        None
    }
}

impl FromIterator<Fault> for Script {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        faults.into_iter().fold(Self::new(), Self::then)
    }
}

/// Two scripts are equal if their rules are, however often each has acted.
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
        let rules = Vec::<Servable>::deserialize(deserializer)?;
        Ok(rules.into_iter().map(|Servable(fault)| fault).collect())
    }
}

impl FromStr for Script {
    type Err = InvalidScript;

    fn from_str(text: &str) -> Result<Self, InvalidScript> {
        serde_json::from_str(text).map_err(|error| InvalidScript {
            error: match path_to_error::<Self>(text) {
                Some(path) => format!("{path}: {error}"),
                None => error.to_string(),
            },
        })
    }
}

/// Why a text is no [`Script`], with the path to it, line and column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidScript {
    error: String,
}

impl fmt::Display for InvalidScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a fault script: {}", self.error)
    }
}

impl std::error::Error for InvalidScript {}

// serde asks for a function.
#[expect(clippy::unnecessary_wraps)]
pub(crate) fn once() -> Option<u32> {
    Some(1)
}

/// A duration as whole milliseconds.
pub(crate) mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(delay: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}

/// Bytes as a text, or as numbers where they are none.
pub(crate) mod text {
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Bytes {
        Text(String),
        Numbers(Vec<u8>),
    }

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) => to.serialize_str(text),
            Err(_) => to.collect_seq(bytes),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        Ok(match Bytes::deserialize(from)? {
            Bytes::Text(text) => text.into_bytes(),
            Bytes::Numbers(bytes) => bytes,
        })
    }
}

/// Headers as an object of texts; a name may stand several times.
pub(crate) mod headers {
    use std::fmt;

    use http::{HeaderMap, HeaderName, HeaderValue};
    use serde::de::{Error, MapAccess, Visitor};
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(map: &HeaderMap, to: S) -> Result<S::Ok, S::Error> {
        let line = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        to.collect_map(map.iter().map(line))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<HeaderMap, D::Error> {
        struct Lines;

        impl<'de> Visitor<'de> for Lines {
            type Value = HeaderMap;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of header names and values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut lines: A) -> Result<HeaderMap, A::Error> {
                let mut map = HeaderMap::new();
                while let Some((name, value)) = lines.next_entry::<String, String>()? {
                    let name: HeaderName = name.parse().map_err(A::Error::custom)?;
                    let value = HeaderValue::try_from(value).map_err(A::Error::custom)?;
                    map.try_append(name, value).map_err(A::Error::custom)?;
                }
                Ok(map)
            }
        }

        from.deserialize_map(Lines)
    }
}
