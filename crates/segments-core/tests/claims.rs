//! What a report says, and when it says nothing: after an error, about times, about fetches of
//! others.

use std::time::Duration;

use http::Response;
use segments_core::error::PagingError;
use segments_core::export::Outcome;
use segments_core::report::{Completeness, OrderBasis};
use segments_core::{
    Api, ApiKey, Batch, ErrorKind, Export, Goal, Instance, List, Page, Plan, Report, Segment,
    SortDirection, Step, TransportError, TransportErrorKind,
};

const GOALS: [Goal; 3] = [Goal::Walk, Goal::Complete, Goal::Snapshot];

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn export(goal: Goal, change: impl FnOnce(&mut Plan)) -> Export {
    let mut plan = Plan::new(goal);
    (plan.window, plan.page_size) = (1, 2);
    change(&mut plan);
    Export::new(Api::new(Instance::Us01.into(), ApiKey::new("key").unwrap()), plan)
}

fn page(ids: &str) -> Response<Vec<u8>> {
    let segment = |id: char| Segment::new(id.to_string(), "", true, [""; 0]).unwrap();
    ids.chars().map(segment).collect::<Page>().to_http()
}

fn refusal(status: u16) -> Response<Vec<u8>> {
    Response::builder().status(status).body(Vec::new()).unwrap()
}

/// The page of a list of single letters, two to a page.
fn of(list: &str, fetch: &segments_core::Fetch) -> Response<Vec<u8>> {
    let mut ids: Vec<char> = list.chars().collect();
    if fetch.list().sort_direction == Some(SortDirection::Desc) {
        ids.reverse();
    }
    let ids: String = ids.into_iter().skip(2 * fetch.list().page as usize).take(2).collect();
    page(&ids)
}

/// Answers the requests in turn, one a second, until the end: the report, why it failed, and what
/// was handed out.
fn drive(
    export: &mut Export,
    mut answer: impl FnMut(usize, &segments_core::Fetch) -> Response<Vec<u8>>,
) -> (Report, Option<ErrorKind>, u64) {
    let (mut answers, mut handed) = (0, 0);
    let reason = loop {
        let now = at(answers as u64);
        match export.poll(now) {
            Ok(Step::Send(fetch)) => {
                let response = answer(answers, &fetch);
                answers += 1;
                export.handle_response(&fetch, at(answers as u64), &response);
            }
            Ok(Step::Batch(Batch::Segments(batch))) => handed += batch.len() as u64,
            Ok(Step::Batch(Batch::Updates(_))) => {}
            Ok(Step::Wait { .. }) => answers += 1,
            Ok(Step::Done(_)) => break None,
            Err(error) => break Some(error.kind().clone()),
        }
    };
    (export.report(), reason, handed)
}

fn claims_nothing(report: &Report, goal: Goal) {
    let nothing =
        if goal == Goal::Walk { Completeness::Unverified } else { Completeness::NotProven };
    assert_eq!(report.completeness, nothing, "{report:?}");
    assert!(!report.ended && report.snapshot.is_none() && report.assumptions.is_empty());
    assert!(report.unlisted_meanwhile.is_empty() && report.edited_meanwhile.is_empty());
    assert_eq!((report.missed_by_first_pass, report.order_basis), (0, OrderBasis::AsRead));
    assert_eq!(report.order, None);
}

// Every way to fail, for every goal, after the same good beginning.
#[test]
fn after_an_error_nothing_is_claimed() {
    type Change = fn(&mut Plan);
    type Answer = fn(&segments_core::Fetch) -> Response<Vec<u8>>;
    let list: Answer = |fetch| of("abcdefg", fetch);
    let ways: [(&str, Change, Answer); 8] = [
        ("deadline", |plan| plan.deadline = Some(at(3)), list),
        ("requests", |plan| plan.max_requests = 3, list),
        ("pages", |plan| plan.max_pages = 2, list),
        ("memory", |plan| plan.max_memory = 1, list),
        ("key", |_| (), |_| refusal(401)),
        ("status", |_| (), |_| refusal(404)),
        ("server", |_| (), |_| refusal(503)),
        ("repeated", |_| (), |_| page("aa")),
    ];
    for goal in GOALS {
        for (way, change, answer) in ways {
            let mut export = export(goal, change);
            claims_nothing(&export.report(), goal);
            let (report, reason, handed) =
                drive(
                    &mut export,
                    |answers, fetch| {
                        if answers < 2 { of("abcdefg", fetch) } else { answer(fetch) }
                    },
                );
            assert!(reason.is_some(), "{goal}, {way}");
            claims_nothing(&report, goal);
            assert_eq!(report.segments, handed, "{goal}, {way}");
            assert!(report.gaps.is_empty(), "{goal}, {way}: it did not come to that");
        }
    }
}

