//! What holds for every claim and every segment, over random exports: page sizes, lengths, events,
//! windows, failures and breaks are drawn. The number of a test is that of its invariant.

use segments_core::report::{Assumption, Completeness, OrderBasis, Strength};
use segments_core::{Goal, Report, SortDirection};
use segments_tests::model::{
    Class, Exhaustive, Ranks, Run, Seeded, Setup, falsehoods, judge, run, simulate,
};
use segments_tests::soak::{Kind, draw};

const GOALS: [Goal; 3] = [Goal::Walk, Goal::Complete, Goal::Snapshot];

/// Holds random exports of these goals and classes against a property.
fn every(goals: &[Goal], classes: &[Class], holds: impl Fn(&Setup, &Run) -> bool) {
    for seed in 0..60 {
        for goal in goals {
            for class in classes {
                let mut random = Seeded::new(seed << 8 | *class as u64);
                random.number();
                let setup = draw(*goal, Kind::Events(*class), &mut random);
                let run = simulate(setup, &mut random);
                assert!(holds(&setup, &run), "seed {seed}: {setup:?}\n{run}");
            }
        }
    }
}

fn handed(run: &Run) -> Vec<(usize, usize)> {
    run.batches.iter().flatten().copied().collect()
}

fn all(run: &Run) -> Ranks {
    run.found.iter().map(|(rank, _)| *rank).collect()
}

fn stable(run: &Run) -> Ranks {
    run.world.stable(0, run.world.now())
}

#[test]
fn i01_every_segment_was_listed_at_some_moment() {
    every(&GOALS, &Class::EVERY, |_, run| {
        handed(run).iter().all(|(rank, _)| run.world.ever().contains(*rank))
    });
}

#[test]
fn i02_every_set_of_attributes_was_so_at_some_moment() {
    every(&GOALS, &[Class::All, Class::Archive], |_, run| {
        let mut rows = handed(run).into_iter().chain(run.found.iter().copied());
        rows.all(|(rank, version)| run.world.had(rank, version))
    });
}

#[test]
fn i03_no_segment_is_handed_out_twice() {
    every(&GOALS, &Class::EVERY, |_, run| {
        let ranks: Ranks = handed(run).iter().map(|(rank, _)| *rank).collect();
        ranks.len() == handed(run).len() && all(run).len() == run.found.len()
    });
}

#[test]
fn i04_the_order_of_an_answer_is_kept() {
    every(&GOALS, &[Class::All, Class::NoArchiveAndRestore], |_, run| {
        run.batches.iter().all(|batch| {
            run.answers.iter().any(|answer| {
                let mut rows = answer.rows.iter();
                batch.iter().all(|(rank, _)| rows.any(|row| row == rank))
            })
        })
    });
}

#[test]
fn i05_pages_are_handed_out_in_order_whichever_comes_first() {
    for goal in GOALS {
        for len in 0..12 {
            let one = Setup { listed: Ranks::first(len), ..Setup::quiet(goal, 3, len) };
            let expected = handed(&simulate(one, &mut Exhaustive::default()));
            for seed in 0..40 {
                let window = 2 + u16::try_from(seed % 6).unwrap();
                let run = simulate(Setup { window, ..one }, &mut Seeded::new(seed));
                assert_eq!(handed(&run), expected, "{goal} of {len}, window {window}");
            }
        }
    }
}

// A break drops what came before its turn, and so does an error.
#[test]
fn i06_whatever_was_taken_is_handed_out() {
    every(&GOALS, &Class::EVERY, |setup, run| {
        let ranks: Ranks = handed(run).iter().map(|(rank, _)| *rank).collect();
        let mut taken = run.answers.iter().filter(|answer| answer.taken);
        setup.breaks > 0
            || setup.window > 1 && run.result.is_err()
            || setup.deadline > 0
            || taken.all(|answer| answer.rows.iter().all(|rank| ranks.contains(*rank)))
    });
}

