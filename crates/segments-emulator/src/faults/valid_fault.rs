use std::time::Duration;

use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Deserializer};

use crate::faults::fault::{Fault, Kind};

/// The longest time that an answer, or one byte of it, may be held back.
const MAX_DELAY: Duration = Duration::from_secs(24 * 3600);

/// The latest reset of an allowance, in seconds: `X-RateLimit-Reset` has no year above 9999.
const MAX_RESET: u64 = 100 * 365 * 24 * 3600;

/// A rule of a script that was read, every value of which can be served.
///
/// A value that was replaced in silence would let a test pass for a reason that is not its own.
#[derive(Debug)]
pub(crate) struct Servable(pub(crate) Fault);

impl<'de> Deserialize<'de> for Servable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fault = Fault::deserialize(deserializer)?;
        match refusal(&fault) {
            None => Ok(Self(fault)),
            Some(reason) => Err(serde::de::Error::custom(reason)),
        }
    }
}

/// Why no answer can be made of a rule, if none can.
fn refusal(fault: &Fault) -> Option<&'static str> {
    const DELAY: &str = "an answer can be held back for at most 24 hours (86400000 ms)";
    if fault.delay > MAX_DELAY {
        return Some(DELAY);
    }

    match &fault.kind {
        Kind::Status { code, message } => status(*code, message.is_some()),
        Kind::RateLimited { reset_in, .. } => (*reset_in > MAX_RESET)
            .then_some("reset_in must be at most 3153600000 seconds (100 years)"),
        Kind::LeakyBucket { code, .. } => status(*code, true),
        Kind::Redirect(url) => HeaderValue::from_str(url)
            .is_err()
            .then_some("the redirect holds a character that no header can hold"),
        Kind::Drip(millis) | Kind::DripHead(millis) => {
            (Duration::from_millis(*millis) > MAX_DELAY).then_some(DELAY)
        }
        _ => None,
    }
}

fn status(code: u16, has_message: bool) -> Option<&'static str> {
    let Ok(status) = StatusCode::from_u16(code) else {
        return Some("the code of a status must be from 100 to 999");
    };
    // HTTP ends these two behind their head, whatever is said of a body.
    let bodiless = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    (bodiless && has_message).then_some("an answer with this status has no body for a message")
}
