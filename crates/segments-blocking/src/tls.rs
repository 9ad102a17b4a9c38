use std::fmt;
use std::io::{Read, Write};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use segments_core::{TransportError, TransportErrorKind};
use segments_transport::{ClientError, Trust};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use crate::time_left::remaining;
use crate::transport_error::into_ureq;

/// How connections get TLS. ureq's own TLS takes no configuration of rustls, so it could not have
/// the one of `segments-hyper`.
pub(crate) struct Tls(OnceLock<Result<Arc<ClientConfig>, ClientError>>);

impl Tls {
    /// With this configuration.
    pub(crate) fn new(config: Arc<ClientConfig>) -> Self {
        Self(OnceLock::from(Ok(config)))
    }

    /// With the platform's roots, which are read at the first connection.
    pub(crate) fn lazy() -> Self {
        Self(OnceLock::new())
    }

    pub(crate) fn secure(
        &self,
        stream: Box<dyn Transport>,
        details: &ConnectionDetails<'_>,
    ) -> Result<Secured, Error> {
        let config = self.0.get_or_init(|| Trust::default().config());
        let failed = |why: String| into_ureq(TransportError::new(TransportErrorKind::Tls, why));
        let config = config.as_ref().map_err(|error| failed(error.to_string()))?;

        let host = details.uri.host().unwrap_or_default();
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name)
            .map_err(|_| failed(format!("{host} is not a name that a certificate can have")))?;

        let mut connection = ClientConnection::new(Arc::clone(config), name)
            .map_err(|error| into_ureq(segments_transport::tls_failure(&error)))?;
        let mut socket = TransportAdapter::new(stream, Arc::clone(&details.current_time));
        socket.set_timeout(remaining(details));
        connection.complete_io(&mut socket)?;

        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Secured { buffers, stream: StreamOwned::new(connection, socket) })
    }
}

/// A connection under TLS.
pub(crate) struct Secured {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl Transport for Secured {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount])?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.sock.set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("read", &self.0.get().is_some()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secured").finish_non_exhaustive()
    }
}
