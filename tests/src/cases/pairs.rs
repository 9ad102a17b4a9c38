//! Row H32: two faults of different kinds in a row, on one page.

use segments_emulator::{Fault, FaultKind};

use super::build::case;
use super::case::Case;

/// A fault that may pass, and whether it takes a socket.
fn faults() -> Vec<(&'static str, Fault, bool)> {
    let limited = FaultKind::RateLimited { reset_in: 1, retry_after: Some(1), bare: true };
    vec![
        ("a 503", Fault::status(503), false),
        ("a 429", limited.into(), false),
        ("a closed connection", Fault::close(), false),
        ("a cut body", Fault::cut(40), false),
        ("no page", Fault::null_segments(), false),
        ("no HTTP", Fault::verbatim(&b"what?\r\n\r\n"[..]), true),
    ]
}

/// Every ordered pair. An answer that cannot be read is asked for once more whatever came before
/// it; two of them are too many.
pub(super) fn cases() -> Vec<Case> {
    let unreadable = ["no page", "no HTTP"];
    let mut cases = Vec::new();

    for (first, one, on_wire) in faults() {
        for (second, two, too) in faults() {
            if first == second {
                continue;
            }
            let name: &'static str = Box::leak(format!("{first}, then {second}").into_boxed_str());
            let faults = case("H32", name, 150).fault(one.clone().page(1)).fault(two.page(1));
            let case = if on_wire || too { faults.wire() } else { faults };
            cases.push(if unreadable.contains(&first) && unreadable.contains(&second) {
                case.tries(2).ends("protocol")
            } else {
                case.retries(2)
            });
        }
    }

    cases
}
