use std::fmt::Write as _;

use http::Response;
use segments_core::{ListRequest, SortDirection};

use super::chooser::{Chooser, Seeded};
use super::class::Class;
use super::ranks::Ranks;

/// A list whose segments have ranks in the order of creation, and its history.
///
/// A moment is a number of events: 0 is the beginning.
#[derive(Debug, Clone)]
pub struct World {
    page_size: usize,
    /// Every state from the beginning on: which were listed.
    history: Vec<Ranks>,
    /// Every edit of attributes: after which moment, and of which.
    edits: Vec<(usize, usize)>,
    /// What was listed at some moment, and what was archived at one.
    ever: Ranks,
    archived: Ranks,
    undone: bool,
    /// Ranks below this one have been created.
    known: usize,
    /// Ranks that were created at one time: so many in a row.
    ties: usize,
    /// Where their order comes from, which is another one for every answer.
    shuffle: Seeded,
    /// An id is a rank with these bits turned over.
    salt: usize,
}

impl World {
    /// A list of these ranks.
    pub fn new(page_size: usize, listed: Ranks) -> Self {
        Self {
            page_size,
            history: vec![listed],
            edits: Vec::new(),
            ever: listed,
            archived: Ranks::default(),
            undone: false,
            known: listed.iter().last().map_or(0, |rank| rank + 1),
            ties: 1,
            shuffle: Seeded::new(0),
            salt: 0,
        }
    }

    /// The same with other ids, one for each rank.
    #[must_use]
    pub fn with_ids(self, salt: usize) -> Self {
        Self { salt, ..self }
    }

    /// The same with so many ranks in a row created at one time, and an order among them that
    /// changes from answer to answer.
    #[must_use]
    pub fn with_ties(self, ties: usize, seed: u64) -> Self {
        Self { ties: ties.max(1), shuffle: Seeded::new(seed), ..self }
    }

    /// So many have been created, those that were archived before the beginning included.
    pub fn know(&mut self, known: usize) {
        self.known = self.known.max(known);
    }

    /// How many have been created.
    pub fn known(&self) -> usize {
        self.known
    }

    /// The ranks below `ranks` to which an event of this class can happen, by its kind.
    pub fn events(&self, class: Class, ranks: usize) -> Vec<Ranks> {
        let (all, listed) = (Ranks::first(ranks), self.listed());
        let known = Ranks::first(self.known);
        let kinds = [
            (class.archives(), listed),
            (class.creates(), all.without(known)),
            (class.restores(), all.and(known).without(listed).without(self.archived)),
            (class.undoes(), self.archived.without(listed)),
        ];
        kinds.into_iter().filter(|(is, set)| *is && !set.is_empty()).map(|(_, set)| set).collect()
    }

    /// Creates or restores what is not listed, archives what is.
    pub fn toggle(&mut self, rank: usize) {
        let mut listed = self.listed();
        if listed.contains(rank) {
            self.archived.insert(rank);
        } else {
            self.undone |= self.archived.contains(rank);
        }
        listed.toggle(rank);
        self.known = self.known.max(rank + 1);
        self.ever = self.ever.or(listed);
        self.history.push(listed);
    }

    /// Edits a segment.
    pub fn edit(&mut self, rank: usize) {
        self.history.push(self.listed());
        self.edits.push((self.now(), rank));
    }

    /// How many events there have been: a moment.
    pub fn now(&self) -> usize {
        self.history.len() - 1
    }

    /// How many events have created, archived or restored something.
    pub fn toggles(&self) -> usize {
        self.now() - self.edits.len()
    }

    /// The list now.
    pub fn listed(&self) -> Ranks {
        self.history[self.now()]
    }

    /// The list at a moment.
    pub fn at(&self, moment: usize) -> Ranks {
        self.history[moment]
    }

    /// The version of a segment's attributes at a moment.
    pub fn version(&self, rank: usize, moment: usize) -> usize {
        self.edits.iter().filter(|(at, edited)| *at <= moment && *edited == rank).count()
    }

    /// Every edit: the moment after it, and the rank.
    pub fn edits(&self) -> &[(usize, usize)] {
        &self.edits
    }

    /// Whether a segment was listed with these attributes at some moment.
    pub fn had(&self, rank: usize, version: usize) -> bool {
        let mut moments = 0..self.history.len();
        moments.any(|at| self.history[at].contains(rank) && self.version(rank, at) == version)
    }

    /// What was listed at every moment of an interval.
    pub fn stable(&self, from: usize, to: usize) -> Ranks {
        self.history[from + 1..=to].iter().fold(self.history[from], |all, one| all.and(*one))
    }

    /// What was listed at some moment.
    pub fn ever(&self) -> Ranks {
        self.ever
    }

    /// Whether something was archived and restored.
    pub fn undone(&self) -> bool {
        self.undone
    }

    /// Whether the length of the list was at some moment a multiple of a page's.
    pub fn divides(&self) -> bool {
        self.history.iter().any(|listed| listed.len() % self.page_size == 0)
    }

    /// Whether its order is total.
    pub fn is_ordered(&self) -> bool {
        self.ties == 1
    }

    /// The ranks of a page as of a moment.
    pub fn rows(&mut self, list: ListRequest, moment: usize) -> Vec<usize> {
        let listed = self.history[moment];
        let mut ranks: Vec<usize>;
        let desc = list.sort_direction == Some(SortDirection::Desc);
        let skip = (list.page as usize).saturating_mul(self.page_size);
        if self.ties > 1 {
            let mut keyed: Vec<_> =
                listed.iter().map(|rank| (rank / self.ties, self.shuffle.number(), rank)).collect();
            keyed.sort_unstable();
            ranks = keyed.into_iter().map(|(_, _, rank)| rank).collect();
        } else {
            let len = listed.len();
            // The page counted from the oldest, whichever way it is read.
            let end = if desc { len.saturating_sub(skip) } else { len.min(skip + self.page_size) };
            let start = if desc { end.saturating_sub(self.page_size) } else { skip };
            ranks = listed.iter().take(end).skip(start).collect();
            if desc {
                ranks.reverse();
            }
            return ranks;
        }
        if desc {
            ranks.reverse();
        }
        ranks.into_iter().skip(skip).take(self.page_size).collect()
    }

    /// Answers a request as of now: the ranks, and what stands on the wire.
    pub fn answer(&mut self, list: ListRequest) -> (Vec<usize>, Response<String>) {
        let rows = self.rows(list, self.now());
        let body = self.body(&rows);
        (rows, Response::new(body))
    }

    /// A page with these segments as they are now.
    pub fn body(&self, rows: &[usize]) -> String {
        let mut body = String::with_capacity(40 + 80 * rows.len());
        body.push_str(r#"{"segments":["#);
        for (index, rank) in rows.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let (id, version) = (rank ^ self.salt, self.version(*rank, self.now()));
            let tracking = r#""analytics_tracking_enabled":true,"tags":[]"#;
            write!(body, r#"{comma}{{"id":"{id}","name":"{version}",{tracking}}}"#)
                .expect("a string takes everything");
        }
        body.push_str(r#"],"message":"success"}"#);
        body
    }

    /// The rank with this id.
    pub fn rank(&self, id: &str) -> usize {
        id.parse::<usize>().expect("ids are numbers") ^ self.salt
    }
}

/// Which of several sets of ranks, and which of its ranks.
pub(super) fn pick(kinds: &[Ranks], chooser: &mut impl Chooser) -> usize {
    let kind = kinds[chooser.choose(kinds.len())];
    let index = chooser.choose(kind.len());
    kind.iter().nth(index).expect("an index below its length")
}
