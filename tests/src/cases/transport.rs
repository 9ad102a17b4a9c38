//! The rows T that a script can play.

use std::time::Duration;

use segments_emulator::Fault;

use super::build::{always, case, once};
use super::case::Case;
use crate::peer::Peer;

/// Milliseconds in which any machine answers, and none of these faults is over.
const SLOW: u64 = 4_000;

pub(super) fn cases() -> Vec<Case> {
    let byte = Duration::from_millis(20);
    let nobody =
        |row, name, peer| case(row, name, 0).attempts(2).peer(peer).tries(2).ends("transport");

    vec![
        nobody("T1", "no such name", Peer::NoName).says("segments.invalid"),
        nobody("T2", "connection refused", Peer::Nobody).says("that the server is running"),
        nobody("T3", "nobody accepts", Peer::FullQueue).timeout(300).says("timed out"),
        once("T5", "closed", Fault::close()),
        always("T5", "closed for ever", Fault::close()).ends("transport"),
        once("T6", "reset before the head", Fault::reset(0)),
        once("T6", "reset in the head", Fault::reset(40)),
        once("T6", "reset in the body", Fault::reset(2000)),
        always("T6", "reset for ever", Fault::reset(2000)).ends("transport"),
        case("T8", "a kept connection closes twice", 250)
            .fault(Fault::close().page(1))
            .fault(Fault::close().page(2))
            .retries(2),
        once("T9", "a head byte by byte", Fault::drip_head(byte)).timeout(SLOW),
        always("T9", "heads byte by byte", Fault::drip_head(byte)).timeout(300).ends("transport"),
        once("T10", "a body byte by byte", Fault::drip(byte)).timeout(SLOW),
        always("T10", "bodies byte by byte", Fault::drip(byte)).timeout(300).ends("transport"),
        once("T11", "stalled", Fault::stall(500)).timeout(SLOW),
        once("T11", "missed_by_first_pass", Fault::delay(Duration::from_secs(30))).timeout(SLOW),
        always("T11", "stalled for ever", Fault::stall(500)).timeout(300).ends("transport"),
        case("T16", "gone for three tries", 250)
            .attempts(12)
            .fault(Fault::close().page(2).times(3))
            .retries(3),
    ]
}
