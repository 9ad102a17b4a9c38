//! An export that was interrupted, as a platform keeps it between two runs.

use std::io::Read;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use segments_core::{Api, Checkpoint, Export, List, Plan};
use serde_json::{Value, json};

use crate::checkpoint::{read_checkpoint, write_checkpoint};
use crate::text::clock::rough;

/// The largest checkpoint that is read: a few kilobytes can unpack to more than the memory holds.
const MOST_BYTES: u64 = 1 << 30;

/// A checkpoint, and when its export began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Saved {
    /// The file of `export --checkpoint`, packed, in base64: a text passes through every store of JSON
    /// unchanged, and some of them limit its size. It holds the segments so far and a salted hash of the
    /// key, and never the key.
    checkpoint: String,
    /// By the clock of the machine on which it began.
    began: Timestamp,
}

/// The export in the state of the last run, if that was interrupted, or why there is none to be seen.
pub(crate) type LastState = Result<Option<Saved>, String>;

impl Saved {
    pub(crate) fn new(
        api: &Api,
        checkpoint: &Checkpoint,
        list: &List,
        salt: u64,
        began: Timestamp,
    ) -> Self {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        let written = write_checkpoint(&mut packed, api, checkpoint, list, salt);
        let packed = written.and_then(|()| packed.finish()).expect("a vector takes it all");
        Self { checkpoint: STANDARD.encode(packed), began }
    }

    /// As a flat object: some platforms merge a state into the one before, entry by entry.
    pub(super) fn to_json(saved: Option<&Self>) -> Value {
        json!({
            "checkpoint": saved.map(|saved| &saved.checkpoint),
            "began": saved.map(|saved| saved.began.to_string()),
        })
    }

    /// What such an object holds; `None` after an export that was not interrupted.
    pub(super) fn of_json(value: &Value) -> LastState {
        let (checkpoint, began) = (&value["checkpoint"], &value["began"]);
        if checkpoint.is_null() {
            return Ok(None);
        }

        let checkpoint = checkpoint.as_str().map(str::to_owned);
        let began = began.as_str().and_then(|text| text.parse().ok());
        match (checkpoint, began) {
            (Some(checkpoint), Some(began)) => Ok(Some(Self { checkpoint, began })),
            _ => Err("it is not one of this program".to_owned()),
        }
    }

    /// When its export began.
    pub(crate) fn began(&self) -> Timestamp {
        self.began
    }

    /// The export with its segments, or why it is not resumed: it can be made with another key or an
    /// older program, and what began long ago says little about the list of today.
    pub(crate) fn resume(
        &self,
        api: &Api,
        plan: &Plan,
        within: Duration,
        now: Timestamp,
    ) -> Result<(Export, List), String> {
        let age = Duration::try_from(now.duration_since(self.began)).unwrap_or_default();
        if age > within {
            return Err(format!("its export began {} ago, see `resume_within`", rough(age)));
        }
        let bytes = self.unpacked().ok_or("it is damaged")?;
        read_checkpoint(&bytes, api, plan).map_err(|why| why.to_string())
    }