#[test]
fn i07_the_final_order_agrees_with_every_answer() {
    every(&[Goal::Complete, Goal::Snapshot], &Class::EVERY, |setup, run| {
        let place = |rank: &usize| run.found.iter().position(|(found, _)| found == rank);
        let mut taken = run.answers.iter().filter(|answer| answer.taken);
        let agrees = taken.all(|answer| {
            let mut places: Vec<usize> = answer.rows.iter().filter_map(place).collect();
            if answer.list.sort_direction == Some(SortDirection::Desc) {
                places.reverse();
            }
            places.is_sorted()
        });
        run.result.is_err() || setup.window > 1 || setup.breaks > 0 || agrees
    });
}

#[test]
fn i08_i11_complete_misses_nothing_that_was_listed_all_the_time() {
    every(&[Goal::Complete, Goal::Snapshot], &Class::EVERY, |_, run| {
        let claims = |report: &segments_core::Report| report.completeness == Completeness::Complete;
        !run.result.as_ref().is_ok_and(claims) || stable(run).without(all(run)).is_empty()
    });
}

#[test]
fn i09_the_volatile_were_unlisted_at_some_moment() {
    every(&[Goal::Complete, Goal::Snapshot], &Class::EVERY, |_, run| {
        let Ok(report) = &run.result else { return true };
        report.unlisted_meanwhile.iter().all(|id| !stable(run).contains(run.world.rank(id)))
    });
}

#[test]
fn i13_a_snapshot_is_the_list_of_its_moment() {
    every(&[Goal::Snapshot], &Class::EVERY, |_, run| {
        let mut moments = 0..=run.world.now();
        run.result.is_err()
            || run.world.undone()
            || moments.any(|moment| run.world.at(moment) == all(run))
    });
}

#[test]
fn i14_two_equal_passes_are_not_deceived_by_few_events() {
    for seed in 0..1000 {
        let mut random = Seeded::new(seed);
        let setup = draw(Goal::Snapshot, Kind::Events(Class::All), &mut random);
        let setup = Setup { events: 4, window: 1, failures: 0, per_mille: 300, ..setup };
        simulate(setup, &mut random);
    }
}

#[test]
fn i15_an_atomic_snapshot_came_in_one_answer() {
    every(&[Goal::Snapshot], &Class::EVERY, |setup, run| {
        let atomic = |report: &segments_core::Report| {
            report.snapshot.is_some_and(|claim| claim.strength == Strength::Atomic)
        };
        if !run.result.as_ref().is_ok_and(atomic) {
            return true;
        }
        // Of several in flight an empty page can come before it.
        let taken = run.answers.iter().filter(|answer| answer.taken && !answer.rows.is_empty());
        let [only] = taken.collect::<Vec<_>>()[..] else { return false };
        let rows: Ranks = only.rows.iter().copied().collect();
        only.list.page == 0 && rows == all(run) && only.rows.len() < setup.page_size
    });
}

// The simulation compares the anomalies before and after every response, in debug builds.
#[test]
fn i16_evidence_is_never_taken_back() {
    every(&GOALS, &[Class::All], |_, run| {
        run.result.as_ref().is_ok_and(|report| report.anomalies_omitted == 0) || run.result.is_err()
    });
}

#[test]
fn i23_a_quiet_list_gives_the_strongest_claim_and_no_evidence() {
    for goal in [Goal::Complete, Goal::Snapshot] {
        for len in 0..14 {
            for seed in 0..20 {
                let window = 1 + u16::try_from(seed % 5).unwrap();
                let setup = Setup { window, ..Setup::quiet(goal, 3, len) };
                let report = simulate(setup, &mut Seeded::new(seed)).result.unwrap();
                assert_eq!(
                    (report.anomalies, report.missed_by_first_pass),
                    (Vec::new(), 0),
                    "{len}, {window}"
                );
                let strength = report.snapshot.map(|claim| claim.strength);
                match goal {
                    Goal::Snapshot if len < 3 && len > 0 => {
                        assert_eq!(strength, Some(Strength::Atomic), "{len}, {window}");
                    }
                    Goal::Snapshot => {
                        assert_eq!(strength, Some(Strength::Clean), "{len}, {window}");
                    }
                    _ if len > 3 && len % 3 == 0 => {
                        assert_eq!(report.completeness, Completeness::CompleteByCount, "{len}");
                    }
                    _ => assert_eq!(report.completeness, Completeness::Complete, "{len}"),
                }
            }
        }
    }
}

