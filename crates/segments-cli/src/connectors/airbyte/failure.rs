//! Who can do something about a failure.

use serde::Serialize;

use crate::error::{CommandError, Exit};

/// What the platform makes of a failure: it does not repeat a run whose configuration is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum FailureType {
    /// The user of the connection.
    #[serde(rename = "config_error")]
    Config,
    /// Nobody: another run may succeed.
    #[serde(rename = "transient_error")]
    Transient,
    /// Whoever runs the platform, or the server.
    #[serde(rename = "system_error")]
    System,
}

impl FailureType {
    pub(super) fn of(error: &CommandError) -> Self {
        match error.exit() {
            Exit::Usage | Exit::Refused => Self::Config,
            Exit::NotReached
            | Exit::RateLimited
            | Exit::Server
            | Exit::Transport
            | Exit::Deadline
            | Exit::HungUp
            | Exit::Interrupted
            | Exit::Terminated => Self::Transient,
            Exit::Done | Exit::Finding | Exit::Protocol | Exit::Output => Self::System,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Signal;

    #[test]
    fn only_what_the_user_has_set_is_an_error_of_configuration() {
        for (error, expected) in [
            (CommandError::usage("", ""), FailureType::Config),
            (CommandError::TooFew { found: 1, least: 2 }, FailureType::Transient),
            (CommandError::Stopped(Signal::Terminate), FailureType::Transient),
            (
                CommandError::stream_failed("", &std::io::ErrorKind::Other.into()),
                FailureType::System,
            ),
        ] {
            assert_eq!(FailureType::of(&error), expected, "{error}");
        }
    }
}