    /// The file, unless it is damaged.
    fn unpacked(&self) -> Option<Vec<u8>> {
        let packed = STANDARD.decode(&self.checkpoint).ok()?;
        let mut bytes = Vec::new();
        GzDecoder::new(&*packed).take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use segments_core::{ApiKey, Endpoint, Goal, Page, Segment, Step};

    use super::*;

    const KEY: &str = "CANARY-75480f9a-4db8";
    const HOUR: Duration = Duration::from_secs(3600);

    fn api(key: &str) -> Api {
        Api::new(Endpoint::new("https://rest.example").unwrap(), ApiKey::new(key).unwrap())
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// An export that has read a page.
    pub(in crate::connectors) fn saved() -> Saved {
        let mut export = Export::new(api(KEY), Plan::default());
        let Ok(Step::Send(fetch)) = export.poll(Duration::ZERO) else { panic!("a request") };
        let page: Page =
            [Segment::new("a", "\"=\u{1f}日", true, ["t"]).unwrap()].into_iter().collect();
        export.handle_response(&fetch, Duration::ZERO, &page.to_http());
        let Ok(Step::Batch(batch)) = export.poll(Duration::ZERO) else { panic!("a batch") };

        let checkpoint = export.checkpoint(Duration::ZERO);
        Saved::new(&api(KEY), &checkpoint, &batch.into(), 7, time("2026-11-26T10:00:00Z"))
    }

    #[test]
    fn what_was_saved_is_resumed() {
        let json = Saved::to_json(Some(&saved())).to_string();
        let content = String::from_utf8(saved().unpacked().unwrap()).unwrap();
        assert!(!content.contains("CANARY") && !content.contains("75480f9a"), "{content}");

        let read = Saved::of_json(&serde_json::from_str(&json).unwrap()).unwrap().unwrap();
        assert_eq!(read, saved());
        let now = time("2026-11-26T11:00:00Z");
        let (export, list) = read.resume(&api(KEY), &Plan::default(), HOUR, now).unwrap();
        assert_eq!((export.report().segments, list.len()), (1, 1));
    }

    #[test]
    fn an_export_that_was_done_leaves_nothing() {
        assert_eq!(Saved::of_json(&Saved::to_json(None)), Ok(None));
        assert_eq!(Saved::of_json(&json!({})), Ok(None));
        // Not flat, it could not be merged into a state with text in these places.
        let values = |saved| Saved::to_json(saved).as_object().unwrap().values().cloned().collect();
        let (none, some): (Vec<_>, Vec<_>) = (values(None), values(Some(&saved())));
        assert!(none.iter().all(Value::is_null) && some.iter().all(Value::is_string));
    }

    #[test]
    fn what_cannot_be_resumed_says_why() {
        let why = |saved: &Saved, key, plan: Plan, now| {
            saved.resume(&api(key), &plan, HOUR, time(now)).unwrap_err()
        };
        let (plan, soon) = (Plan::default(), "2026-11-26T10:00:01Z");
        let late = why(&saved(), KEY, plan.clone(), "2026-11-26T12:10:00Z");
        assert_eq!(late, "its export began 2 hours ago, see `resume_within`");
        assert_eq!(why(&saved(), "another", plan.clone(), soon), "it was made with another key");
        let walk = why(&saved(), KEY, Plan::new(Goal::Walk), soon);
        assert!(walk.contains("goal"), "{walk}");

        assert!(Saved::of_json(&json!({ "checkpoint": 1 })).is_err());
        assert!(Saved::of_json(&json!({ "checkpoint": "x", "began": "yesterday" })).is_err());

        // The clock of another machine may be behind.
        let before = time("2026-11-26T09:00:00Z");
        assert!(saved().resume(&api(KEY), &plan, HOUR, before).is_ok());
    }

    #[test]
    fn no_damage_is_resumed() {
        let resume = |saved: &Saved| {
            let plan = Plan::default();
            let resumed = saved.resume(&api(KEY), &plan, HOUR, saved.began);
            resumed.map(|(_, list)| list)
        };
        let (whole, expected) = (saved(), resume(&saved()));

        for at in 0..whole.checkpoint.len() {
            let (mut cut, mut other) = (whole.clone(), whole.clone());
            cut.checkpoint.truncate(at);
            assert_eq!(resume(&cut), Err("it is damaged".to_owned()), "{at}");

            let letter = if whole.checkpoint.as_bytes()[at] == b'A' { "B" } else { "A" };
            other.checkpoint.replace_range(at..=at, letter);
            // A few bits mean nothing, such as those of a time in the head.
            let resumed = resume(&other);
            assert!(resumed.is_err() || resumed == expected, "{at}");
        }
    }
}