// Nothing is promised where the order of equal creation times changes while the list does. On a
// quiet list the count catches it.
#[test]
fn a_quiet_list_without_a_stable_order_is_never_called_complete_with_one_missing() {
    for seed in 0..1500 {
        let mut random = Seeded::new(seed);
        let setup = draw(Goal::Complete, Kind::QuietTies, &mut random);
        let ran = run(setup, &mut random);
        let Ok(report) = &ran.result else { continue };
        assert_eq!(report.segments, setup.listed.len() as u64, "seed {seed}: {setup:?}\n{ran}");
    }
}

// The judge itself: what it holds to be false.
#[test]
fn the_judge_sees_a_missing_and_an_invented_segment() {
    let setup = Setup::quiet(Goal::Complete, 2, 5);
    let honest = || simulate(setup, &mut Exhaustive::default());
    let mut missing = honest();
    missing.found.remove(2);
    let seen = |run: &Run, what| falsehoods(&setup, run).contains(&what);

    assert!(seen(&missing, "complete, and a segment is missing"));
    assert!(seen(&missing, "shorter than what the answers showed"));
    assert_eq!(judge(&setup, &missing), Err("another number of segments than handed out"));

    let mut invented = honest();
    invented.found.push((7, 0));

    assert_eq!(judge(&setup, &invented), Err("a segment was never listed"));

    let mut edited = honest();
    edited.found[0].1 = 1;

    assert_eq!(judge(&setup, &edited), Err("attributes it never had"));

    let mut swapped = honest();
    swapped.found.swap(0, 1);

    assert_eq!(judge(&setup, &swapped), Err("stable segments not in the order of creation"));

    let setup = Setup::quiet(Goal::Snapshot, 2, 5);
    let mut late = simulate(setup, &mut Exhaustive::default());
    late.found.remove(0);
    late.result.as_mut().unwrap().completeness = Completeness::Unverified;

    assert!(falsehoods(&setup, &late).contains(&"the list at no moment of the snapshot"));
}

#[test]
fn the_judge_reads_the_report() {
    let setup = Setup::quiet(Goal::Complete, 2, 5);
    let judged = |change: fn(&mut Report)| {
        let mut run = simulate(setup, &mut Exhaustive::default());
        change(run.result.as_mut().unwrap());
        judge(&setup, &run)
    };
    assert_eq!(judged(|report| report.missed_by_first_pass = 1), Err("late says too much"));
    assert_eq!(judged(|report| report.order_basis = OrderBasis::AsRead), Err("no order"));
    assert_eq!(judged(|report| report.elapsed *= 2), Err("another time than it took"));
    let too_long = Err("an interval longer than the export");
    assert_eq!(judged(|report| report.elapsed /= 2), too_long);

    for goal in GOALS {
        let setup = Setup { deadline: 3, ..Setup::quiet(goal, 2, 8) };
        let judged = |change: fn(&mut Report)| {
            let mut run = simulate(setup, &mut Exhaustive::default());
            change(&mut run.report);
            judge(&setup, &run)
        };
        assert_eq!(judged(|report| report.ended = true), Err("ended, after an error"));
        assert_eq!(judged(|report| report.missed_by_first_pass = 1), Err("late after an error"));
        let completeness = judged(|report| report.completeness = Completeness::CompleteByCount);
        assert_eq!(completeness, Err("completeness after an error"));
        let assumption = judged(|report| report.assumptions.push(Assumption::NoArchiveAndRestore));
        assert_eq!(assumption, Err("an assumption after an error"));
        let unlisted_meanwhile = judged(|report| report.unlisted_meanwhile.push("0".to_owned()));
        assert_eq!(unlisted_meanwhile, Err("segments after an error"));
        let segments = judged(|report| report.segments += 1);
        assert_eq!(segments, Err("segments that were never handed out"));
        let order = judged(|report| report.order_basis = OrderBasis::Guess);
        assert_eq!(order, Err("an order after an error"));
    }
}
