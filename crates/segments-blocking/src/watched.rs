use std::time::Instant;

use segments_core::{TransportError, TransportErrorKind};
use segments_transport::Traffic;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, Transport};

use crate::framing::Framing;
use crate::time_left::time_after;
use crate::transport_error::{into_ureq, transport_error};

/// A connection whose bytes are watched, so that a reused connection that the server had closed is
/// told from one that broke, and whose responses are framed as hyper reads them.
#[derive(Debug)]
pub(crate) struct Watched<T> {
    inner: T,
    buffers: LazyBuffers,
    framing: Framing,
    traffic: Traffic,
}

impl<T: Transport> Watched<T> {
    pub(crate) fn new(inner: T, config: &Config) -> Self {
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Self { inner, buffers, framing: Framing::default(), traffic: Traffic::default() }
    }

    /// The meaning of an error of this connection. ureq would take some for the end of a body.
    fn failed(&self, error: Error) -> Error {
        let failure = transport_error(&error, false);
        if failure.kind() != TransportErrorKind::Closed {
            return error;
        }
        if self.traffic.is_reused_and_silent() {
            return stale(failure.detail());
        }
        into_ureq(failure)
    }

    /// Gives ureq what is ready. Returns whether that was anything.
    fn hand_on(&mut self) -> bool {
        let ready = self.framing.ready();
        let room = self.buffers.input_append_buf();
        let amount = ready.len().min(room.len());
        room[..amount].copy_from_slice(&ready[..amount]);
        ready.drain(..amount);
        self.buffers.input_appended(amount);
        amount > 0
    }
}

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        if self.framing.is_unchanged() { self.inner.buffers() } else { &mut self.buffers }
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if !self.framing.is_unchanged() {
            let bytes = &self.buffers.output()[..amount];
            self.inner.buffers().output()[..amount].copy_from_slice(bytes);
        }
        if self.traffic.sent() {
            self.framing.begin();
        }

        self.inner.transmit_output(amount, timeout).map_err(|error| self.failed(error))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if self.framing.is_unchanged() {
            return self.inner.await_input(timeout).map_err(|error| self.failed(error));
        }

        let begun = Instant::now();
        loop {
            if !self.framing.ready().is_empty() {
                return Ok(self.hand_on());
            }

            // ureq asks for input once, and that can take several reads.
            let left = time_after(timeout, begun.elapsed())?;
            let progress = self.inner.await_input(left).map_err(|error| self.failed(error))?;

            let bytes = self.inner.buffers().input();
            self.traffic.received(bytes).map_err(into_ureq)?;
            self.framing.take(bytes).map_err(into_ureq)?;
            if self.framing.is_unchanged() {
                return Ok(progress);
            }

            let length = bytes.len();
            self.inner.buffers().input_consume(length);

            if !progress {
                if self.traffic.is_reused_and_silent() {
                    return Err(stale("the connection was closed"));
                }
                self.framing.take_end().map_err(into_ureq)?;
                return Ok(self.hand_on());
            }
        }
    }

    fn is_open(&mut self) -> bool {
        let read = self.framing.ready().is_empty() && self.inner.buffers().input().is_empty();
        read && self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

fn stale(why: &str) -> Error {
    into_ureq(TransportError::new(TransportErrorKind::StaleConnection, why))
}
