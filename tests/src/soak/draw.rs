use segments_core::Goal;

use crate::model::{Chooser, Class, Ranks, Seeded, Setup};

/// What kind of export is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A stable order, and events of a class.
    Events(Class),
    /// An order that changes among segments of equal creation time, on a quiet list.
    QuietTies,
    /// The same with events of every class.
    Ties,
    /// A quiet list in a stable order, whose pages can be shorter than they should be.
    ShortPages,
}

impl Kind {
    /// Every one.
    pub fn every() -> impl Iterator<Item = Self> {
        Class::EVERY.into_iter().map(Self::Events).chain([
            Self::QuietTies,
            Self::Ties,
            Self::ShortPages,
        ])
    }

    /// Whether every proof's assumption about the order holds.
    pub fn is_ordered(self) -> bool {
        !matches!(self, Self::QuietTies | Self::Ties)
    }

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Events(class) => class.name(),
            Self::QuietTies => "ties, quiet",
            Self::Ties => "ties, all",
            Self::ShortPages => "short pages",
        }
    }
}

const WINDOWS: [u16; 8] = [1, 2, 3, 4, 5, 6, 8, 16];
const PASSES: [u32; 8] = [2, 3, 4, 5, 6, 7, 8, 9];

/// An export of this goal and kind.
pub fn draw(goal: Goal, kind: Kind, random: &mut Seeded) -> Setup {
    let page_size = match random.choose(20) {
        0 => 2 + random.choose(99),
        1..4 => 5 + random.choose(16),
        _ => 2 + random.choose(4),
    };

    let most = 3 * page_size + 2;
    // Around multiples of the page size, where the boundaries of both orders meet, and anywhere.
    let len = match random.choose(3) {
        0 => random.choose(most + 1),
        1 => (random.choose(4) * page_size + random.choose(3)).saturating_sub(1),
        _ => page_size + random.choose(2 * page_size),
    };

    let room = 1 + random.choose(6);
    let ranks = (len + room).min(Ranks::MOST);
    let mut listed = Ranks::first(ranks);

    while listed.len() > len {
        // What was archived before the beginning lies anywhere, and what comes next behind all.
        let rank = if random.choose(2) == 0 { random.choose(ranks) } else { ranks - 1 };
        let rank = (0..=rank).rev().find(|rank| listed.contains(*rank));
        if let Some(rank) = rank {
            listed.remove(rank);
        }
    }

    let (class, ties) = match kind {
        Kind::Events(class) => (class, 1),
        Kind::ShortPages => (Class::All, 1),
        Kind::QuietTies | Kind::Ties => (Class::All, 2 + random.choose(2 * page_size)),
    };

    let quiet = matches!(kind, Kind::QuietTies | Kind::ShortPages);
    let (hidden, cuts) = match kind {
        Kind::ShortPages => short_pages(ranks, random),
        _ => (Ranks::default(), 0),
    };

    Setup {
        window: if random.choose(2) == 0 { 1 } else { WINDOWS[random.choose(8)] },
        max_passes: if random.choose(4) == 0 { PASSES[random.choose(8)] } else { 8 },
        listed,
        ranks,
        class,
        events: if quiet { 0 } else { 1 + random.choose(6) },
        edits: if random.choose(4) == 0 { random.choose(4) } else { 0 },
        failures: if random.choose(8) == 0 { 1 + random.choose(3) } else { 0 },
        breaks: if random.choose(16) == 0 { 1 + random.choose(2) } else { 0 },
        deadline: if random.choose(32) == 0 { 1 + random.choose(12) as u64 } else { 0 },
        hidden,
        cuts,
        instant: random.choose(8) == 0,
        per_mille: [20, 100, 300, 600][random.choose(4)],
        ties,
        ..Setup::quiet(goal, page_size, 0)
    }
}

/// Some ranks that are hidden, or some answers that are cut.
fn short_pages(ranks: usize, random: &mut Seeded) -> (Ranks, usize) {
    let mut hidden = Ranks::default();
    if random.choose(2) == 0 {
        return (hidden, 1 + random.choose(3));
    }
    for _ in 0..=random.choose(3) {
        hidden.insert(random.choose(ranks));
    }
    (hidden, 0)
}
