//! What the next run has to know of a list that is there and whole.
//!
//! It never holds the key, only a salted hash that tells whether a key is another one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use segments_core::{Api, Report};
use serde::{Deserialize, Serialize};

use super::spec::ExportSpec;
use crate::changes::Proof;
use crate::config::KeyHash;

/// Of another version, nothing is known.
const VERSION: u32 = 1;

/// Written after the list and its report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Completion {
    version: u32,
    spec: ExportSpec,
    key: KeyHash,
    /// When the list was written, by the clock of this machine, in seconds since the Unix epoch.
    at: u64,
    /// SHA-256 of the list, and of the report behind it.
    sha256: String,
    segments: u64,
    proof: Option<String>,
}

/// What a run asks of a list that is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) spec: &'a ExportSpec,
    pub(crate) api: &'a Api,
    pub(crate) max_age: Duration,
    pub(crate) min_segments: u64,
}

impl Completion {
    pub(crate) fn new(
        spec: ExportSpec,
        api: &Api,
        salt: u64,
        now: SystemTime,
        sha256: String,
        report: &Report,
    ) -> Self {
        Self {
            version: VERSION,
            spec,
            key: KeyHash::new(api, salt),
            at: now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
            sha256,
            segments: report.segments,
            proof: Proof::of(report).map(|proof| proof.name().to_owned()),
        }
    }

    /// Whether the list is what `wanted` asks for, if its file is still the same. Another key may be
    /// that of another workspace, whose list must not pass for this one.
    pub(crate) fn answers(&self, wanted: Wanted, now: SystemTime) -> bool {
        // A time in the future is wrong, so the age is unknown.
        let is_young = self.age(now).is_some_and(|age| age < wanted.max_age);
        self.version == VERSION
            && self.spec == *wanted.spec
            && self.key.fits(wanted.api)
            && is_young
            && self.segments >= wanted.min_segments
    }

    pub(crate) fn age(&self, now: SystemTime) -> Option<Duration> {
        now.duration_since(UNIX_EPOCH + Duration::from_secs(self.at)).ok()
    }

    pub(crate) fn sha256(&self) -> &str {
        &self.sha256
    }

    pub(crate) fn segments(&self) -> u64 {
        self.segments
    }

    pub(crate) fn proof(&self) -> Option<&str> {
        self.proof.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use segments_core::{ApiKey, Endpoint, Export, Goal, Plan, SortDirection};

    use super::*;
    use crate::config::Layout;
    use crate::output::{Cells, Field, Fields, Format};

    const DAY: Duration = Duration::from_secs(86_400);

    fn api(key: &str) -> Api {
        Api::new(Endpoint::new("https://rest.example").unwrap(), ApiKey::new(key).unwrap())
    }

    fn spec(change: impl FnOnce(&mut String, &mut Plan, &mut Layout, &mut bool)) -> ExportSpec {
        let (mut url, mut plan) = ("https://rest.example".to_owned(), Plan::default());
        let (format, fields, cells) = (Format::Csv, Fields::default(), Cells::default());
        let mut layout = Layout { format, fields, cells };
        let mut replaces = false;
        change(&mut url, &mut plan, &mut layout, &mut replaces);
        ExportSpec::new(&Endpoint::new(&url).unwrap(), &plan, &layout, replaces)
    }

    fn completion(now: SystemTime) -> Completion {
        let report = Export::new(api("own"), Plan::default()).report();
        let usual = spec(|_, _, _, _| {});
        Completion::new(usual, &api("own"), 7, now, String::new(), &report)
    }

    #[test]
    fn only_the_same_question_has_the_same_answer() {
        let now = UNIX_EPOCH + 1000 * DAY;
        let completion = completion(now);
        let answers = |spec: &ExportSpec, key: &str| {
            let api = api(key);
            let wanted = Wanted { spec, api: &api, max_age: DAY, min_segments: 0 };
            completion.answers(wanted, now)
        };
        assert!(answers(&spec(|_, _, _, _| {}), "own"));
        assert!(!answers(&spec(|_, _, _, _| {}), "another"));
        for other in [
            spec(|url, _, _, _| url.push_str(".org")),
            spec(|_, plan, _, _| plan.goal = Goal::Walk),
            spec(|_, plan, _, _| plan.sort_direction = SortDirection::Desc),
            spec(|_, _, layout, _| layout.format = Format::Tsv),
            spec(|_, _, layout, _| layout.fields = Fields::new(&[Field::Name]).unwrap()),
            spec(|_, _, layout, _| layout.cells.raw = true),
            spec(|_, _, layout, _| layout.cells.bom = true),
            spec(|_, _, layout, _| layout.cells.delimiter = b';'),
            spec(|_, _, _, replaces| *replaces = true),
        ] {
            assert!(!answers(&other, "own"), "{other:?}");
        }
        // What the list has nothing to do with.
        assert!(answers(&spec(|_, plan, _, _| plan.window = 1), "own"));
    }

    #[test]
    fn an_old_list_and_a_short_one_are_read_again() {
        let now = UNIX_EPOCH + 1000 * DAY;
        let (completion, spec, api) = (completion(now), spec(|_, _, _, _| {}), api("own"));
        for (later, max_age, min_segments, expected) in [
            (DAY.mul_f64(0.9), DAY, 0, true),
            (DAY, DAY, 0, false),
            (Duration::ZERO, Duration::ZERO, 0, false),
            (Duration::ZERO, DAY, 1, false),
        ] {
            let wanted = Wanted { spec: &spec, api: &api, max_age, min_segments };
            assert_eq!(completion.answers(wanted, now + later), expected, "{later:?}");
        }
        let wanted = Wanted { spec: &spec, api: &api, max_age: DAY, min_segments: 0 };
        assert!(!completion.answers(wanted, now - DAY));
    }

    #[test]
    fn it_holds_no_key_and_no_other_version_is_read() {
        let text = serde_json::to_string(&completion(UNIX_EPOCH)).unwrap();
        assert!(!text.contains("own"), "{text}");
        let later = text.replace("\"version\":1", "\"version\":2");
        let later: Completion = serde_json::from_str(&later).unwrap();
        let (spec, api) = (spec(|_, _, _, _| {}), api("own"));
        let wanted = Wanted { spec: &spec, api: &api, max_age: DAY, min_segments: 0 };
        assert!(!later.answers(wanted, UNIX_EPOCH));
    }
}
