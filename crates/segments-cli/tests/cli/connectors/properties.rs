//! Any list, and any number of interruptions at any request.

use proptest::prelude::*;
use segments_core::Segment;
use segments_emulator::{Emulator, Fault, Script, Server, Workspace};
use serde_json::json;

use super::{Place, no_export, requests, set_faults};
use crate::support::{KEY, WATCHDOG};

/// How many requests succeed before one fails, and how it fails.
fn interruptions() -> impl Strategy<Value = Vec<(u32, usize)>> {
    proptest::collection::vec((0_u32..9, 0_usize..3), 0..4)
}

fn fault(kind: usize) -> (Fault, i32) {
    match kind {
        0 => (Fault::status(503), 6),
        1 => (Fault::rate_limited(WATCHDOG), 5),
        _ => (Fault::close(), 7),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn o18_interrupted_runs_give_every_segment_once(
        segments in segments_proptest::segments(0..40),
        page_size in 1_u32..12,
        goal in prop_oneof![Just("complete"), Just("snapshot"), Just("walk")],
        interruptions in interruptions(),
    ) {
        let workspace = Workspace::new().with_key(KEY).with_segments(segments.clone());
        let server = Server::spawn(Emulator::new(workspace.with_page_size(page_size))).unwrap();
        let entries = json!({ "goal": goal, "window": 1, "max_attempts": 1, "max_wait": "1s" });
        let place = Place::new(&server.url(), entries);
        let (mut state, mut printed) = (None, Vec::<Segment>::new());

        for (after, kind) in interruptions {
            let (fault, code) = fault(kind);
            set_faults(&server, Script::new().then(fault.after(after).forever()));
            let before = requests(&server);
            let run = place.tap_from(state.as_ref());
            if run.run.code == Some(0) {
                prop_assert_eq!(run.state(), Some(no_export()));
                break;
            }

            let run = run.expect(code);
            // A request on a connection that the server has closed is sent once more.
            let most = u64::from(after) + 1 + u64::from(code == 7);
            prop_assert!(requests(&server) - before <= most);
            prop_assert!(goal == "walk" || run.segments().is_empty());
            printed.extend(run.segments());
            state = run.state().or(state);
        }

        set_faults(&server, Script::new());
        let run = place.tap_from(state.as_ref()).expect(0);
        printed.extend(run.segments());
        prop_assert_eq!(printed, segments);
    }
}
