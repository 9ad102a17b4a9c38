//! The situations.

mod body;
mod build;
mod connection;
mod edits;
mod paging;
mod status;
mod values;

use crate::case::Case;

impl Case {
    /// All cases, in the order of a run.
    pub fn all() -> Vec<Self> {
        [paging::CASES, edits::CASES, status::CASES, body::CASES, connection::CASES, values::CASES]
            .concat()
    }

    /// The case with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|case| case.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_differ_and_are_easy_to_type() {
        let names: HashSet<_> = Case::all().iter().map(Case::name).collect();
        assert_eq!(names.len(), Case::all().len());

        let is_easy = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(names.iter().all(|name| name.len() <= 20 && name.chars().all(is_easy)));
    }
}
