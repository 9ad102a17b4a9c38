//! One row of the catalogue.

/// A part of the workspace that can meet a fault, and has tests of its own for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// `segments-core`, without a socket and in virtual time.
    Core,
    /// `segments-hyper`, over sockets.
    Hyper,
    /// `segments-blocking`, over sockets.
    Blocking,
    /// The program.
    Program,
    /// `segments-emulator`.
    Emulator,
}

/// A fault, and what comes of it.
#[derive(Debug, Clone, Copy)]
pub struct FaultRow {
    /// A letter for the section, and a number; the names of its tests begin with it.
    pub id: &'static str,
    /// What goes wrong.
    pub fault: &'static str,
    /// What the user gets, in the words of the document's head.
    pub outcome: &'static str,
    /// Who can see it. What an HTTP client hides from the core, or refuses itself, is not the
    /// core's.
    pub layers: &'static [Layer],
}

pub(super) const ALL: &[Layer] = &[Layer::Core, Layer::Hyper, Layer::Blocking, Layer::Program];
pub(super) const NET: &[Layer] = &[Layer::Hyper, Layer::Blocking, Layer::Program];
pub(super) const ADAPTERS: &[Layer] = &[Layer::Hyper, Layer::Blocking];
pub(super) const CORE: &[Layer] = &[Layer::Core];
pub(super) const CORE_PROGRAM: &[Layer] = &[Layer::Core, Layer::Program];
pub(super) const PROGRAM: &[Layer] = &[Layer::Program];
pub(super) const EMULATOR: &[Layer] = &[Layer::Emulator];
pub(super) const EMULATOR_PROGRAM: &[Layer] = &[Layer::Emulator, Layer::Program];

pub(super) const fn row(
    id: &'static str,
    fault: &'static str,
    outcome: &'static str,
    layers: &'static [Layer],
) -> FaultRow {
    FaultRow { id, fault, outcome, layers }
}

impl Layer {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Core, Self::Hyper, Self::Blocking, Self::Program, Self::Emulator];

    /// Its name in documents and in the paths of tests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Hyper => "hyper",
            Self::Blocking => "blocking",
            Self::Program => "program",
            Self::Emulator => "emulator",
        }
    }
}
