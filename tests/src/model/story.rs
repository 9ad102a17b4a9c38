use segments_core::{ListRequest, SortDirection};

use super::judge;
use super::run::Run;
use super::setup::Setup;
use super::simulation::{Flight, Simulation};

/// A history told step by step. Answers that were not asked for do not come.
pub struct Story {
    setup: Setup,
    simulation: Simulation,
}

impl std::fmt::Debug for Story {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Story").field("setup", &self.setup).finish_non_exhaustive()
    }
}

impl Story {
    /// Begins.
    pub fn new(setup: Setup) -> Self {
        Self { setup, simulation: Simulation::new(setup, 0) }
    }

    /// Creates, archives or restores.
    #[must_use]
    pub fn toggle(mut self, rank: usize) -> Self {
        self.simulation.tick();
        self.simulation.run.world.toggle(rank);
        self.simulation.mark();
        self
    }

    /// Edits.
    #[must_use]
    pub fn edit(mut self, rank: usize) -> Self {
        self.simulation.tick();
        self.simulation.run.world.edit(rank);
        self.simulation.mark();
        self
    }

    /// The answer to an ascending page arrives; made now, if it was not made before.
    #[must_use]
    pub fn asc(self, page: u32) -> Self {
        self.comes(page, SortDirection::Asc)
    }

    /// The same of a descending one.
    #[must_use]
    pub fn desc(self, page: u32) -> Self {
        self.comes(page, SortDirection::Desc)
    }

    /// The answer to an ascending page is made, and travels.
    #[must_use]
    pub fn make_asc(self, page: u32) -> Self {
        self.make(page, SortDirection::Asc)
    }

    /// The same of a descending one.
    #[must_use]
    pub fn make_desc(self, page: u32) -> Self {
        self.make(page, SortDirection::Desc)
    }

    /// The connection of an ascending page is lost.
    #[must_use]
    pub fn lose_asc(mut self, page: u32) -> Self {
        if let Some(index) = self.find(page, SortDirection::Asc) {
            let flight = self.simulation.flights.remove(index);
            self.simulation.lose(flight);
        }
        self
    }

    /// The export is put aside and resumed.
    #[must_use]
    pub fn interrupt(mut self) -> Self {
        assert!(self.simulation.turn(), "it has ended");
        self.simulation.interrupt();
        self
    }

    /// Everything else is answered at once and in order; panics if a claim is not so.
    pub fn rest(mut self) -> Run {
        while self.simulation.turn() {
            let flight = self.simulation.flights.remove(0);
            self.simulation.deliver(flight);
        }
        let run = self.simulation.finish();
        if let Err(falsehood) = judge::judge(&self.setup, &run) {
            panic!("{falsehood}\n{:?}\n{run}", self.setup);
        }
        run
    }

    fn comes(mut self, page: u32, direction: SortDirection) -> Self {
        if let Some(index) = self.find(page, direction) {
            let flight = self.simulation.flights.remove(index);
            self.simulation.deliver(flight);
        }
        self
    }

    fn make(mut self, page: u32, direction: SortDirection) -> Self {
        if let Some(index) = self.find(page, direction) {
            let Simulation { flights, run, now, .. } = &mut self.simulation;
            flights[index].make(&mut run.world, *now);
        }
        self
    }

    fn find(&mut self, page: u32, direction: SortDirection) -> Option<usize> {
        let list = ListRequest::page(page).sort(direction);
        let mut flights = self.simulation.flights.iter();
        let under_way = |flight: &Flight| flight.fetch.list() == list;
        // A turn sends what is wanted; one without an answer in between would be one too many.
        if let Some(index) = flights.position(under_way) {
            return Some(index);
        }
        assert!(self.simulation.turn(), "it has ended");
        self.simulation.flights.iter().position(under_way)
    }
}
