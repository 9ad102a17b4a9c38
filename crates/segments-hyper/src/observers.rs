use segments_core::Report;
use segments_core::export::{Exchange, RecordedExchange};

use crate::reader::Reader;

/// What a reader tells while it reads.
impl Reader {
    /// Calls `observer` with every exchange when it ends: for logs, progress and metrics.
    #[must_use]
    pub fn on_exchange(mut self, observer: impl FnMut(&Exchange) + Send + 'static) -> Self {
        self.callbacks.set_on_exchange(observer);
        self
    }

    /// Calls `f` with every result before the export gets it, as a value that can be stored and
    /// replayed. It costs a copy of each response.
    #[must_use]
    pub fn on_recorded(mut self, f: impl FnMut(RecordedExchange) + Send + 'static) -> Self {
        self.callbacks.set_on_recorded(f);
        self
    }

    /// Calls `f` with the report once: after the last segment, after an error, or when the reader is
    /// dropped before either. So a `Stream` inside a response's body does not take its report with
    /// it. [`Report::ended`] is true in the first case only.
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    ///
    /// # use segments_core::{Api, ApiKey, Export, Instance, Plan};
    /// # use segments_hyper::{Client, Reader};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let api = Api::new(Instance::Us01.into(), ApiKey::new("a-key")?);
    /// # let export = Export::new(api, Plan::default());
    /// let (sender, reports) = channel();
    /// let reader = Reader::new(export, Client::new()?).on_end(move |report| {
    ///     let _ = sender.send(report.to_string());
    /// });
    /// drop(reader);
    /// assert!(reports.recv()?.starts_with("0 segments, not proven complete"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_end(mut self, f: impl FnOnce(&Report) + Send + 'static) -> Self {
        self.callbacks.set_on_end(f);
        self
    }
}
