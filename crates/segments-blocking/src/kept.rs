use segments_core::{Failure, FailureKind};
use segments_transport::Traffic;
use ureq::Error;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use crate::connector::told;
use crate::failure::failure;

/// A connection whose traffic is watched, so that one that the server had closed is told from one
/// that broke.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    inner: T,
    traffic: Traffic,
}

impl<T: Transport> Kept<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self { inner, traffic: Traffic::default() }
    }

    /// What an end of this connection means.
    fn ended(&self, error: Error) -> Error {
        let failure = failure(&error, false);
        if failure.kind() == FailureKind::Closed && self.traffic.is_kept_and_silent() {
            return told(Failure::new(FailureKind::StaleConnection, failure.detail()));
        }
        error
    }
}

impl<T: Transport> Transport for Kept<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.traffic.sent();
        self.inner.transmit_output(amount, timeout).map_err(|error| self.ended(error))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let before = self.inner.buffers().input().len();
        let progress = self.inner.await_input(timeout).map_err(|error| self.ended(error))?;
        let bytes = &self.inner.buffers().input()[before..];
        self.traffic.received(bytes).map_err(told)?;
        if !progress && self.traffic.is_kept_and_silent() {
            let why = "the connection was closed";
            return Err(told(Failure::new(FailureKind::StaleConnection, why)));
        }
        Ok(progress)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
