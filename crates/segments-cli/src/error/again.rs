//! What another run is good for.

use std::fmt;
use std::path::PathBuf;

/// What another run does about workspaces that are not whole.
#[derive(Debug, Clone)]
pub(crate) enum Again {
    /// It reads only those. This summary says why.
    Missing { summary: PathBuf },
    /// It reads all of them.
    All,
    /// It writes the changes since the last run that succeeded.
    Changes,
}

impl fmt::Display for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { summary } => write!(
                f,
                "run the same command again to read what is missing; {} says what is wrong",
                summary.display()
            ),
            Self::All => f.write_str("run it again; with --output-dir only what is missing is read"),
            Self::Changes => f.write_str(
                "the lines above say why; their states are unchanged, so the next run writes what has \
                 changed since",
            ),
        }
    }
}