#[test]
fn a_goal_that_is_not_reached_is_not_claimed() {
    // The order is ignored.
    let (report, reason, _) = drive(&mut export(Goal::Complete, |_| ()), |_, fetch| {
        let ids: String = "abcdef".chars().skip(2 * fetch.list().page as usize).take(2).collect();
        page(&ids)
    });
    assert!(matches!(reason, Some(ErrorKind::NotProven(_))), "{reason:?}");
    claims_nothing(&report, Goal::Complete);

    // One is archived before each answer.
    for passes in [2, 3, 4] {
        let mut export = export(Goal::Snapshot, |plan| plan.max_passes = passes);
        let (report, reason, _) = drive(&mut export, |answers, fetch| {
            let list: String = ('a'..='z').skip(answers).collect();
            of(&list, fetch)
        });
        assert!(matches!(reason, Some(ErrorKind::NotProven(_))), "{reason:?}");
        claims_nothing(&report, Goal::Snapshot);
    }
}

#[test]
fn claims_can_be_taken_back() {
    for goal in GOALS {
        let (report, reason, _) = drive(&mut export(goal, |_| ()), |_, fetch| of("abc", fetch));
        assert_eq!((reason, report.ended), (None, true));
        let without = report.clone().without_claims();
        claims_nothing(&without, goal);
        assert_eq!((without.requests, without.segments), (report.requests, 3));
    }
}

#[test]
fn a_page_that_is_refused_counts_nothing() {
    for goal in GOALS {
        for repeated in ["xx", "xyx", "axa", "aa", "axyzx"] {
            let mut export = export(goal, |_| ());
            let (report, reason, handed) = drive(&mut export, |answers, fetch| {
                if answers == 0 { of("abcdefg", fetch) } else { page(repeated) }
            });
            let row = repeated.len() - 1;
            assert_eq!(reason, Some(ErrorKind::Paging(PagingError::RepeatedId { row })));
            assert_eq!((report.segments, report.pages), (handed, handed / 2), "{repeated}");
            assert!(report.anomalies.is_empty());
        }
    }
}

// A simulation in which answers take no time has its first one at its zero.
#[test]
fn an_interval_can_begin_and_end_at_zero() {
    let mut export = export(Goal::Walk, |_| ());
    assert_eq!(export.report().interval, None);
    let fetch = export.poll_fetches(Duration::ZERO).remove(0);
    export.handle_response(&fetch, Duration::ZERO, &page("ab"));
    let interval = export.report().interval.unwrap();
    assert_eq!((interval.start, interval.end), (Duration::ZERO, Duration::ZERO));
    let fetch = export.poll_fetches(at(5)).remove(0);
    export.handle_response(&fetch, at(6), &page("c"));
    let interval = export.report().interval.unwrap();
    assert_eq!((interval.start, interval.end), (Duration::ZERO, at(6)));
}

#[test]
fn the_time_that_it_took_is_not_that_of_its_responses() {
    let mut export = export(Goal::Walk, |_| ());
    assert_eq!(export.report().elapsed, Duration::ZERO);
    let stalled = |export: &mut Export, from: u64, to: u64| {
        let fetch = export.poll_fetches(at(from)).remove(0);
        export.handle_failure(&fetch, at(to), TransportError::new(TransportErrorKind::Timeout, ""));
    };
    // The caller's zero is not the beginning.
    stalled(&mut export, 100, 101);
    stalled(&mut export, 110, 111);
    for (now, ids) in [(120, "ab"), (121, "c"), (122, "")] {
        let fetch = export.poll_fetches(at(now)).remove(0);
        export.handle_response(&fetch, at(now), &page(ids));
        while let Ok(Step::Batch(Batch::Segments(_))) = export.poll(at(now)) {}
    }
    let Ok(Step::Done(report)) = export.poll(at(122)) else { panic!("not done") };
    assert_eq!((report.elapsed, report.interval.unwrap().length()), (at(22), at(2)));
    let said = report.to_string();
    assert!(said.contains(", 5 requests, 22.0 s (responses within 2.0 s), 2 retries"), "{said}");
    // What comes after the end took no time of the export.
    assert!(export.poll(at(500)).is_ok());
    assert_eq!(export.report().elapsed, at(22));
}

#[test]
fn the_time_of_earlier_processes_counts_and_that_in_between_does_not() {
    let mut first = export(Goal::Walk, |_| ());
    let fetch = first.poll_fetches(at(50)).remove(0);
    first.handle_response(&fetch, at(53), &page("a"));
    let checkpoint = first.checkpoint(at(54));
    let api = first.api().clone();
    let mut second = Export::resume(api, first.plan().clone(), checkpoint).unwrap();
    let (report, ..) = drive(&mut second, |_, _| page(""));
    assert_eq!(report.elapsed, at(4 + 1));
}

#[test]
fn what_came_after_the_first_pass_is_counted_and_no_more() {
    // While the descending pass is read, h is created: the walk had ended by then.
    let late = |goal, before| {
        let (report, ..) = drive(&mut export(goal, |_| ()), |answers, fetch| {
            of(if answers < before { "abcdefg" } else { "abcdefgh" }, fetch)
        });
        report.missed_by_first_pass
    };
    assert_eq!((late(Goal::Walk, 5), late(Goal::Complete, 5)), (0, 1));
    // Which shows it too late for the moment of a snapshot.
    assert_eq!(late(Goal::Snapshot, 6), 0);
    let (report, ..) = drive(&mut export(Goal::Complete, |_| ()), |answers, fetch| {
        // The plain walk loses d.
        of(if answers < 3 { "abcdefg" } else { "acdefg" }, fetch)
    });
    let said = report.to_string();
    assert_eq!(report.missed_by_first_pass, 1, "{said}");
    assert!(said.contains("; the first pass missed 1 of them; "), "{said}");
}

