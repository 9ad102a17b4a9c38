//! One page.

use std::time::Duration;

use segments_emulator::{Fault, Script};

use crate::support::{Raw, Run, emulator, run};

fn get(url: &str, args: &[&str]) -> Run {
    run(&[&["get", "--base-url", url], args].concat())
}

#[test]
fn one_page_is_one_request() {
    let server = emulator(250, Script::new());
    for (page, count) in [("0", 100), ("2", 50), ("9", 0)] {
        let run = get(&server.url(), &["--page", page, "-v"]).expect(0);
        assert_eq!(run.stdout.lines().count(), count);
        assert_eq!(run.stderr.matches("GET ").count(), 1, "{run:?}");
    }
    let oldest = get(&server.url(), &["--page", "0"]).stdout;
    let newest =
        get(&server.url(), &["--page", "2", "--sort", "desc", "--format", "ndjson"]).stdout;
    assert_eq!(oldest.lines().next(), newest.lines().last());
}

#[test]
fn failures_have_the_codes_of_an_export() {
    let get = |url: &str, args: &[&str]| get(url, &[&["--max-attempts", "1"], args].concat());
    for (status, code) in [(401, 4), (400, 8), (500, 6)] {
        let server = emulator(1, Script::new().then(Fault::status(status).forever()));
        let run = get(&server.url(), &["--page", "3"]).expect(code);
        assert!(run.error().contains("page 3"), "{run:?}");
        assert_eq!(run.stdout, "");
    }
    let run = get("http://127.0.0.1:9", &[]).expect(7);
    assert!(run.error().contains("page 0"), "{run:?}");
    get(&Raw::body("<html>").url, &[]).expect(8);
    let server = emulator(1, Script::new().then(Fault::cut(40)));
    get(&server.url(), &[]).expect(7);
}

#[test]
fn it_is_tried_again_with_the_care_of_an_export() {
    let faults = Script::new().then(Fault::status(503)).then(Fault::close());
    let server = emulator(1, faults);
    let run = get(&server.url(), &["-v"]).expect(0);
    assert_eq!(run.stderr.matches("retry in").count(), 2, "{run:?}");
    let limited = Fault::rate_limited(Duration::from_secs(1800)).forever();
    let server = emulator(1, Script::new().then(limited));
    let run = get(&server.url(), &["-v"]).expect(5);
    assert!(!run.stderr.contains("retry in"), "{run:?}");
}

#[test]
fn the_order_is_the_servers_unless_it_is_given() {
    let server = emulator(3, Script::new());
    for (args, expected) in [
        (&[][..], "GET /segments/list -> 200"),
        (&["--sort", "desc"], "GET /segments/list?sort_direction=desc -> 200"),
    ] {
        let args = [args, &["-v"]].concat();
        let run = get(&server.url(), &args).expect(0);
        assert!(run.stderr.contains(expected), "{run:?}");
    }
    assert_eq!(get(&server.url(), &["-q"]).expect(0).stderr, "");
}

#[test]
fn p10_the_greatest_page_is_an_empty_one() {
    let server = emulator(250, Script::new());
    let run = get(&server.url(), &["--page", "4294967295"]).expect(0);
    assert_eq!(run.stdout, "");
    get(&server.url(), &["--page", "4294967296"]).expect(2);
}
