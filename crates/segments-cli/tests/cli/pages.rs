//! One page.

use segments_emulator::{Fault, Script};

use crate::support::{Raw, emulator, run};

fn get(url: &str, args: &[&str]) -> crate::support::Run {
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
    for (status, code) in [(401, 4), (400, 8), (500, 6)] {
        let server = emulator(1, Script::new().then(Fault::status(status).forever()));
        let run = get(&server.url(), &["--page", "3", "--max-attempts", "1"]).expect(code);
        assert!(run.error().contains("page 3"), "{run:?}");
    }
    let run = get("http://127.0.0.1:9", &["--max-attempts", "1"]).expect(7);
    assert!(run.error().contains("page 0"), "{run:?}");
    get(&Raw::body("<html>").url, &[]).expect(8);
    let server = emulator(1, Script::new().then(Fault::status(503)));
    get(&server.url(), &[]).expect(0);
}
