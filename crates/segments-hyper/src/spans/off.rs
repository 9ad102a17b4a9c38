//! Without the feature `tracing` there are no spans and no events.

use std::time::Duration;

use http::Response;
use segments_core::export::Exchange;
use segments_core::{Error, Export, Fetch, TransportError};

#[derive(Clone)]
pub(crate) struct ExportSpan;

pub(crate) struct AttemptSpan;

// The methods are those of `on.rs`.
#[allow(clippy::unused_self)]
impl ExportSpan {
    pub(crate) fn new(_: &Export) -> Self {
        Self
    }

    pub(crate) fn attempt(&self, _: &Fetch) -> AttemptSpan {
        AttemptSpan
    }

    pub(crate) fn note_exchange(&mut self, _: &Exchange, _: Duration) {}

    pub(crate) fn note_anomalies(&mut self, _: &Export) {}

    pub(crate) fn note_end(&self, _: &Export, _: Option<&Error>) {}
}

impl AttemptSpan {
    /// Not an `async fn`, whose future would have room for this one twice.
    pub(crate) fn around<F>(self, exchange: F) -> F
    where
        F: Future<Output = Result<Response<Vec<u8>>, TransportError>>,
    {
        exchange
    }
}
