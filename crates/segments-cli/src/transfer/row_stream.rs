//! Standard output for the rows of several workspaces.

use std::io::{self, Write};
use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::error::CommandError;
use crate::files::Sink;

/// Rows of one workspace stand together. Clones share the stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowStream {
    /// Whether a write has failed, after which nothing fits to what is there.
    has_failed: Arc<Mutex<bool>>,
}

impl RowStream {
    /// Writes these rows behind those that are there, while other exports go on.
    pub(crate) async fn append(&self, rows: Vec<u8>) -> Result<(), CommandError> {
        let mut has_failed = self.has_failed.lock().await;
        if *has_failed {
            let error = io::Error::other("an earlier write has failed");
            return Err(CommandError::stream_failed("standard output", &error));
        }

        // A reader may take its time.
        let written = spawn_blocking(move || {
            let mut sink = Sink::open_stdout()?;
            sink.write_all(&rows).map_err(|error| sink.write_error(&error))?;
            sink.finish().map(drop)
        });
        let written = written.await.unwrap_or_else(|error| resume_unwind(error.into_panic()));
        *has_failed = written.is_err();
        written
    }
}
