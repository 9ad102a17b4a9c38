use std::fmt::Write as _;

use http::Response;
use segments_core::{ListRequest, SortDirection};

/// A list of up to 64 segments, each with a rank in the order of creation, and its history.
#[derive(Debug, Clone)]
pub struct World {
    page_size: usize,
    listed: u64,
    versions: Vec<u32>,
    /// Every state from the beginning on: which were listed.
    history: Vec<u64>,
    archived: u64,
    undone: bool,
}

impl World {
    /// A list of these ranks, as a set of bits.
    pub fn new(page_size: usize, listed: u64) -> Self {
        let versions = vec![0; 64];
        Self { page_size, listed, versions, history: vec![listed], archived: 0, undone: false }
    }

    /// Creates or restores what is not listed, archives what is.
    pub fn toggle(&mut self, rank: usize) {
        let bit = 1 << rank;
        if self.listed & bit != 0 {
            self.archived |= bit;
        } else {
            self.undone |= self.archived & bit != 0;
        }
        self.listed ^= bit;
        self.history.push(self.listed);
    }

    /// Edits a segment.
    pub fn edit(&mut self, rank: usize) {
        self.versions[rank] += 1;
        self.history.push(self.listed);
    }

    /// How many states there have been: a moment.
    pub fn now(&self) -> usize {
        self.history.len() - 1
    }

    /// The list at a moment.
    pub fn at(&self, moment: usize) -> u64 {
        self.history[moment]
    }

    /// What was listed at every moment of an interval.
    pub fn stable(&self, from: usize, to: usize) -> u64 {
        self.history[from..=to].iter().fold(u64::MAX, |all, listed| all & listed)
    }

    /// What was listed at some moment of an interval.
    pub fn ever(&self, from: usize, to: usize) -> u64 {
        self.history[from..=to].iter().fold(0, |all, listed| all | listed)
    }

    /// Whether something was archived and restored.
    pub fn undone(&self) -> bool {
        self.undone
    }

    /// How many are listed.
    pub fn len(&self) -> usize {
        self.listed.count_ones() as usize
    }

    /// Whether none are.
    pub fn is_empty(&self) -> bool {
        self.listed == 0
    }

    /// Answers a request as of now.
    pub fn answer(&self, list: ListRequest) -> Response<String> {
        let mut ranks: Vec<usize> = (0..64).filter(|rank| self.listed & (1 << rank) != 0).collect();
        if list.sort_direction == Some(SortDirection::Desc) {
            ranks.reverse();
        }
        let skip = (list.page as usize).saturating_mul(self.page_size);
        let mut body = String::from(r#"{"segments":["#);
        for (index, rank) in ranks.iter().skip(skip).take(self.page_size).enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let version = self.versions[*rank];
            let tracking = r#""analytics_tracking_enabled":true,"tags":[]"#;
            write!(body, r#"{comma}{{"id":"{rank}","name":"{version}",{tracking}}}"#)
                .expect("a string takes everything");
        }
        body.push_str(r#"],"message":"success"}"#);
        Response::new(body)
    }
}
