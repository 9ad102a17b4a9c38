use segments_core::{ListRequest, SortDirection};

use super::in_flight::InFlight;
use super::judge;
use super::run::Run;
use super::setup::Setup;
use super::simulation::Simulation;
use super::world::World;

/// A history told step by step. A response that was not requested does not come.
pub struct Story {
    setup: Setup,
    simulation: Simulation,
}

impl std::fmt::Debug for Story {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Story").field("setup", &self.setup).finish_non_exhaustive()
    }
}

/// A page in the order of creation.
pub fn asc(page: u32) -> ListRequest {
    ListRequest::page(page).sort(SortDirection::Asc)
}

/// A page in the opposite order.
pub fn desc(page: u32) -> ListRequest {
    ListRequest::page(page).sort(SortDirection::Desc)
}

impl Story {
    /// Begins.
    pub fn new(setup: Setup) -> Self {
        Self { setup, simulation: Simulation::new(setup, 0) }
    }

    /// Creates a segment.
    #[must_use]
    pub fn create(self, rank: usize) -> Self {
        self.happens(|world| world.create(rank))
    }

    /// Archives a segment.
    #[must_use]
    pub fn archive(self, rank: usize) -> Self {
        self.happens(|world| world.archive(rank))
    }

    /// Restores a segment.
    #[must_use]
    pub fn restore(self, rank: usize) -> Self {
        self.happens(|world| world.restore(rank))
    }

    /// Edits a segment.
    #[must_use]
    pub fn edit(self, rank: usize) -> Self {
        self.happens(|world| world.edit(rank))
    }

    /// The response arrives; the server makes it now, unless it did before.
    #[must_use]
    pub fn read(mut self, page: ListRequest) -> Self {
        if let Some(index) = self.find(page) {
            let request = self.simulation.in_flight.remove(index);
            self.simulation.deliver(request);
        }
        self
    }

    /// The server makes the response, which is then under way.
    #[must_use]
    pub fn respond(mut self, page: ListRequest) -> Self {
        if let Some(index) = self.find(page) {
            let Simulation { in_flight, run, now, .. } = &mut self.simulation;
            in_flight[index].respond(&mut run.world, *now);
        }
        self
    }

    /// The connection of a request is lost.
    #[must_use]
    pub fn lose(mut self, page: ListRequest) -> Self {
        if let Some(index) = self.find(page) {
            let request = self.simulation.in_flight.remove(index);
            self.simulation.lose(request);
        }
        self
    }

    /// The process ends, and the export is resumed from its checkpoint.
    #[must_use]
    pub fn resume(mut self) -> Self {
        assert!(self.simulation.turn(), "it has ended");
        self.simulation.resume();
        self
    }

    /// Every other request is answered at once and in order; panics if a claim is not so.
    pub fn finish(mut self) -> Run {
        while self.simulation.turn() {
            let request = self.simulation.in_flight.remove(0);
            self.simulation.deliver(request);
        }

        let run = self.simulation.finish();
        if let Err(falsehood) = judge::judge(&self.setup, &run) {
            panic!("{falsehood}\n{:?}\n{run}", self.setup);
        }
        run
    }

    fn happens(mut self, event: impl FnOnce(&mut World)) -> Self {
        self.simulation.tick();
        event(&mut self.simulation.run.world);
        self.simulation.mark();
        self
    }

    fn find(&mut self, page: ListRequest) -> Option<usize> {
        let is_it = |request: &InFlight| request.fetch.list() == page;
        // A turn sends what is wanted; one without a response in between would be one too many.
        if let Some(index) = self.simulation.in_flight.iter().position(is_it) {
            return Some(index);
        }
        assert!(self.simulation.turn(), "it has ended");
        self.simulation.in_flight.iter().position(is_it)
    }
}
