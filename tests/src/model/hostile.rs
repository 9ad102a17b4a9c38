use std::time::Duration;

use http::Response;
use segments_core::export::{FetchId, Outcome};
use segments_core::{
    Api, ApiKey, Batch, Error, Export, Instance, List, ListRequest, Plan, Report, Step,
};

use super::chooser::{Chooser, Seeded};
use super::ranks::Ranks;
use super::world::World;

/// What came of an export of responses that need not agree with any list.
#[derive(Debug)]
pub struct Ordeal {
    /// The report, or why there is none.
    pub result: Result<Report, Error>,
    /// The list that came out, also before an error.
    pub found: Vec<usize>,
    /// The responses that it took, in the order of their arrival.
    pub taken: Vec<(ListRequest, Vec<usize>)>,
    /// Requests that were answered.
    pub answered: u64,
}

/// Lets a server answer whatever it likes, in any order of arrival, until the export has ended;
/// panics if it has not after `most` answers.
pub fn ordeal(
    plan: &Plan,
    seed: u64,
    most: u64,
    mut server: impl FnMut(ListRequest) -> Vec<usize>,
) -> Ordeal {
    let api = Api::new(Instance::Us01.into(), ApiKey::new("key").expect("a key"));
    let mut export = Export::new(api, plan.clone());
    let mut arrivals = Seeded::new(seed);
    let names = World::new(1, Ranks::default());
    let (mut taken, mut answered) = (Vec::new(), 0);
    let (mut now, mut list) = (Duration::ZERO, List::default());
    let mut flights: Vec<(FetchId, segments_core::Fetch)> = Vec::new();

    let result = loop {
        match export.poll(now) {
            Ok(Step::Batch(Batch::Segments(batch))) => {
                list.extend(batch);
                continue;
            }
            Ok(Step::Batch(Batch::Updates(updates))) => {
                list.update(updates);
                continue;
            }
            Ok(Step::Done(report)) => break Ok(report),
            Err(error) => break Err(error),
            // Nothing fails here: it asks again for an empty list, and with nothing in flight.
            Ok(Step::Wait { until }) => {
                assert!(until > now && export.poll_fetches(now).is_empty(), "it waits for nothing");
                now = until;
                continue;
            }
            Ok(Step::Send(_)) => {}
        }
        let wanted = export.poll_fetches(now);
        assert!(wanted.len() <= usize::from(plan.window.max(1)), "too many in flight");
        flights.retain(|(id, _)| export.is_needed(*id));
        for fetch in wanted {
            if flights.iter().all(|(id, _)| *id != fetch.id()) {
                flights.push((fetch.id(), fetch));
            }
        }
        let (_, fetch) = flights.remove(arrivals.choose(flights.len()));
        let rows = server(fetch.list());
        let exchange = export.handle_response(&fetch, now, &Response::new(names.body(&rows)));
        answered += 1;
        now += Duration::from_secs(1);
        assert!(answered <= most, "it goes on and on");
        if matches!(exchange.outcome(), Outcome::Page { .. }) {
            taken.push((fetch.list(), rows));
        }
    };

    let segments = match &result {
        Ok(report) => list.finish(report),
        Err(_) => list.segments().collect(),
    };
    let found = segments.iter().map(|segment| names.rank(segment.id())).collect();
    Ordeal { result, found, taken, answered }
}
