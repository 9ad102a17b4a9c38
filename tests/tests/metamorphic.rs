//! What must not make a difference, and breaks, which must not make one either.

use segments_core::export::ResumeError;
use segments_core::report::Completeness;
use segments_core::{Api, ApiKey, Export, Goal, Instance, Plan, Report, SortDirection};
use segments_tests::model::{Class, Ranks, Run, Seeded, Setup, run, simulate};
use segments_tests::soak::{Kind, draw};

const GOALS: [Goal; 3] = [Goal::Walk, Goal::Complete, Goal::Snapshot];

fn drawn(goal: Goal, seed: u64) -> (Setup, Seeded) {
    let mut random = Seeded::new(seed);
    random.number();
    (draw(goal, Kind::Events(Class::All), &mut random), random)
}

/// A claim as a number: the higher, the stronger.
fn strength(run: &Run) -> (u8, u8) {
    let Ok(report) = &run.result else { return (0, 0) };
    let completeness = match report.completeness {
        Completeness::Complete => 2,
        Completeness::CompleteByCount => 1,
        _ => 0,
    };
    (completeness, report.snapshot.map_or(0, |claim| claim.strength as u8 + 1))
}

#[test]
fn i30_links_do_not_care_in_which_order_answers_come() {
    for len in 4..14 {
        for goal in [Goal::Complete, Goal::Snapshot] {
            let of = |seed| {
                let setup = Setup { window: 4, ..Setup::quiet(goal, 3, len) };
                simulate(setup, &mut Seeded::new(seed)).result.unwrap().completeness
            };
            let first = of(0);
            assert!((1..40).all(|seed| of(seed) == first), "{goal} of {len}");
        }
    }
}

#[test]
fn i34_a_break_changes_nothing_on_a_quiet_list() {
    for goal in GOALS {
        for seed in 0..150 {
            let mut random = Seeded::new(seed);
            let len = usize::try_from(random.number() % 12).unwrap();
            let window = 1 + u16::try_from(random.number() % 4).unwrap();
            let whole = Setup { window, ..Setup::quiet(goal, 3, len) };
            let broken = Setup { breaks: 2, ..whole };
            let (whole, broken) =
                (simulate(whole, &mut Seeded::new(seed)), simulate(broken, &mut random));
            let handed = |run: &Run| run.batches.iter().flatten().copied().collect::<Vec<_>>();
            assert_eq!((handed(&whole), &whole.found), (handed(&broken), &broken.found));
            assert!(strength(&broken).0 >= strength(&whole).0, "{goal} of {len}: {broken}");
        }
    }
}

// The simulation asserts that what is written down reads back as the same text.
#[test]
fn i35_a_checkpoint_is_taken_by_its_own_export_only() {
    let api = |instance: Instance| Api::new(instance.into(), ApiKey::new("key").unwrap());
    let ours = Plan::new(Goal::Complete);
    let saved =
        || Export::new(api(Instance::Us01), ours.clone()).checkpoint(std::time::Duration::ZERO);
    let resume = |instance, plan: &Plan| Export::resume(api(instance), plan.clone(), saved()).err();

    assert_eq!(resume(Instance::Us01, &ours), None);
    assert_eq!(resume(Instance::Us02, &ours), Some(ResumeError::Endpoint));

    let other = Plan::new(Goal::Walk);
    assert_eq!(resume(Instance::Us01, &other), Some(ResumeError::Goal { found: Goal::Complete }));

    let mut other = ours.clone();
    other.sort_direction = SortDirection::Desc;
    let found = SortDirection::Asc;

    assert_eq!(resume(Instance::Us01, &other), Some(ResumeError::SortDirection { found }));
}

#[test]
fn i36_after_a_break_claims_are_about_the_whole_interval() {
    for goal in GOALS {
        for seed in 0..150 {
            let (setup, mut random) = drawn(goal, seed);
            let run =
                simulate(Setup { breaks: 2, events: 3, instant: false, ..setup }, &mut random);
            let Ok(report) = run.result else { continue };
            assert!(report.interval.unwrap().end <= run.moments.last().unwrap().0, "seed {seed}");
            // A second passes before each response comes.
            let arrived = run.answers.iter().filter(|answer| answer.taken).count();
            assert!(report.interval.unwrap().length().as_secs() >= arrived as u64, "seed {seed}");
        }
    }
}

