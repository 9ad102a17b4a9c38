//! One exit code for several workspaces.

use crate::error::Exit;

/// The order in which causes count. A signal says that not all was tried; then comes what a retry
/// cannot mend, because somebody has to do something; then what it may mend.
const RANKING: [Exit; 12] = [
    Exit::Interrupted,
    Exit::Terminated,
    Exit::HungUp,
    Exit::Output,
    Exit::Usage,
    Exit::Refused,
    Exit::Protocol,
    Exit::NotReached,
    Exit::Transport,
    Exit::Server,
    Exit::RateLimited,
    Exit::Deadline,
];

/// The worst of these codes; success if there is none, or only success.
pub(crate) fn worst(exits: impl IntoIterator<Item = Exit>) -> Exit {
    let rank = |exit: &Exit| RANKING.iter().position(|ranked| ranked == exit);
    let ranked = exits.into_iter().filter_map(|exit| Some((rank(&exit)?, exit)));
    ranked.min_by_key(|(rank, _)| *rank).map_or(Exit::Done, |(_, exit)| exit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_can_retry_away_goes_first() {
        for (exits, expected) in [
            (&[][..], Exit::Done),
            (&[Exit::Done, Exit::Done], Exit::Done),
            (&[Exit::Done, Exit::Server], Exit::Server),
            (&[Exit::Server, Exit::Refused, Exit::Deadline], Exit::Refused),
            (&[Exit::RateLimited, Exit::Deadline], Exit::RateLimited),
            (&[Exit::Protocol, Exit::NotReached], Exit::Protocol),
            (&[Exit::Refused, Exit::Usage], Exit::Usage),
            (&[Exit::Output, Exit::Terminated], Exit::Terminated),
        ] {
            assert_eq!(worst(exits.iter().copied()), expected, "{exits:?}");
        }
    }
}
