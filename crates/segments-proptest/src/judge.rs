//! Holds what a client found against what was so.

use std::collections::HashMap;
use std::fmt;

use segments_core::SortDirection;

use crate::history::Server;

/// What a client says about the list that it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// That it is whole: every segment that was listed all the time is in it, in the order asked
    /// for.
    Complete(SortDirection),
    /// That it is complete, and the list as it was at one moment between the first answer and the
    /// last.
    Snapshot(SortDirection),
    /// Nothing, because it ended with an error or says that it may be incomplete.
    Nothing,
}

/// What is wrong with a client's list, by ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Verdict {
    /// Listed from the first answer to the last, and not found.
    pub missing: Vec<String>,
    /// Found more than once.
    pub doubled: Vec<String>,
    /// Found, and never listed.
    pub invented: Vec<String>,
    /// Listed all the time, and found before the one after which it was created, or the other way
    /// round when newest first: each with the one before it.
    pub out_of_order: Vec<(String, String)>,
    /// It was called a snapshot, and the list was never like this.
    pub at_no_moment: bool,
}

/// Says which segments of a history were missed, doubled, invented or put out of order.
///
/// `server` is the one that answered the client, so that what counts is what was listed while the
/// client asked. A segment that was not listed all the time may be found or not. With
/// [`Claim::Nothing`] none is missing or out of order.
///
/// ```
/// use segments_core::{ListRequest, SortDirection};
/// use segments_proptest::history::{Edit, History};
/// use segments_proptest::judge::{Claim, judge};
///
/// let mut server = History::new(2, ["a", "b", "c"]).after(1, Edit::archive("a")).server();
/// server.page(ListRequest::page(0))?;
/// server.page(ListRequest::page(1))?;
///
/// let verdict = judge(&server, ["a", "b"], Claim::Complete(SortDirection::Asc));
/// assert_eq!(verdict.missing, ["c"]);
/// assert_eq!(verdict.ok().unwrap_err().to_string(), "missing: c");
///
/// // What a second reading would give is right, and so is the list before the edit.
/// assert!(judge(&server, ["b", "c"], Claim::Snapshot(SortDirection::Asc)).ok().is_ok());
/// assert!(judge(&server, ["a", "b", "c"], Claim::Snapshot(SortDirection::Asc)).ok().is_ok());
/// # Ok::<(), segments_core::TransportError>(())
/// ```
pub fn judge<T: AsRef<str>>(
    server: &Server,
    found: impl IntoIterator<Item = T>,
    claim: Claim,
) -> Verdict {
    let created: Vec<&str> = server.created().collect();
    let places: HashMap<&str, usize> =
        created.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    let states = server.states().iter().map(|ids| ids.iter().map(|id| places[id.as_str()]));
    let (stable, ever) = stable_and_ever(created.len(), states);

    let mut verdict = Verdict::default();
    let found: Vec<T> = found.into_iter().collect();
    let mut known = Vec::new();
    for id in &found {
        match places.get(id.as_ref()) {
            Some(place) => known.push(*place),
            None => verdict.invented.push(id.as_ref().to_owned()),
        }
    }

    let id = |place: usize| created[place].to_owned();
    let difference = Difference::of(&stable, &ever, &known);
    verdict.doubled = difference.doubled.into_iter().map(id).collect();
    verdict.invented.extend(difference.invented.into_iter().map(id));
    if let Claim::Complete(direction) | Claim::Snapshot(direction) = claim {
        verdict.missing = difference.missing.into_iter().map(id).collect();
        let pairs = out_of_order(&stable, &known, direction);
        verdict.out_of_order = pairs.map(|(before, after)| (id(before), id(after))).collect();
    }
    if let Claim::Snapshot(direction) = claim {
        let states = server.states().iter();
        let mut alike = states.filter(|state| is_state(state, &found, direction));
        verdict.at_no_moment = alike.next().is_none();
    }
    verdict
}

