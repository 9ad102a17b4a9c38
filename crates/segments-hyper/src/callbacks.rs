use std::sync::{Mutex, PoisonError};

use segments_core::Report;
use segments_core::export::Exchange;

/// The functions that a caller wants to have called.
///
/// They are behind locks that are never waited for: these make a reader `Sync`, so that a task can
/// hold a `&Reader` over an await, and ask that of no function.
#[derive(Default)]
pub(crate) struct Callbacks {
    on_exchange: Option<Mutex<OnExchange>>,
    on_end: Option<Mutex<OnEnd>>,
}

type OnExchange = Box<dyn FnMut(&Exchange) + Send>;

type OnEnd = Box<dyn FnOnce(&Report) + Send>;

impl Callbacks {
    pub(crate) fn set_on_exchange(&mut self, f: impl FnMut(&Exchange) + Send + 'static) {
        self.on_exchange = Some(Mutex::new(Box::new(f)));
    }

    pub(crate) fn set_on_end(&mut self, f: impl FnOnce(&Report) + Send + 'static) {
        self.on_end = Some(Mutex::new(Box::new(f)));
    }

    pub(crate) fn exchange(&mut self, exchange: &Exchange) {
        if let Some(f) = &mut self.on_exchange {
            f.get_mut().unwrap_or_else(PoisonError::into_inner)(exchange);
        }
    }

    /// Calls it the first time only.
    pub(crate) fn end(&mut self, report: impl FnOnce() -> Report) {
        if let Some(f) = self.on_end.take() {
            f.into_inner().unwrap_or_else(PoisonError::into_inner)(&report());
        }
    }
}
