//! The admin routes of [`Server`](crate::Server): edits, faults and the log, for tests that are not
//! written in Rust. Invented; Braze has nothing like them.
//!
//! | route | body | method of [`Workspace`] |
//! |---|---|---|
//! | `POST /_emulator/create` | a segment with all four fields | [`create`](crate::Workspace::create) |
//! | `POST /_emulator/archive` | `{"id":"…"}` | [`archive`](crate::Workspace::archive) |
//! | `POST /_emulator/restore` | `{"id":"…"}` | [`restore`](crate::Workspace::restore) |
//! | `POST /_emulator/rename` | `{"id":"…","name":"…"}` | [`rename`](crate::Workspace::rename) |
//! | `POST /_emulator/retag` | `{"id":"…","tags":["…"]}` | [`retag`](crate::Workspace::retag) |
//! | `POST /_emulator/tracking` | `{"id":"…","analytics_tracking_enabled":true}` | [`set_tracking`](crate::Workspace::set_tracking) |
//! | `PUT /_emulator/planned` | `[{"after_page":0,"edit":{"archive":"…"}}]`: each an [`Edit`] | [`edit_after_page`](crate::Workspace::edit_after_page), in place of those that were planned |
//! | `PUT /_emulator/faults` | a [`Script`] | [`set_faults`](crate::Workspace::set_faults) |
//!
//! | route | response |
//! |---|---|
//! | `GET /_emulator/faults` | `{"faults":[…],"fired":[…]}`: the script, and how often each fault has fired |
//! | `GET /_emulator/planned` | the edits that wait for a page |
//! | `GET /_emulator/log` | `{"total":…,"entries":[…]}`: the [`Log`] |
//! | `GET /_emulator/segments` | `{"segments":[…]}`: all segments, oldest first, each with `archived` |
//! | `GET /_emulator/overview` | all of this at one moment, as the [page for people](#a-page-for-people) needs it; its form may change |
//!
//! A change answers `{"message":"success"}`. Otherwise `message` tells what is wrong: 400 for an
//! invalid body, 404 for an unknown id or route, 405 for another method, 408 for a body that takes
//! longer than 10 s, 409 for an id that exists, 413 for a body of more than 1 MiB.
//!
//! The routes need no key. Instead they answer only a peer on loopback, with a `Host` of loopback
//! (so a web page whose name resolves to 127.0.0.1 is refused: 403), and no browser that says by
//! `Origin` or `Sec-Fetch-Site` that a page of another origin makes the request (403). Changes need
//! `Content-Type: application/json`, which a web page cannot send to another origin without a
//! preflight (415). The routes do not count against the rate limit and are not in the log.
//!
//! # A page for people
//!
//! If the server listens on loopback, `GET /` gives a browser a page that shows the segments, which
//! of them were sent, the last requests, the rate limit and the faults, with buttons for edits. A
//! browser is who accepts `text/html` and sends no `Authorization`; everybody else gets the 404 of
//! the endpoint. The page loads nothing from elsewhere, and may not be framed.
//!
//! [`Edit`]: crate::Edit
//! [`Log`]: crate::Log
//! [`Script`]: crate::Script
//! [`Workspace`]: crate::Workspace

pub(crate) mod access;
pub(crate) mod change;
pub(crate) mod fault_state;
pub(crate) mod overview;
pub(crate) mod refusal;
pub(crate) mod response;
pub(crate) mod routes;
