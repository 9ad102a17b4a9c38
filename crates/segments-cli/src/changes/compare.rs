//! From what was known and a new list to what has changed.

use std::collections::BTreeSet;

use segments_core::Segment;

use super::attributes::Attributes;
use super::event::{Change, Event};
use super::proof::Proof;
use super::state::State;

/// What has changed since `old`, by kind and then in the order of `list`. Removals come in the order
/// of their ids. Without an old state, all of the list is initial.
///
/// `list` is that of an export that began after everything in `old` had been read, and `proof` what
/// that export proves. Each id counts once in a list, the first time.
///
/// [`State::after`] of the old state and these events is the new one.
pub(crate) fn compare(old: Option<&State>, list: &[Segment], proof: Option<Proof>) -> Vec<Event> {
    let mut events = Vec::new();
    let mut seen = BTreeSet::new();
    for segment in list {
        if seen.insert(segment.id()) {
            add_seen(&mut events, old, segment);
        }
    }

    // What is not in the list: without proof it may be listed all the same.
    let known = old.into_iter().flat_map(|old| &old.listed);
    for (id, last) in known.filter(|(id, _)| !seen.contains(id.as_str())) {
        let change = proof.map_or(Change::NotSeen, Change::Removed);
        events.push(Event { id: id.clone(), name: last.name.clone(), change });
    }

    events.sort_by_key(|event| event.change.rank());
    events
}

/// Adds what has changed of a segment in the list.
fn add_seen(events: &mut Vec<Event>, old: Option<&State>, segment: &Segment) {
    let (id, now) = (segment.id(), Attributes::from(segment));
    let mut add = |change| {
        events.push(Event { id: id.to_owned(), name: segment.name().to_owned(), change });
    };

    let Some(old) = old else {
        add(Change::Initial(now));
        return;
    };
    let before = match (old.listed.get(id), old.removed.get(id)) {
        (Some(before), _) => before,
        (None, Some(before)) => {
            add(Change::Restored(now.clone()));
            before
        }
        (None, None) => {
            add(Change::Created(now));
            return;
        }
    };

    if before.name != now.name {
        add(Change::Renamed { from: before.name.clone() });
    }
    if before.tags != now.tags {
        let without = |one: &BTreeSet<String>, other| one.difference(other).cloned().collect();
        let (added, removed) = (without(&now.tags, &before.tags), without(&before.tags, &now.tags));
        add(Change::Retagged { added, removed });
    }
    if before.analytics_tracking_enabled != now.analytics_tracking_enabled {
        add(Change::TrackingChanged { enabled: now.analytics_tracking_enabled });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(id: &str, name: &str, tracked: bool, tags: &[&str]) -> Segment {
        Segment::new(id, name, tracked, tags).unwrap()
    }

    fn kinds(events: &[Event]) -> Vec<(&str, &'static str)> {
        events.iter().map(|event| (event.id.as_str(), event.change.name())).collect()
    }

    #[test]
    fn every_kind_of_change_is_found() {
        let old = State::from_iter(&[
            segment("gone", "G", true, &[]),
            segment("b", "B", true, &["x", "y"]),
            segment("a", "A", true, &["x", "y"]),
        ]);
        let new = [
            segment("b", "Bee", false, &["y", "z"]),
            segment("new", "N", true, &[]),
            segment("a", "A", true, &["y", "x", "x"]),
        ];
        let edits = [("b", "renamed"), ("b", "retagged"), ("b", "tracking_changed")];
        let expected = |end| [&[("new", "created"), ("gone", end)], &edits[..]].concat();

        let unproven = compare(Some(&old), &new, None);
        assert_eq!(kinds(&unproven), expected("not_seen"));
        let proven = compare(Some(&old), &new, Some(Proof::Complete));
        assert_eq!(kinds(&proven), expected("removed"));

        // What was only not seen is neither new nor restored when it is seen again.
        let state = old.clone().after(&unproven);
        let again = [&new[..], &[segment("gone", "G", true, &[])]].concat();
        assert_eq!(compare(Some(&state), &again, None), []);
        let state = old.after(&proven);
        assert_eq!(kinds(&compare(Some(&state), &again, None)), [("gone", "restored")]);
    }

    #[test]
    fn a_state_begins_with_what_is_listed() {
        let list = [segment("a", "A", true, &[]), segment("a", "B", true, &[])];
        let events = compare(None, &list, Some(Proof::Complete));
        assert_eq!(kinds(&events), [("a", "initial")]);
        assert_eq!(State::default().after(&events), State::from_iter(&list[..1]));
        assert_eq!(compare(None, &[], Some(Proof::Complete)), []);
    }
}
