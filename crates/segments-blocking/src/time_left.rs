use std::time;

use ureq::Error;
use ureq::unversioned::transport::time::{Duration, Instant};
use ureq::unversioned::transport::{ConnectionDetails, NextTimeout};

/// What is left of the time for connecting: ureq tells it as it was in the beginning.
pub(crate) fn remaining(details: &ConnectionDetails<'_>) -> NextTimeout {
    let mut timeout = details.timeout;
    if let (Duration::Exact(limit), Instant::Exact(begun), Instant::Exact(now)) =
        (timeout.after, details.now, (details.current_time)())
    {
        timeout.after = Duration::Exact(limit.saturating_sub(now.saturating_duration_since(begun)));
    }
    timeout
}

/// What is left of a time limit after some of it has passed.
pub(crate) fn time_after(
    mut timeout: NextTimeout,
    passed: time::Duration,
) -> Result<NextTimeout, Error> {
    if let Duration::Exact(limit) = timeout.after {
        let left = limit.saturating_sub(passed);
        if left.is_zero() {
            return Err(Error::Timeout(timeout.reason));
        }
        timeout.after = Duration::Exact(left);
    }
    Ok(timeout)
}
