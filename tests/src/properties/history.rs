//! Whatever happens to a list while it is read, nothing is claimed of it that was not so.

use segments_core::SortDirection;

use super::{Source, goals};
use crate::model::{Chooser, Class, Ranks, Setup, simulate};

/// Checks a list and an export that are made of the first bytes; the rest decides what happens
/// when: edits, answers in flight, failures with late responses, breaks with a checkpoint.
pub fn check(input: &[u8]) {
    let mut source = Source::new(input);
    let setup = setup(&mut source);
    simulate(setup, &mut source);
}

/// A list of up to 32 segments, and how an export reads it.
pub fn setup(source: &mut Source<'_>) -> Setup {
    let goal = goals()[usize::from(source.below(3))];
    let page_size = 1 + usize::from(source.below(10));
    let ranks = 1 + usize::from(source.below(32));
    let bits = (0..4).fold(0, |bits, place| bits | u64::from(source.byte()) << (8 * place));

    Setup {
        direction: if source.coin() { SortDirection::Desc } else { SortDirection::Asc },
        window: 1 + u16::from(source.below(8)),
        max_passes: 2 + u32::from(source.below(8)),
        listed: Ranks::from_bits(bits).and(Ranks::first(ranks)),
        ranks,
        class: Class::EVERY[usize::from(source.below(7))],
        events: usize::from(source.below(8)),
        edits: usize::from(source.below(4)),
        failures: usize::from(source.below(4)),
        breaks: usize::from(source.below(3)),
        salt: usize::from(source.byte()),
        emulator: source.coin(),
        ..Setup::quiet(goal, page_size, 0)
    }
}

impl Chooser for Source<'_> {
    fn choose(&mut self, options: usize) -> usize {
        usize::from(self.byte()) % options
    }
}
