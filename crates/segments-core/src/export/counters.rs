use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::export::attempts::request_counters::RequestCounters;
use crate::export::seen::response_number::ResponseNumber;
use crate::export::times::Times;

/// What is counted for the report, and survives a checkpoint.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Counters {
    #[serde(flatten)]
    pub(crate) counts: RequestCounters,
    /// The number of the last page.
    pub(crate) responses: ResponseNumber,
    /// What was left of a wait for the rate limit.
    pub(crate) pause: Duration,
    /// The pages did not fit together.
    pub(crate) failed: bool,
    pub(crate) times: Times,
}
