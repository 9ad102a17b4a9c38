use std::sync::{Mutex, PoisonError};

use std::time::Duration;

use http::Response;
use segments_core::export::{Exchange, RecordedExchange};
use segments_core::{Fetch, Report, TransportError};

/// The functions that a caller wants to have called.
///
/// They are behind locks that are never waited for: these make a reader `Sync`, so that a task can
/// hold a `&Reader` over an await, and ask that of no function.
#[derive(Default)]
pub(crate) struct Callbacks {
    observer: Option<Mutex<OnExchange>>,
    recorder: Option<Mutex<OnRecorded>>,
    on_end: Option<Mutex<OnEnd>>,
}

type OnExchange = Box<dyn FnMut(&Exchange) + Send>;

type OnRecorded = Box<dyn FnMut(RecordedExchange) + Send>;

type OnEnd = Box<dyn FnOnce(&Report) + Send>;

impl Callbacks {
    pub(crate) fn set_on_exchange(&mut self, f: impl FnMut(&Exchange) + Send + 'static) {
        self.observer = Some(Mutex::new(Box::new(f)));
    }

    pub(crate) fn set_on_recorded(&mut self, f: impl FnMut(RecordedExchange) + Send + 'static) {
        self.recorder = Some(Mutex::new(Box::new(f)));
    }

    pub(crate) fn set_on_end(&mut self, f: impl FnOnce(&Report) + Send + 'static) {
        self.on_end = Some(Mutex::new(Box::new(f)));
    }

    pub(crate) fn exchange(&mut self, exchange: &Exchange) {
        if let Some(f) = &mut self.observer {
            f.get_mut().unwrap_or_else(PoisonError::into_inner)(exchange);
        }
    }

    /// Records a result, if somebody wants that.
    pub(crate) fn result(
        &mut self,
        fetch: &Fetch,
        now: Duration,
        result: &Result<Response<Vec<u8>>, TransportError>,
    ) {
        if let Some(f) = &mut self.recorder {
            let recorded = RecordedExchange::new(fetch, now, result);
            f.get_mut().unwrap_or_else(PoisonError::into_inner)(recorded);
        }
    }

    /// Calls it the first time only.
    pub(crate) fn end(&mut self, report: impl FnOnce() -> Report) {
        if let Some(f) = self.on_end.take() {
            f.into_inner().unwrap_or_else(PoisonError::into_inner)(&report());
        }
    }
}
