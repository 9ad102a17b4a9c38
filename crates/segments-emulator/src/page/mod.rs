//! A page for people, at the root of a server that listens on loopback: the list, the requests and
//! the faults, with buttons for edits. It is plain HTML that asks the
//! [admin routes](crate::admin) for everything.

pub(crate) mod answer;
