//! What the world answers, and how segments are told by it.

use std::fmt::Write as _;
use std::time::Duration;

use http::Response;
use segments_core::{Fetch, ListRequest, Segment, SortDirection};

use super::super::chooser::Chooser;
use super::World;

impl World {
    /// The ranks of a page as of a moment.
    pub fn rows(&mut self, list: ListRequest, moment: usize) -> Vec<usize> {
        let mut rows = self.slice(list, moment);
        rows.retain(|rank| !self.hidden.contains(*rank));
        rows
    }

    /// The same with those that are hidden.
    fn slice(&mut self, list: ListRequest, moment: usize) -> Vec<usize> {
        let is_desc = list.sort_direction == Some(SortDirection::Desc);
        let skip = (list.page as usize).saturating_mul(self.page_size);
        if self.ties > 1 {
            return self.shuffled_slice(moment, is_desc, skip);
        }

        // The page counted from the oldest, whichever way it is read.
        let listed = self.history[moment];
        let len = listed.len();
        let end = if is_desc { len.saturating_sub(skip) } else { len.min(skip + self.page_size) };
        let start = if is_desc { end.saturating_sub(self.page_size) } else { skip };

        let mut ranks: Vec<usize> = listed.iter().take(end).skip(start).collect();
        if is_desc {
            ranks.reverse();
        }
        ranks
    }

    /// A page of a list in which the order of segments created at one time is another one each time.
    fn shuffled_slice(&mut self, moment: usize, is_desc: bool, skip: usize) -> Vec<usize> {
        let listed = self.history[moment];
        let mut keyed: Vec<_> =
            listed.iter().map(|rank| (rank / self.ties, self.shuffle.number(), rank)).collect();
        keyed.sort_unstable();
        if is_desc {
            keyed.reverse();
        }
        keyed.into_iter().skip(skip).take(self.page_size).map(|(_, _, rank)| rank).collect()
    }

    /// Answers a request as of now: the ranks, and what stands on the wire. `time` is that of the
    /// emulator.
    ///
    /// # Panics
    /// If the emulator does not show what the model remembers.
    pub fn answer(&mut self, fetch: &Fetch, time: Duration) -> (Vec<usize>, Response<Vec<u8>>) {
        let mut rows = self.rows(fetch.list(), self.now());
        if self.cuts > 0 && rows.len() > 1 && self.shuffle.happens(200) {
            self.cuts -= 1;
            rows.truncate(1 + self.shuffle.choose(rows.len() - 1));
        }

        let body = self.body(&rows).into_bytes();
        let Some(emulator) = &mut self.emulator else { return (rows, Response::new(body)) };
        let response = emulator.answer(&fetch.request(), time);
        assert_eq!(*response.body(), body, "the emulator and the model");
        (rows, response)
    }

    /// A page with these segments as they are now.
    pub fn body(&self, rows: &[usize]) -> String {
        let mut body = String::with_capacity(40 + 80 * rows.len());
        body.push_str(r#"{"segments":["#);

        for (index, rank) in rows.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let (id, version) = (rank ^ self.salt, self.version(*rank, self.now()));
            let (tracking, tag) = (is_tracked(version), tag(version));
            let tags = tag.map_or(String::new(), |tag| format!("\"{tag}\""));
            write!(
                body,
                r#"{comma}{{"id":"{id}","name":"{version}","analytics_tracking_enabled":{tracking},"tags":[{tags}]}}"#
            )
                .expect("a string takes everything");
        }

        body.push_str(r#"],"message":"success"}"#);
        body
    }

    pub(super) fn id(&self, rank: usize) -> String {
        (rank ^ self.salt).to_string()
    }

    /// A version of a segment: each edit changes everything about it.
    pub(super) fn segment(&self, rank: usize, version: usize) -> Segment {
        let tags = tag(version).map(|tag| tag.to_string());
        Segment::new(self.id(rank), version.to_string(), is_tracked(version), tags)
            .expect("a number is an id")
    }

    /// The rank of a segment, and the version of its attributes.
    ///
    /// # Panics
    /// If its attributes are not all of one version.
    pub fn row(&self, segment: &Segment) -> (usize, usize) {
        let version = segment.name().parse().expect("names are versions");
        let tags = segment.tags().map(|tag| tag.parse().ok());
        let whole = tags.eq(tag(version).map(Some))
            && segment.analytics_tracking_enabled() == is_tracked(version);
        assert!(whole, "attributes of two versions: {segment:?}");
        (self.rank(segment.id()), version)
    }

    /// The rank with this id.
    pub fn rank(&self, id: &str) -> usize {
        id.parse::<usize>().expect("ids are numbers") ^ self.salt
    }
}

fn is_tracked(version: usize) -> bool {
    version % 2 == 0
}

fn tag(version: usize) -> Option<usize> {
    (version > 0).then_some(version)
}
