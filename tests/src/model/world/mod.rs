mod pages;

use segments_core::Segment;
use segments_emulator::Workspace;

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
    /// Where their order comes from, which is another one for every response.
    shuffle: Seeded,
    /// Ranks that are left out of every page, after paging.
    hidden: Ranks,
    /// Answers that can still lack the end of their page.
    cuts: usize,
    /// An id is a rank with these bits turned over.
    salt: usize,
    /// What answers, if not the model itself. Everything happens in both.
    emulator: Option<Box<Workspace>>,
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
            hidden: Ranks::default(),
            cuts: 0,
            salt: 0,
            emulator: None,
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

    /// The same with pages that are shorter than they should be: hidden ranks are left out after
    /// paging, and so many answers lack the end of their page.
    #[must_use]
    pub fn with_short_pages(self, hidden: Ranks, cuts: usize, seed: u64) -> Self {
        Self { hidden, cuts, shuffle: Seeded::new(seed), ..self }
    }

    /// The same with the emulator's answers to requests with this key, once ids are chosen.
    ///
    /// # Panics
    /// If the order is not total: the emulator's is.
    #[must_use]
    pub fn answered_by_emulator(mut self, key: &str) -> Self {
        assert!(self.is_ordered(), "the emulator's order is total");

        let page_size = u32::try_from(self.page_size).expect("a size of a page");
        let segments = (0..self.known).map(|rank| self.segment(rank, 0));
        let mut emulator =
            Workspace::new().with_key(key).with_page_size(page_size).with_segments(segments);

        for rank in Ranks::first(self.known).without(self.listed()).iter() {
            emulator.archive(&self.id(rank)).expect("it was just created");
        }

        self.emulator = Some(Box::new(emulator));
        self
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

    /// Creates a segment, after all others.
    ///
    /// # Panics
    /// If it has been created before.
    pub fn create(&mut self, rank: usize) {
        assert!(rank >= self.known, "{rank} was created before");
        self.change(rank);
    }

    /// Archives a segment.
    ///
    /// # Panics
    /// If it is not listed.
    pub fn archive(&mut self, rank: usize) {
        assert!(self.listed().contains(rank), "{rank} is not listed");
        self.change(rank);
    }

    /// Restores a segment that was archived, maybe before the beginning.
    ///
    /// # Panics
    /// If it is listed, or was never created.
    pub fn restore(&mut self, rank: usize) {
        assert!(rank < self.known && !self.listed().contains(rank), "{rank} is not archived");
        self.change(rank);
    }

    /// Archives a segment if it is listed; creates or restores it if it is not.
    pub fn change(&mut self, rank: usize) {
        if self.emulator.is_some() {
            self.change_in_emulator(rank);
        }

        let mut listed = self.listed();
        if listed.contains(rank) {
            listed.remove(rank);
            self.archived.insert(rank);
        } else {
            listed.insert(rank);
            self.undone |= self.archived.contains(rank);
        }

        self.known = self.known.max(rank + 1);
        self.ever = self.ever.or(listed);
        self.history.push(listed);
    }

    fn change_in_emulator(&mut self, rank: usize) {
        let (id, listed, known) = (self.id(rank), self.listed().contains(rank), self.known);
        let new: Vec<Segment> = (known..=rank).map(|rank| self.segment(rank, 0)).collect();
        let Some(emulator) = &mut self.emulator else { return };

        let done = if listed { emulator.archive(&id) } else { emulator.restore(&id) };
        assert_eq!(done.is_ok(), new.is_empty(), "it knows what was created");

        // What comes before the new one was created and archived meanwhile.
        for segment in new {
            let before = segment.id().to_owned();
            emulator.create(segment).expect("ids differ");
            if before != id {
                emulator.archive(&before).expect("it was just created");
            }
        }
    }

    /// Edits a segment.
    ///
    /// # Panics
    /// If the emulator does not know it.
    pub fn edit(&mut self, rank: usize) {
        self.history.push(self.listed());
        self.edits.push((self.now(), rank));

        let new = self.segment(rank, self.version(rank, self.now()));
        if let Some(emulator) = &mut self.emulator {
            emulator.rename(new.id(), new.name()).expect("it was created");
            emulator.retag(new.id(), new.tags()).expect("it was created");
            emulator
                .set_tracking(new.id(), new.analytics_tracking_enabled())
                .expect("it was created");
        }
    }

    /// How many events there have been: a moment.
    pub fn now(&self) -> usize {
        self.history.len() - 1
    }

    /// How many events have created, archived or restored something.
    pub fn changes(&self) -> usize {
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
}

/// Which of several sets of ranks, and which of its ranks.
pub(super) fn pick(kinds: &[Ranks], chooser: &mut impl Chooser) -> usize {
    let kind = kinds[chooser.choose(kinds.len())];
    let index = chooser.choose(kind.len());
    kind.iter().nth(index).expect("an index below its length")
}
