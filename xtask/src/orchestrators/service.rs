//! A program that runs in the background.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;

/// How long it may take to end, in seconds.
const PATIENCE: u32 = 30;

/// Asked to end, and then made to, when dropped.
#[derive(Debug)]
pub(super) struct Service(Child);

impl Service {
    pub(super) fn start(mut command: Command, log: &Path) -> Result<Self> {
        let log = File::create(log)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(Self(command.spawn()?))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // What fails here has ended already.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        for _ in 0..PATIENCE {
            if matches!(self.0.try_wait(), Ok(Some(_))) {
                return;
            }
            sleep(Duration::from_secs(1));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
