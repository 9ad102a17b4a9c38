use crate::message::headers::Timestamp;
use crate::message::headers::value::{EARLIEST, http_date, seconds};

/// When a quota is renewed.
///
/// Braze documents seconds since the epoch. Gateways in front send finer units, dates, or seconds
/// from now.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reset {
    At(Timestamp),
    /// In so many seconds.
    In(u64),
}

/// From here on (the year 5138) a number of seconds since the epoch is one of milliseconds, or of a
/// finer unit.
const MILLISECONDS_FROM: u64 = 100_000_000_000;

/// The longest that a reset can be away: a month, the longest window of any quota.
const LONGEST_SPAN: u64 = 31 * 86_400;

impl Reset {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Some(mut number) = seconds(text) else { return http_date(text).map(Self::At) };

        while number >= MILLISECONDS_FROM {
            number /= 1000;
        }
        match number {
            EARLIEST.. => Some(Self::At(Timestamp::from_unix(number))),
            0..=LONGEST_SPAN => Some(Self::In(number)),
            _ => None,
        }
    }

    /// The time, where `date` is that of the same response.
    pub(super) fn at(self, date: impl FnOnce() -> Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::At(time) => Some(time),
            Self::In(seconds) => Some(date()?.plus_seconds(seconds)),
        }
    }
}
