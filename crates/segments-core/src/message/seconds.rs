//! Durations in JSON: seconds, as a number with a fraction. Up to ten days it is exact to the
//! nanosecond.

use std::time::{Duration, TryFromFloatSecsError};

use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    of_seconds(f64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

/// The longest duration is written as a number a little above it.
fn of_seconds(seconds: f64) -> Result<Duration, TryFromFloatSecsError> {
    let longest = Duration::MAX.as_secs_f64();
    if (seconds - longest).abs() <= longest * f64::EPSILON {
        return Ok(Duration::MAX);
    }
    Duration::try_from_secs_f64(seconds)
}

/// For a duration that may be missing: `null`.
pub(crate) mod optional {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    // The signature that serde asks for.
    #[allow(clippy::ref_option)]
    pub(crate) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(|duration| duration.as_secs_f64()).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let seconds = Option::<f64>::deserialize(deserializer)?;
        seconds.map(super::of_seconds).transpose().map_err(serde::de::Error::custom)
    }
}
