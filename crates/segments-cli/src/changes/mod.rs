//! What has changed between two readings of one list. Pure: no clock, no file, no network.
//!
//! A list that lacks a segment proves nothing by itself: reading by page number can miss segments that
//! were there all the time. So a removal rests on this theorem:
//!
//! *If a segment was in an earlier list, and is not in the list of an export that began later and ended
//! complete, it was listed at first and unlisted at a moment of that export.* For everything that was
//! listed during the whole export is in a complete list (theorems 1 to 3 in the guarantees of
//! `segments-core`), and a snapshot is the list at its moment (theorems 4 to 6).
//!
//! Without that proof a segment is only not seen, and a [`State`] keeps it as listed. All other events
//! rest on less: whatever is in a list was listed at a moment of its export, with these attributes.

mod attributes;
mod compare;
mod counts;
mod event;
#[cfg(test)]
mod model;
mod proof;
mod state;

pub(crate) use compare::compare;
pub(crate) use counts::ChangeCounts;
pub(crate) use event::{Change, Event};
pub(crate) use proof::Proof;
pub(crate) use state::State;
