//! The value of `--max-removed`.

use std::fmt;
use std::str::FromStr;

/// How many of the listed segments may be removed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MaxRemoved {
    Count(u64),
    Percent(u64),
}

impl MaxRemoved {
    /// Whether so many of `listed` segments may be removed.
    pub(crate) fn allows(self, removed: u64, listed: u64) -> bool {
        match self {
            Self::Count(most) => removed <= most,
            Self::Percent(most) => {
                u128::from(removed) * 100 <= u128::from(listed) * u128::from(most)
            }
        }
    }
}

impl FromStr for MaxRemoved {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const HOW: &str = "write a number of segments, or a percentage such as 10%";

        let (digits, is_percentage) = match text.strip_suffix('%') {
            Some(digits) => (digits.trim_end(), true),
            None => (text, false),
        };
        // `parse` would also take a sign.
        let is_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        match digits.parse() {
            Ok(percent @ 0..=100) if is_digits && is_percentage => Ok(Self::Percent(percent)),
            Ok(count) if is_digits && !is_percentage => Ok(Self::Count(count)),
            _ => Err(HOW),
        }
    }
}

impl fmt::Display for MaxRemoved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_a_percentage_is_a_limit() {
        for (text, removed, listed, is_allowed) in [
            ("0", 0, 10, true),
            ("0", 1, 10, false),
            ("3", 3, 3, true),
            ("0%", 0, 10, true),
            ("0%", 1, 10, false),
            ("10%", 1, 10, true),
            ("10 %", 1, 9, false),
            ("100%", 9, 9, true),
            ("1%", 0, 0, true),
            ("100%", u64::MAX, u64::MAX, true),
        ] {
            let most: MaxRemoved = text.parse().unwrap();
            assert_eq!(most.allows(removed, listed), is_allowed, "{text} {removed} {listed}");
        }
        for text in ["", "%", "-1", "+1", "101%", "1.5%", "ten", "5%%"] {
            assert!(text.parse::<MaxRemoved>().is_err(), "{text}");
        }
    }
}