#[test]
fn an_answer_with_the_fetch_of_another_export_is_not_taken() {
    for goal in GOALS {
        let (mut one, mut other) = (export(goal, |_| ()), export(goal, |_| ()));
        let fetch = one.poll_fetches(at(0)).remove(0);
        let same = other.poll_fetches(at(0)).remove(0);
        assert_eq!(fetch.id(), same.id());
        assert_eq!(*other.handle_response(&fetch, at(1), &page("ab")).outcome(), Outcome::Foreign);
        let failure = TransportError::new(TransportErrorKind::Closed, "");
        assert_eq!(*other.handle_failure(&fetch, at(1), failure).outcome(), Outcome::Foreign);
        let report = other.report();
        assert_eq!((report.requests, report.retries, report.segments), (0, 0, 0));
        assert_eq!(other.poll_fetches(at(1))[0].attempt(), 1);

        // Nor with one from before a break.
        let (api, plan) = (one.api().clone(), one.plan().clone());
        let mut resumed = Export::resume(api, plan, one.checkpoint(at(1))).unwrap();
        let exchange = resumed.handle_response(&fetch, at(1), &page("ab"));
        assert_eq!(*exchange.outcome(), Outcome::Foreign);
        assert!(exchange.to_string().ends_with(", handed in with the fetch of another export"));
        assert!(matches!(
            one.handle_response(&fetch, at(1), &page("ab")).outcome(),
            Outcome::Page { .. }
        ));
    }
}

// The answer to one request, handed in for two pages: every row a second time.
#[test]
fn a_page_under_two_numbers_ends_the_export() {
    for goal in GOALS {
        let (_, reason, _) = drive(&mut export(goal, |_| ()), |_, fetch| {
            let list = fetch.list();
            let number = if list.page == 2 { 1 } else { list.page };
            let ids: String = match list.sort_direction {
                Some(SortDirection::Desc) => "ihgfedcba",
                _ => "abcdefghi",
            }
            .chars()
            .skip(2 * number as usize)
            .take(2)
            .collect();
            page(&ids)
        });
        let fault = matches!(reason, Some(ErrorKind::Paging(PagingError::RepeatedPage { .. })));
        assert!(fault, "{goal}: {reason:?}");
    }
}

// The last page of two passes is cut by as many rows as that of the pass which confirms them. The
// count is right, and the list would end with other rows than the page that was read at its moment.
#[test]
fn a_list_ends_with_the_page_that_was_read_at_its_moment() {
    let cuts = [(1, "de"), (7, "de"), (10, "cb")];
    let mut snapshot = export(Goal::Snapshot, |plan| plan.page_size = 3);
    let (report, reason, handed) = drive(&mut snapshot, |answers, fetch| {
        let desc = fetch.list().sort_direction == Some(SortDirection::Desc);
        let pages = if desc { ["fed", "cba"] } else { ["abc", "def"] };
        let whole = pages.get(fetch.list().page as usize).copied().unwrap_or_default();
        let cut = cuts.iter().find(|(answer, _)| *answer == answers);
        page(cut.map_or(whole, |(_, ids)| ids))
    });
    assert_eq!((reason, handed), (None, 6));
    assert_eq!(report.segments, 6, "{report}");
}

#[test]
fn a_list_is_whole_with_every_segment_and_every_edit() {
    let mut export = export(Goal::Complete, |_| ());
    let (mut whole, mut without_edits) = (List::default(), List::default());
    let (mut responses, mut now) = (0, at(0));

    loop {
        match export.poll(now).unwrap() {
            Step::Send(fetch) => {
                responses += 1;
                let name = if responses == 1 { "before" } else { "after" };
                let segment = Segment::new("a", name, true, [""; 0]).unwrap();
                let rows = (fetch.list().page == 0).then_some(segment);
                export.handle_response(&fetch, now, &rows.into_iter().collect::<Page>().to_http());
            }
            Step::Wait { until } => now = until,
            Step::Batch(batch) => {
                if let Batch::Segments(segments) = &batch {
                    without_edits.extend(segments.iter().cloned());
                }
                whole.apply(batch);
            }
            Step::Done(_) => break,
        }
    }
    assert_eq!((whole.segments().next().unwrap().name(), without_edits.len()), ("after", 1));

    let (api, plan) = (export.api().clone(), export.plan().clone());
    let resumed = Export::resume(api, plan, export.checkpoint(now)).unwrap();
    for export in [export, resumed] {
        assert_eq!(export.check_list(&whole), Ok(()));
        for lacking in [&without_edits, &List::default()] {
            let error = export.check_list(lacking).unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::HandedOut { segments: 1 });
        }
    }
}