#[test]
fn i43_ids_do_not_matter() {
    for goal in GOALS {
        for seed in 0..150 {
            let of = |salt| {
                let (setup, mut random) = drawn(goal, seed);
                let ran = run(Setup { salt, ..setup }, &mut random);
                let names =
                    |ids: &[String]| -> Ranks { ids.iter().map(|id| ran.world.rank(id)).collect() };
                let rest = ran.result.as_ref().map_or_else(
                    |error| Err(error.to_string()),
                    |report: &Report| {
                        let Report {
                            completeness, snapshot, missed_by_first_pass, requests, ..
                        } = report.clone();
                        Ok((
                            completeness,
                            snapshot,
                            missed_by_first_pass,
                            requests,
                            names(&report.unlisted_meanwhile),
                        ))
                    },
                );
                let answers: Vec<_> = ran.answers.iter().map(|one| one.list).collect();
                (rest, ran.found.clone(), ran.batches.clone(), answers)
            };
            assert_eq!(of(0), of(0x5bd1_e995), "{goal}, seed {seed}");
        }
    }
}

// The world asserts that both show the same bytes for every response.
#[test]
fn the_emulator_makes_no_difference() {
    for goal in GOALS {
        for seed in 0..150 {
            let of = |emulator| {
                let (setup, mut random) = drawn(goal, seed);
                let run = simulate(Setup { emulator, edits: 2, ..setup }, &mut random);
                (strength(&run), run.found, run.batches, run.asked)
            };
            assert_eq!(of(false), of(true), "{goal}, seed {seed}");
        }
    }
}

// Only a walk is the same in both orders: the other goals begin with the ascending one and count on
// its pages. Their soundness does not depend on it, because segments come and go at any rank.
#[test]
fn i44_a_walk_mirrored_is_the_walk_of_the_mirrored_list() {
    for len in 0..14 {
        let walk = |direction| {
            let setup = Setup { direction, ..Setup::quiet(Goal::Walk, 3, len) };
            simulate(setup, &mut Seeded::new(1))
        };
        let (asc, desc) = (walk(SortDirection::Asc), walk(SortDirection::Desc));
        let mirrored: Vec<_> = desc.found.iter().map(|(rank, _)| (len - 1 - rank, 0)).collect();
        assert_eq!(asc.found, mirrored);
        assert_eq!(asc.answers.len(), desc.answers.len());
    }

    for goal in [Goal::Complete, Goal::Snapshot] {
        for seed in 0..100 {
            let of = |direction| {
                let (setup, mut random) = drawn(goal, seed);
                run(Setup { direction, ..setup }, &mut random)
            };
            let (asc, mut desc) = (of(SortDirection::Asc), of(SortDirection::Desc));
            if asc.result.is_ok() {
                desc.found.reverse();
            }
            assert_eq!((strength(&asc), asc.found), (strength(&desc), desc.found), "seed {seed}");
        }
    }
}

#[test]
fn i45_what_happens_after_the_last_answer_changes_nothing() {
    for goal in GOALS {
        for seed in 0..100 {
            let (setup, mut random) = drawn(goal, seed);
            let setup = Setup { events: 0, edits: 0, window: 1, failures: 0, breaks: 0, ..setup };
            let quiet = run(setup, &mut random);
            let last = quiet.answers.len();
            // Events only once the last response is made.
            let (_, mut random) = drawn(goal, seed);
            let late = segments_tests::model::run_until(setup, &mut random, last, |world| {
                world.change(0);
                world.edit(0);
            });
            assert_eq!(quiet.found, late.found, "{goal}, seed {seed}");
            assert_eq!(quiet.result.ok(), late.result.ok(), "{goal}, seed {seed}");
        }
    }
}

#[test]
fn i46_fewer_passes_never_make_a_claim_stronger() {
    for goal in [Goal::Complete, Goal::Snapshot] {
        for seed in 0..150 {
            let of = |max_passes| {
                let (setup, mut random) = drawn(goal, seed);
                strength(&run(Setup { max_passes, ..setup }, &mut random))
            };
            for passes in 1..8 {
                let (fewer, more) = (of(passes), of(passes + 1));
                assert!(fewer == more || fewer == (0, 0), "{goal}, seed {seed}, {passes} passes");
            }
        }
    }
}
