//! Counters from every exchange, written to standard error in the text format of Prometheus. A
//! program with a metrics library increments its counters in the same place.

use std::collections::BTreeMap;
use std::fmt;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use segments_blocking::{Reader, agent};
use segments_core::export::Exchange;
use segments_core::{Export, Plan};
use segments_examples::{Outcome, api, finish};

fn main() -> ExitCode {
    let metrics = Arc::new(Mutex::new(Metrics::default()));
    let outcome = export(Arc::clone(&metrics));
    eprint!("{}", metrics.lock().unwrap_or_else(PoisonError::into_inner));

    finish(outcome)
}

fn export(metrics: Arc<Mutex<Metrics>>) -> Outcome {
    let export = Export::new(api()?, Plan::default());
    let mut reader = Reader::new(export, agent()).on_exchange(move |exchange| {
        metrics.lock().unwrap_or_else(PoisonError::into_inner).count(exchange);
    });

    Ok(reader.collect_all()?)
}

#[derive(Default)]
struct Metrics {
    /// By outcome and status. Both have few values, unlike pages and texts.
    requests: BTreeMap<(&'static str, Option<u16>), u64>,
    retries: u64,
    bytes: usize,
    in_requests: Duration,
    in_pauses: Duration,
}

impl Metrics {
    fn count(&mut self, exchange: &Exchange) {
        let kind = (exchange.outcome().name(), exchange.status());
        *self.requests.entry(kind).or_default() += 1;

        self.retries += u64::from(exchange.attempt() > 1);
        self.bytes += exchange.bytes().unwrap_or_default();
        self.in_requests += exchange.took();
        self.in_pauses += exchange.pause();
    }
}

impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((outcome, status), count) in &self.requests {
            let status = status.map_or_else(|| "none".into(), |status| status.to_string());
            let labels = format!("outcome=\"{outcome}\",status=\"{status}\"");
            writeln!(f, "segments_requests_total{{{labels}}} {count}")?;
        }

        writeln!(f, "segments_retries_total {}", self.retries)?;
        writeln!(f, "segments_response_bytes_total {}", self.bytes)?;
        writeln!(f, "segments_request_seconds_total {:.3}", self.in_requests.as_secs_f64())?;
        writeln!(f, "segments_pause_seconds_total {:.3}", self.in_pauses.as_secs_f64())
    }
}
