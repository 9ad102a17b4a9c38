//! Histories that have deceived somebody: a plain walk, a prototype, or an earlier version of this
//! crate. Ranks are the order of creation; `asc(0)` is the first page in that order, and
//! `desc(0)` the first in the opposite one.

use segments_core::Goal;
use segments_core::report::{Completeness, Strength};
use segments_tests::model::{Class, Ranks, Run, Setup, Story, asc, desc, naive};

fn of(goal: Goal, page_size: usize, listed: impl IntoIterator<Item = usize>) -> Setup {
    let listed = listed.into_iter().collect::<Ranks>();
    Setup { listed, ranks: 16, class: Class::All, ..Setup::quiet(goal, page_size, 0) }
}

fn ranks(found: &[(usize, usize)]) -> Vec<usize> {
    found.iter().map(|(rank, _)| *rank).collect()
}

#[test]
fn an_archived_segment_hides_another_from_a_plain_walk() {
    let run = Story::new(of(Goal::Walk, 2, 0..3)).read(asc(0)).archive(0).read(asc(1)).finish();
    assert_eq!(ranks(&run.found), [0, 1]);
    assert_eq!(naive(&run, 2).lost, 1);
    let run = Story::new(of(Goal::Complete, 2, 0..3)).read(asc(0)).archive(0).finish();
    assert!(ranks(&run.found).contains(&2));
    assert_eq!(run.result.unwrap().completeness, Completeness::Complete);
}

#[test]
fn a_restored_segment_hides_another_from_two_equal_passes() {
    let story = Story::new(of(Goal::Complete, 2, 0..3)).read(asc(0)).archive(0).read(desc(0));
    let run = story.read(asc(1)).restore(0).finish();
    assert_eq!(ranks(&run.found), [0, 1, 2]);
}

#[test]
fn a_count_is_deceived_by_an_undo_and_says_that_it_can_be() {
    let story = Story::new(of(Goal::Snapshot, 2, 0..3)).read(asc(0)).read(asc(1)).read(desc(0));
    let run = story.archive(0).read(desc(1)).restore(0).finish();
    let report = run.result.unwrap();
    assert!(report.assumptions.contains(&segments_core::report::Assumption::NoArchiveAndRestore));
}

#[test]
fn pages_in_flight_together_lose_nothing() {
    let setup = Setup { window: 2, ..of(Goal::Complete, 2, 0..4) };
    let run = Story::new(setup)
        .respond(asc(0))
        .archive(0)
        .read(desc(0))
        .read(asc(0))
        .read(asc(1))
        .finish();

    assert!([1, 2, 3].iter().all(|rank| ranks(&run.found).contains(rank)));
}

#[test]
fn a_restored_segment_before_the_reader_is_found() {
    let run = Story::new(of(Goal::Complete, 2, [0, 2])).read(asc(0)).restore(1).finish();
    assert_eq!(ranks(&run.found), [0, 1, 2]);
}

// Seen twice in one pass, first in a response that came later but stands earlier.
#[test]
fn a_segment_on_the_last_page_is_counted_whichever_answer_came_first() {
    let setup = Setup { window: 2, ..of(Goal::Snapshot, 2, 1..4) };
    let story = Story::new(setup).read(asc(0)).read(asc(1)).restore(0).respond(desc(1)).create(4);
    let run = story.read(desc(0)).read(desc(2)).read(desc(1)).finish();
    assert_eq!(ranks(&run.found), [0, 1, 2, 3, 4]);
}

// An edit in a response that overlaps the anchor was neither before nor after it.
#[test]
fn i31_attributes_that_changed_around_the_moment_are_not_settled() {
    let setup = Setup { window: 3, ..of(Goal::Snapshot, 2, [0, 1, 2, 4, 5]) };
    let story = Story::new(setup).read(asc(0)).read(asc(2)).read(asc(1)).read(asc(2)).read(desc(2));
    let run = story.edit(1).read(desc(0)).read(desc(1)).finish();
    let report = run.result.unwrap();
    assert!(report.snapshot.is_some());
}

// The last page was read again alone, and was another one by then.
#[test]
fn two_passes_do_not_agree_on_nothing() {
    let setup = Setup { window: 3, ..of(Goal::Snapshot, 6, []) };
    let story = Story::new(setup).read(asc(0)).respond(desc(2)).create(0).respond(desc(0));
    let run =
        story.create(1).read(desc(2)).archive(0).read(desc(0)).read(desc(0)).archive(1).finish();
    let claim = run.result.unwrap().snapshot.unwrap();
    assert!(claim.strength != Strength::Clean || run.world.listed().len() == run.found.len());
}

// The passes before and after the moment agree, and something came and went in between.
#[test]
fn what_came_and_went_around_the_moment_belongs_to_it() {
    let setup = Setup { window: 3, ..of(Goal::Snapshot, 3, [0, 1, 2, 4]) };
    let story = Story::new(setup).read(asc(0)).read(asc(2)).read(asc(1)).create(5);
    let run = story.read(asc(1)).archive(5).finish();
    assert_eq!(ranks(&run.found), [0, 1, 2, 4, 5]);
}

// The first response to come was that to a second attempt, and the interval began with its
// question.
#[test]
fn the_interval_begins_with_the_first_question_that_was_answered() {
    let setup = Setup { window: 2, ..of(Goal::Complete, 4, 0..2) };
    let story = Story::new(setup).respond(desc(0)).lose(asc(0)).create(2);
    let run = story.read(asc(0)).read(desc(0)).finish();
    assert!(run.result.unwrap().interval.unwrap().start.is_zero());
}

