//! An export over what another one was handed.

use std::collections::HashMap;
use std::time::Duration;

use segments_core::export::RecordedExchange;
use segments_core::{
    Api, ApiKey, Endpoint, Error, Export, Fetch, List, Plan, Report, Segment, Step,
};

use super::way::Run;

/// What came of a replay.
#[derive(Debug, PartialEq)]
pub struct Replayed {
    /// How it ended; `None` if the export wants to go on.
    pub result: Option<Result<Report, Error>>,
    /// The report at the end, also of an export that failed.
    pub report: Report,
    /// The list: in its final form, or what was handed out before the error.
    pub list: Vec<Segment>,
}

/// Asks for the first time at zero, hands in what was recorded at the same times, and asks for the last
/// time at `ended_at`.
///
/// # Panics
/// If the export does not want a request that was sent.
pub fn replay(mut export: Export, recorded: &[RecordedExchange], ended_at: Duration) -> Replayed {
    let mut list = List::default();
    let mut in_flight: HashMap<usize, Fetch> = HashMap::new();
    let mut result = None;
    // Without a result yet, there is nothing to give.
    let _ = export.poll(Duration::ZERO);

    for number in 0..=recorded.len() {
        let handed_in = export.report().requests;
        for (number, exchange) in recorded.iter().enumerate().skip(number) {
            if exchange.after() == handed_in {
                let fetch = exchange.fetch(&export);
                let fetch = fetch.unwrap_or_else(|| panic!("{exchange:?} is not wanted"));
                in_flight.insert(number, fetch);
            }
        }

        let next = recorded.get(number);
        let now = next.map_or(ended_at, RecordedExchange::ended_at);
        if let (Some(exchange), Some(fetch)) = (next, in_flight.remove(&number)) {
            export.handle_result(&fetch, now, exchange.clone().into_result());
        }

        result = loop {
            match export.poll(now) {
                Ok(Step::Batch(batch)) => list.apply(batch),
                Ok(Step::Send(_) | Step::Wait { .. }) => break None,
                Ok(Step::Done(report)) => break Some(Ok(report)),
                Err(error) => break Some(Err(error)),
            }
        };
    }

    let report = export.report();
    let list = match &result {
        Some(Ok(report)) => list.finish(report),
        _ => list.segments().collect(),
    };
    Replayed { result, report, list }
}

/// Another export comes to the same end by what was recorded, without the key.
///
/// # Panics
/// If it does not.
pub fn assert_replayed_alike(run: &Run, plan: Plan) {
    let endpoint = Endpoint::new("http://127.0.0.1").expect("an endpoint");
    let api = Api::new(endpoint, ApiKey::new("of-nothing").expect("a key"));
    let replayed = replay(Export::new(api, plan), &run.recorded, run.ended_at);

    assert_eq!(replayed.result, Some(run.result.clone()));
    assert_eq!(replayed.report, run.report);
    assert_eq!(replayed.list, run.list);
}
