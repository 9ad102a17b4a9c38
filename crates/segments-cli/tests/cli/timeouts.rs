//! The two time limits of an attempt.

use segments_tests::peer::FullQueue;

use crate::support::{emulator, export, run};

#[test]
fn t3_the_message_says_which_limit_ended_the_attempt() {
    let queue = FullQueue::new();
    let url = format!("http://{}", queue.addr());
    for (limits, said, flag) in [
        (
            &["--connect-timeout", "300ms"][..],
            "could not connect (no connection within 0.3 s)",
            "with --connect-timeout.",
        ),
        (
            &["--timeout", "300ms"],
            "the request timed out (no whole response within 0.3 s)",
            "with --timeout.",
        ),
    ] {
        let args = ["--base-url", &url, "--max-attempts", "1"];
        for command in ["export", "get"] {
            let run = run(&[&[command], &args[..], limits].concat()).expect(7);
            assert!(run.error().contains(said) && run.error().ends_with(flag), "{run:?}");
        }
        let run = run(&[&["check"], &args[..2], limits].concat()).expect(7);
        assert!(run.error().contains(said) && run.error().ends_with(flag), "{run:?}");
    }

    let refused = run(&["check", "--base-url", "http://127.0.0.1:1"]).expect(7);
    assert!(!refused.stderr.contains("--connect-timeout"), "{refused:?}");
}

#[test]
fn c10_a_connection_may_not_take_longer_than_its_attempt() {
    let server = emulator(3, segments_emulator::Script::new());
    let args = ["--timeout", "5s", "--connect-timeout", "6s"];
    let error = export(&server.url(), &args).expect(2).error();
    assert!(error.contains("--connect-timeout is longer than --timeout"), "{error}");
    let url = server.url();
    let args = [&["check", "--base-url", &url], &args[..]].concat();
    run(&args).expect(2);
    let args = [&["sync", "--state", "missing/state"], &args[1..]].concat();
    run(&args).expect(2);
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 0);

    // The usual limit gives way, as does one that is as long.
    export(&server.url(), &["--timeout", "5s"]).expect(0);
    export(&server.url(), &["--timeout", "5s", "--connect-timeout", "5s"]).expect(0);
}
