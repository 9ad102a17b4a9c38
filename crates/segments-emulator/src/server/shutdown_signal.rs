use tokio::sync::watch;

/// Tells the accept loop and its connections to stop.
#[derive(Debug)]
pub(crate) struct ShutdownSender(watch::Sender<bool>);

/// The receiving end of a [`ShutdownSender`].
#[derive(Debug, Clone)]
pub(crate) struct ShutdownSignal(watch::Receiver<bool>);

pub(crate) fn channel() -> (ShutdownSender, ShutdownSignal) {
    let (sender, receiver) = watch::channel(false);
    (ShutdownSender(sender), ShutdownSignal(receiver))
}

impl ShutdownSender {
    pub(crate) fn send(&self) {
        self.0.send_replace(true);
    }
}

impl ShutdownSignal {
    /// Returns when a shutdown was requested, or when the sender is gone.
    pub(crate) async fn received(&mut self) {
        let _ = self.0.wait_for(|requested| *requested).await;
    }
}
