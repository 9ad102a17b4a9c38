use segments_emulator::Workspace;

/// A situation in which a client reads the list, such as one status 503.
///
/// ```
/// use segments_conformance::Case;
///
/// assert!(Case::all().len() >= 30);
/// let case = Case::named("archived").expect("a case of this name");
/// assert_eq!(case.about(), "an old segment is archived after the first response");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Case {
    name: &'static str,
    about: &'static str,
    build: fn(&Setting<'_>) -> Workspace,
    is_ordinary: bool,
}

/// What a situation has to know of its run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    /// The key of the client.
    pub(crate) key: &'a str,
    /// The base URL of a second server, with another host name.
    pub(crate) other_host: &'a str,
}

impl Case {
    pub(crate) const fn new(
        name: &'static str,
        about: &'static str,
        build: fn(&Setting<'_>) -> Workspace,
    ) -> Self {
        Self { name, about, build, is_ordinary: false }
    }

    /// In which nothing goes wrong, so that an error is no right answer.
    pub(crate) const fn ordinary(self) -> Self {
        Self { is_ordinary: true, ..self }
    }

    /// Its name, in `kebab-case`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What happens in it.
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// Whether nothing goes wrong in it, so that only the whole list is right.
    pub fn is_ordinary(&self) -> bool {
        self.is_ordinary
    }

    /// The workspace before the first request.
    pub(crate) fn workspace(&self, setting: &Setting<'_>) -> Workspace {
        (self.build)(setting)
    }
}
