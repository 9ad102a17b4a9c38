//! A cache on the way that ignores `Cache-Control: no-cache`: it answers with lists that are gone.
//!
//! Virtual time, and a cache as nginx or Varnish would be if they were set up so.

use std::collections::HashMap;
use std::time::Duration;

use http::{HeaderValue, Request, Response};
use segments_core::error::ResponseError;
use segments_core::report::Anomaly;
use segments_core::response::CacheSign;
use segments_core::{Error, ErrorKind, Export, Goal, Plan, Report};
use segments_core::{List, Segment, Step};
use segments_emulator::{Workspace, sample};
use segments_tests::properties::{KEY, api};
use segments_tests::world::EPOCH;

/// What a cache does.
#[derive(Debug, Clone, Copy)]
// Each is a setting of its own.
#[expect(clippy::struct_excessive_bools)]
struct Habits {
    /// How long it keeps a response, in seconds.
    keeps: u64,
    /// It tells queries apart.
    by_query: bool,
    /// It keeps first pages alone.
    first_pages: bool,
    /// It says how old a response is.
    says_age: bool,
    /// It passes request ids on.
    keeps_ids: bool,
    /// Somebody else has asked before, and a segment was archived since.
    is_warm: bool,
}

struct Cache {
    workspace: Workspace,
    habits: Habits,
    kept: HashMap<String, (Duration, Response<Vec<u8>>)>,
}

impl Cache {
    fn new(habits: Habits) -> Self {
        let workspace = Workspace::new().with_key(KEY).with_segments(sample(250, 1));
        let mut cache = Self { workspace, habits, kept: HashMap::new() };

        if habits.is_warm {
            for query in
                ["page=0&sort_direction=asc", "page=0&sort_direction=desc", "sort_direction=asc"]
            {
                let uri = format!("http://127.0.0.1:8080/segments/list?{query}");
                let request = Request::builder().uri(uri);
                let request = request.header("authorization", format!("Bearer {KEY}"));
                cache.answer(&request.body(()).unwrap(), Duration::ZERO);
            }
        }

        cache
    }

    fn answer(&mut self, request: &Request<()>, now: Duration) -> Response<Vec<u8>> {
        let Habits { keeps, by_query, first_pages, says_age, keeps_ids, .. } = self.habits;
        let query = request.uri().query().unwrap_or_default();
        let is_first = !query.contains("page=") || query.contains("page=0");
        let name = if by_query { query.to_owned() } else { String::new() };
        let kept = self.kept.get(&name).filter(|(at, _)| now < *at + Duration::from_secs(keeps));
        if let Some((at, response)) = kept {
            let mut response = response.clone();
            if says_age {
                let age = (now.saturating_sub(*at)).as_secs();
                response.headers_mut().insert("age", HeaderValue::from(age));
            }
            return response;
        }

        let mut response = self.workspace.answer(request, EPOCH + now);
        if !keeps_ids {
            response.headers_mut().remove("x-request-id");
        }
        if is_first || !first_pages {
            self.kept.insert(name, (now, response.clone()));
        }
        response
    }
}

/// What came of an export, and the lists that there were meanwhile.
struct Ended {
    result: Result<Report, Error>,
    report: Report,
    list: Vec<Segment>,
    truths: Vec<Vec<Segment>>,
}

/// Runs an export through a cache; a segment of the first page is archived in front of a request.
fn export(goal: Goal, window: u16, habits: Habits, archived_at: usize) -> Ended {
    let mut cache = Cache::new(habits);
    let mut plan = Plan::new(goal);
    plan.window = window;
    let (mut export, mut list) = (Export::new(api(), plan), List::default());
    let mut now = Duration::from_secs(10);
    let mut truths = vec![cache.workspace.segments().cloned().collect::<Vec<_>>()];

    if habits.is_warm {
        // Before the export begins, so that the first list is none that it may show.
        cache.workspace.archive(truths[0][50].id()).unwrap();
        truths = vec![cache.workspace.segments().cloned().collect()];
    }

    let mut asked = 0;
    loop {
        let result = loop {
            match export.poll(now) {
                Ok(Step::Batch(batch)) => list.apply(batch),
                Ok(Step::Done(report)) => break Some(Ok(report)),
                Err(error) => break Some(Err(error)),
                Ok(Step::Send(_) | Step::Wait { .. }) => break None,
            }
        };
        if let Some(result) = result {
            let list = match &result {
                Ok(report) => list.finish(report),
                Err(_) => list.segments().collect(),
            };
            return Ended { result, report: export.report(), list, truths };
        }
        let wanted = export.poll_fetches(now);
        if wanted.is_empty() {
            now = export.poll_timeout(now).unwrap();
        }
        for fetch in wanted {
            if asked == archived_at {
                cache.workspace.archive(truths[0][60].id()).unwrap();
                truths.push(cache.workspace.segments().cloned().collect());
            }
            asked += 1;
            assert!(asked < 1000, "no end");
            now += Duration::from_millis(1100);
            let response = cache.answer(&fetch.request(), now);
            export.handle_response(&fetch, now, &response);
        }
    }
}

