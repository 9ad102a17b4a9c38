/// Which events can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Segments are created.
    Create,
    /// Segments are archived.
    Archive,
    /// Segments that were archived before the beginning are restored.
    Restore,
    /// Created and archived.
    CreateArchive,
    /// Created and restored.
    CreateRestore,
    /// All but that one is archived and restored within the interval.
    NoArchiveAndRestore,
    /// All.
    All,
}

impl Class {
    /// Every one.
    pub const EVERY: [Self; 7] = [
        Self::Create,
        Self::Archive,
        Self::Restore,
        Self::CreateArchive,
        Self::CreateRestore,
        Self::NoArchiveAndRestore,
        Self::All,
    ];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "C",
            Self::Archive => "A",
            Self::Restore => "U",
            Self::CreateArchive => "C+A",
            Self::CreateRestore => "C+U",
            Self::NoArchiveAndRestore => "no undo",
            Self::All => "all",
        }
    }

    pub(super) fn creates(self) -> bool {
        !matches!(self, Self::Archive | Self::Restore)
    }

    pub(super) fn archives(self) -> bool {
        !matches!(self, Self::Create | Self::Restore | Self::CreateRestore)
    }

    pub(super) fn restores(self) -> bool {
        !matches!(self, Self::Create | Self::Archive | Self::CreateArchive)
    }

    pub(super) fn undoes(self) -> bool {
        self == Self::All
    }
}
