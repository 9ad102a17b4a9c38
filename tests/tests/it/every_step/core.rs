//! The bare core, in virtual time.

use std::time::Duration;

use segments_core::TransportErrorKind;
use segments_emulator::Fault;
use segments_tests::world::{Run, Way, run};

use super::{Class, Final, ForgivenOnce, GOALS, Passing, judge, kinds, plan, workspace};

/// For every goal, window and step: `meet` says which faults there are.
fn at_every_step(meet: impl Fn(usize) -> Vec<(String, Vec<Fault>, Vec<Class>, Way)>) {
    for goal in GOALS {
        for window in [1, 4] {
            let way = |way: Way| Way { seed: 1, latency: 20, ..way };
            let run = |faults: Vec<Fault>, way| run(workspace(faults), plan(goal, window), way);
            let steps = run(Vec::new(), way(Way::default())).sent.len();
            assert!(steps >= 4, "{goal}");
            for step in 0..steps {
                for (name, faults, classes, disturbed) in meet(step) {
                    let Run { result, list, .. } = run(faults, way(disturbed));
                    let what = format!("{goal}, window {window}, step {step}: {name}");
                    judge(&what, (goal, window), &classes, result, &list);
                }
            }
        }
    }
}

/// After so many requests, whichever page they are for.
fn after(step: usize, fault: &Fault) -> Fault {
    fault.clone().after(u32::try_from(step).unwrap())
}

#[test]
fn each_fault_at_each_step() {
    at_every_step(|step| {
        let kinds = kinds().into_iter().map(|(fault, class)| {
            let name = format!("{:?}", fault.kind);
            (name, vec![after(step, &fault)], vec![class], Way::default())
        });
        kinds.collect()
    });
}

#[test]
fn two_faults_in_a_row() {
    // One of each way to fail is enough here.
    let chosen = [
        Fault::status(503),
        Fault::rate_limited(Duration::from_secs(40)),
        Fault::cut(40),
        Fault::close(),
        Fault::stall(40),
        Fault::null_segments(),
        Fault::verbatim(&b"what?\r\n\r\n"[..]),
        Fault::status(400),
        Fault::missing_segments(),
        Fault::ignore_page(),
    ];

    let kinds: Vec<_> = kinds().into_iter().filter(|(fault, _)| chosen.contains(fault)).collect();
    assert_eq!(kinds.len(), chosen.len());

    at_every_step(|step| {
        let pair = |(first, one): &(Fault, Class), (second, two): &(Fault, Class)| {
            let name = format!("{:?}, {:?}", first.kind, second.kind);
            let faults = vec![after(step, first), second.clone()];
            (name, faults, vec![*one, *two], Way::default())
        };
        let firsts = kinds.iter().filter(|(_, class)| matches!(class, Passing | ForgivenOnce));
        firsts.flat_map(|first| kinds.iter().map(move |second| pair(first, second))).collect()
    });
}

#[test]
fn each_failure_of_a_transport_at_each_step() {
    use TransportErrorKind as Kind;

    let kinds = [
        (Kind::Dns, Passing),
        (Kind::Connect, Passing),
        (Kind::Proxy, Passing),
        (Kind::ProxyRefused, Final("transport")),
        (Kind::ProxyUnavailable, Passing),
        (Kind::NoFileDescriptor, Passing),
        (Kind::Timeout, Passing),
        (Kind::Closed, Passing),
        (Kind::Other, Passing),
        (Kind::InvalidHttp, ForgivenOnce),
        (Kind::Http2Only, Final("protocol")),
        (Kind::Redirect, Final("protocol")),
        (Kind::Tls, Final("transport")),
        (Kind::BodyTooLarge, Final("protocol")),
        (Kind::HeadTooLarge, Final("protocol")),
    ];

    at_every_step(|step| {
        let kinds = kinds.into_iter().map(|(kind, class)| {
            let way = Way { failure: Some((step, kind)), ..Way::default() };
            (format!("{kind:?}"), Vec::new(), vec![class], way)
        });
        kinds.collect()
    });
}