fn habits() -> Vec<Habits> {
    let mut all = Vec::new();
    for keeps in [2, 600] {
        for bits in 0..32_u8 {
            let [by_query, first_pages, says_age, keeps_ids, is_warm] =
                [1, 2, 4, 8, 16].map(|bit| bits & bit > 0);
            all.push(Habits { keeps, by_query, first_pages, says_age, keeps_ids, is_warm });
        }
    }

    all
}

#[test]
fn p16_a_cache_is_noticed_or_does_no_harm() {
    let mut cases = (0, 0);
    for habits in habits() {
        // Without either nobody can see it: docs/known-risks.md.
        let can_be_seen = habits.says_age || habits.keeps_ids;
        for goal in [Goal::Complete, Goal::Snapshot] {
            for (window, archived_at) in [(1, 3), (1, 5), (4, 9)] {
                let name = format!("{goal} {window} {archived_at} {habits:?}");
                let Ended { result, report, list, truths } =
                    export(goal, window, habits, archived_at);
                match result {
                    Ok(_) if !can_be_seen => {}
                    Ok(_) => {
                        cases.0 += 1;
                        let was_true = truths.contains(&list);
                        let ids = |list: &[Segment]| -> Vec<String> {
                            list.iter().map(|one| one.id().to_owned()).collect()
                        };
                        let (first, last) = (&truths[0], truths.last().unwrap());
                        let got = ids(&list);
                        let whole = ids(last).iter().all(|id| got.contains(id));
                        assert!(whole, "{name}: {} of {}", list.len(), last.len());
                        assert!(
                            goal == Goal::Complete || was_true,
                            "{name}: {}, {}",
                            list.len(),
                            first.len()
                        );
                    }
                    Err(error) => {
                        cases.1 += 1;
                        let seen =
                            matches!(error.kind(), ErrorKind::Response(ResponseError::Cached(_)));
                        let reason = error.kind().name();
                        assert!(
                            seen || !can_be_seen || !habits.by_query && reason == "paging",
                            "{name}: {error}"
                        );
                        let sign = |one: &Anomaly| matches!(one, Anomaly::Cached { .. });
                        assert_eq!(seen, report.anomalies.iter().any(sign) && seen, "{name}");
                    }
                }
            }
        }
    }

    assert!(cases.0 > 50 && cases.1 > 50, "{cases:?}");
}

#[test]
fn p16_a_walk_reads_it_and_says_so() {
    let habits = Habits {
        keeps: 600,
        by_query: true,
        first_pages: true,
        says_age: true,
        keeps_ids: true,
        is_warm: true,
    };

    let Ended { result, list, .. } = export(Goal::Walk, 1, habits, usize::MAX);
    let report = result.unwrap();

    assert_eq!(list.len(), 249, "the archived one, and one behind it is missed");

    let signs: Vec<_> = report.anomalies.iter().collect();
    assert!(matches!(signs[..], [Anomaly::Cached { sign: CacheSign::Age(11), .. }]), "{signs:?}");
}

/// Whatever there is to see, and whatever comes first: one end.
#[test]
fn p16_a_cache_that_drops_the_query_ends_as_one_reason() {
    for habits in habits().into_iter().filter(|habits| !habits.by_query && habits.keeps > 2) {
        for goal in [Goal::Walk, Goal::Complete, Goal::Snapshot] {
            for window in [1, 2, 3, 4, 16] {
                let ended = export(goal, window, habits, usize::MAX);
                let reason = ended.result.map(drop).unwrap_err();
                let name = reason.kind().name();
                assert!(
                    matches!(name, "protocol" | "paging"),
                    "{goal} {window} {habits:?}: {reason}"
                );
            }
        }
    }
}