// A descending page says nothing of the length: it moves away from the reader as the list grows.
#[test]
fn a_list_that_grows_behind_the_reader_needs_no_second_round() {
    let story = Story::new(of(Goal::Complete, 2, 0..5))
        .read(asc(0))
        .read(desc(0))
        .read(asc(1))
        .read(asc(2));
    let run = story.create(5).create(6).finish();
    assert_eq!((run.answers.len(), run.result.unwrap().passes), (6, 2));
}

// What stood first ascending has come last descending: there is nothing behind it to ask for.
#[test]
fn a_descending_pass_ends_with_the_oldest() {
    let story = Story::new(of(Goal::Complete, 2, 0..4))
        .read(asc(0))
        .read(desc(0))
        .read(asc(1))
        .read(asc(2));
    let run = story.archive(1).finish();
    assert!(run.answers.iter().all(|answer| answer.list != desc(2)), "{run}");
    assert_eq!(ranks(&run.found).len(), 4);
}

// After a break nobody knows what was archived and restored: the last page is read anew, and what
// has to be seen after it. What was seen before it stays.
#[test]
fn a_count_does_not_outlast_a_break() {
    let story = Story::new(of(Goal::Complete, 2, 0..4))
        .read(asc(0))
        .read(desc(0))
        .read(asc(1))
        .read(asc(2));

    let whole = story.read(desc(0)).finish().result.unwrap();
    assert_eq!((whole.completeness, whole.passes), (Completeness::CompleteByCount, 2));

    let story = Story::new(of(Goal::Complete, 2, 0..4))
        .read(asc(0))
        .read(desc(0))
        .read(asc(1))
        .read(asc(2));

    let run = story.read(desc(0)).resume().finish();
    let broken = run.result.unwrap();

    assert_eq!((broken.completeness, broken.passes), (Completeness::CompleteByCount, 2));

    let after: Vec<_> = run.answers[5..].iter().map(|answer| answer.list).collect();
    assert_eq!(after, [asc(2), desc(0), desc(1)]);
}

// A proof is about what was listed all the time, and the line says of how many it speaks.
#[test]
fn what_came_or_went_is_not_called_proven() {
    let line = |run: Run| run.result.unwrap().to_string();
    let quiet = line(Story::new(of(Goal::Complete, 3, 0..4)).finish());

    assert!(quiet.starts_with("4 segments, proven complete: every pair of neighbours"), "{quiet}");

    let some = line(Story::new(of(Goal::Complete, 3, 0..4)).read(asc(0)).archive(1).finish());
    assert!(some.starts_with("4 segments, 3 of them proven complete: every pair"), "{some}");
    assert!(some.contains(", and 1 came or went meanwhile;"), "{some}");

    let none = Story::new(of(Goal::Complete, 3, 0..2)).read(asc(0)).archive(0).archive(1).finish();
    assert_eq!((none.found.len(), none.world.listed().len()), (2, 0), "{none}");

    let none = line(none);
    assert!(none.starts_with("2 segments, none of which was listed all the time:"), "{none}");
    assert!(!none.contains("proven"), "{none}");

    let empty = line(Story::new(of(Goal::Complete, 3, [])).finish());
    assert!(empty.starts_with("0 segments, proven complete: the list was empty, and again"));
}

// A boundary is the same in both orders, since something before it was archived.
#[test]
fn a_gap_costs_a_request_and_no_round() {
    let story = Story::new(of(Goal::Complete, 3, 0..12))
        .read(asc(0))
        .read(desc(0))
        .read(asc(1))
        .read(asc(2));
    let run = story.archive(7).finish();
    // Both ends, the rest of both passes, and the page on which the gap begins.
    mended(&run, 2 + 3 + 3 + 1, 2);
}

#[test]
fn a_gap_that_has_moved_is_looked_for_on_the_page_before() {
    let story = Story::new(of(Goal::Complete, 3, 0..12))
        .read(asc(0))
        .read(desc(0))
        .read(asc(1))
        .read(asc(2));
    let story = story.archive(7).read(asc(3)).read(desc(1)).read(desc(2));
    mended(&story.archive(3).archive(4).archive(5).finish(), 2 + 3 + 3 + 2, 1);
}

#[test]
fn a_gap_that_has_moved_is_looked_for_on_the_next_page() {
    let story = Story::new(of(Goal::Complete, 3, 3..15))
        .read(asc(0))
        .read(desc(0))
        .read(asc(1))
        .read(asc(2));
    let story = story.archive(10).read(asc(3)).read(desc(1)).read(desc(2));
    // And page 0 at last, to see that the three were restored before what stood on it.
    mended(&story.restore(0).restore(1).restore(2).finish(), 2 + 3 + 5 + 3 + 1, 0);
}

/// Complete in one round, with the last of so many requests on this page.
fn mended(run: &Run, requests: usize, page: u32) {
    let report = run.result.as_ref().unwrap();
    assert_eq!((report.completeness, report.passes), (Completeness::Complete, 2), "{run}");
    assert_eq!(run.answers.len(), requests, "{run}");
    assert_eq!(run.answers.last().unwrap().list, asc(page));
}

// 2 was shown by ascending pages alone, and came before everything.
#[test]
fn where_no_answer_compares_segments_their_last_places_do() {
    let story = Story::new(Setup { window: 4, ..of(Goal::Complete, 2, 0..8) });
    let story = story
        .read(asc(0))
        .read(desc(0))
        .read(asc(1))
        .read(asc(2))
        .read(asc(3))
        .read(asc(4))
        .read(asc(4));

    let run = story.respond(desc(3)).read(desc(0)).read(desc(1)).create(8).read(desc(2)).finish();
    assert_eq!(ranks(&run.found)[..8], [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(run.result.unwrap().completeness, Completeness::CompleteByCount);
}