fn is_state<T: AsRef<str>>(state: &[String], found: &[T], direction: SortDirection) -> bool {
    let found = found.iter().map(AsRef::as_ref);
    match direction {
        SortDirection::Asc => state.iter().map(String::as_str).eq(found),
        SortDirection::Desc => state.iter().rev().map(String::as_str).eq(found),
    }
}

/// What was listed in every state, and what in any.
fn stable_and_ever(
    created: usize,
    states: impl ExactSizeIterator<Item = impl Iterator<Item = usize>>,
) -> (Vec<usize>, Vec<usize>) {
    let count = states.len();
    let mut listed = vec![0; created];
    states.flatten().for_each(|place| listed[place] += 1);
    let places = |fits: &dyn Fn(usize) -> bool| {
        (0..created).filter(|place| fits(listed[*place])).collect::<Vec<_>>()
    };
    (places(&|times| count > 0 && times == count), places(&|times| times > 0))
}

impl Verdict {
    /// Nothing, or the verdict as an error.
    ///
    /// # Errors
    /// If anything is wrong.
    pub fn ok(self) -> Result<(), Self> {
        if self == Self::default() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, ids) in
            [("missing", &self.missing), ("doubled", &self.doubled), ("invented", &self.invented)]
        {
            if !ids.is_empty() {
                write!(f, "{separator}{name}: {}", ids.join(", "))?;
                separator = "; ";
            }
        }
        for (before, after) in &self.out_of_order {
            write!(f, "{separator}out of order: {after} behind {before}")?;
            separator = "; ";
        }
        if self.at_no_moment {
            write!(f, "{separator}the list at no moment")?;
            separator = "; ";
        }
        if separator.is_empty() { f.write_str("nothing is wrong") } else { Ok(()) }
    }
}

impl std::error::Error for Verdict {}

/// How a list differs from what was so, in numbers: the judge for histories of your own.
///
/// A segment is any number; [`judge`] counts them in the order of creation.
///
/// ```
/// use segments_proptest::judge::Difference;
///
/// let difference = Difference::of(&[0, 1, 3], &[0, 1, 2, 3], &[0, 0, 2, 7]);
/// assert_eq!(difference.missing, [1, 3]);
/// assert_eq!(difference.doubled, [0]);
/// assert_eq!(difference.invented, [7]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Difference {
    /// In `stable`, and not found.
    pub missing: Vec<usize>,
    /// Found more than once.
    pub doubled: Vec<usize>,
    /// Found, and not in `ever`.
    pub invented: Vec<usize>,
}

impl Difference {
    /// Compares what was `found`, in any order, with what was listed all the time and what was
    /// `ever` listed, both in ascending order.
    pub fn of(stable: &[usize], ever: &[usize], found: &[usize]) -> Self {
        let mut sorted = found.to_vec();
        sorted.sort_unstable();
        let mut doubled: Vec<usize> =
            sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        doubled.dedup();
        sorted.dedup();

        let without = |all: &[usize], known: &[usize]| {
            all.iter().copied().filter(|one| known.binary_search(one).is_err()).collect()
        };
        Self { missing: without(stable, &sorted), doubled, invented: without(&sorted, ever) }
    }
}

/// Neighbours among those of `found` that are in `stable`, in ascending order, and that stand in
/// the wrong order: the judge of orders, for histories of your own.
///
/// ```
/// use segments_core::SortDirection;
/// use segments_proptest::judge::out_of_order;
///
/// let pairs = out_of_order(&[0, 1, 3], &[0, 2, 3, 1], SortDirection::Asc);
/// assert_eq!(pairs.collect::<Vec<_>>(), [(3, 1)]);
/// ```
pub fn out_of_order(
    stable: &[usize],
    found: &[usize],
    direction: SortDirection,
) -> impl Iterator<Item = (usize, usize)> + use<> {
    let placed: Vec<usize> =
        found.iter().copied().filter(|one| stable.binary_search(one).is_ok()).collect();
    let wrong = move |(before, after): &(usize, usize)| match direction {
        SortDirection::Asc => before > after,
        SortDirection::Desc => before < after,
    };
    let behind: Vec<usize> = placed.iter().skip(1).copied().collect();
    placed.into_iter().zip(behind).filter(wrong)
}
