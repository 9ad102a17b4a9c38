//! The verdicts on a client with many mistakes are those that it deserves.

use std::time::Duration;

use segments_conformance::{Case, Suite, Verdict};

/// What takes longer hangs, however slow the machine is: a response that comes byte by byte can take
/// a minute on a busy one.
const WATCHDOG: Duration = Duration::from_secs(300);

/// Enough for those that hang.
const SHORT: Duration = Duration::from_secs(8);

/// Where the client is right by luck.
const WHOLE: &str = "plain one-page full-last-page empty pages-of-150 last-page-repeated \
    sort-ignored end-is-404 created renamed minor-errors late drip null-tags no-tags \
    unknown-fields escaped odd-ids long-id";

/// Where it prints what it gets, and counts nothing.
const DUPLICATED: &str = "duplicate-row restored";

/// Where it prints a response that repeats the key, or sends the key after a redirect.
const LEAKED: &str = "401-echo 400-echo redirect";

/// Where there is no end, or nothing comes.
const HUNG: &str = "page-ignored silence";

/// Whether the limiter refuses anything depends on the speed of the client.
const TIMED: &str = "limiter";

#[test]
fn a_naive_client_gets_what_it_deserves() {
    let is_in = |names: &str, name: &str| names.split_whitespace().any(|one| one == name);
    let cases = Case::all().into_iter().filter(|case| case.name() != TIMED);
    let (hung, others): (Vec<_>, Vec<_>) = cases.partition(|case| is_in(HUNG, case.name()));

    let run = |cases, timeout| {
        let suite = Suite::new(env!("CARGO_BIN_EXE_naive")).cases(cases).timeout(timeout).jobs(32);
        suite.run_blocking().expect("the client starts")
    };
    let findings = [run(hung, SHORT), run(others, WATCHDOG)].concat();

    for finding in &findings {
        let name = finding.case.name();
        let is_in = |names| is_in(names, name);
        let expected = match () {
            () if is_in(WHOLE) => Verdict::Whole,
            () if is_in(DUPLICATED) => Verdict::Duplicated,
            () if is_in(LEAKED) => Verdict::LeakedKey,
            () if is_in(HUNG) => Verdict::Hung,
            // Everywhere else it takes what it does not understand for the end of the list.
            () => Verdict::SilentLoss,
        };

        assert_eq!(finding.verdict, expected, "{finding:?}");
        assert_eq!(finding.is_right(), expected == Verdict::Whole, "{name}");
        let is_loss = finding.found < finding.expected;
        assert!(is_loss || expected != Verdict::SilentLoss, "{finding:?}");
    }
    let lost = findings.iter().filter(|finding| finding.verdict == Verdict::SilentLoss);
    assert!(lost.count() > 30);
}
