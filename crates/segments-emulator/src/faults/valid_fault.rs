use std::time::Duration;

use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Deserializer};

use crate::faults::fault::Fault;
use crate::faults::kind::FaultKind;

/// The longest delay of a response, or of one byte of it.
const MAX_DELAY: Duration = Duration::from_secs(24 * 3600);

const NO_CHANGE: &str = "the fault changes nothing; give it a kind, delay_ms or headers";

const DELAY_TOO_LONG: &str = "a delay must be at most 86400000 ms (24 hours)";

/// The latest `X-RateLimit-Reset`, in seconds from now: a timestamp has no year above 9999.
const MAX_RESET_IN: u64 = 100 * 365 * 24 * 3600;

/// A fault that was parsed, and whose every value can be served.
///
/// A value that was adjusted silently would let a test pass for the wrong reason.
#[derive(Debug)]
pub(crate) struct ValidFault(pub(crate) Fault);

impl<'de> Deserialize<'de> for ValidFault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fault = Fault::deserialize(deserializer)?;

        match validate(&fault) {
            Ok(()) => Ok(Self(fault)),
            Err(reason) => Err(serde::de::Error::custom(reason)),
        }
    }
}

fn validate(fault: &Fault) -> Result<(), &'static str> {
    validate_delay(fault.delay)?;

    match &fault.kind {
        // Without a kind it is an ordinary one. Requests that are to pass first are `after`.
        FaultKind::Ordinary if fault.delay.is_zero() && fault.headers.is_empty() => Err(NO_CHANGE),
        FaultKind::Status { code, message } => validate_status(*code, message.is_some()),
        FaultKind::LeakyBucket { code, .. } => validate_status(*code, true),
        FaultKind::RateLimited { reset_in, .. } if *reset_in > MAX_RESET_IN => {
            Err("reset_in must be at most 3153600000 seconds (100 years)")
        }
        FaultKind::Redirect(url) if HeaderValue::from_str(url).is_err() => {
            Err("the redirect has a character that a header cannot hold")
        }
        FaultKind::Drip(millis) | FaultKind::DripHead(millis) => {
            validate_delay(Duration::from_millis(*millis))
        }
        _ => Ok(()),
    }
}

fn validate_delay(delay: Duration) -> Result<(), &'static str> {
    if delay > MAX_DELAY { Err(DELAY_TOO_LONG) } else { Ok(()) }
}

fn validate_status(code: u16, has_body: bool) -> Result<(), &'static str> {
    let Ok(status) = StatusCode::from_u16(code) else {
        return Err("the status code must be from 100 to 999");
    };

    // A 204 or 304 ends after its head, whatever its headers say (RFC 9110, 6.4.1).
    let is_bodiless = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if is_bodiless && has_body {
        return Err("a response with this status has no body for a message");
    }

    Ok(())
}
