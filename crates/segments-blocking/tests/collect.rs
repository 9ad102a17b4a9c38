//! A whole list is the whole list, whatever was asked for before.

#[path = "../../segments-hyper/tests/shared/lists.rs"]
mod lists;

use lists::{GOALS, api, assert_handed_out, listed, server};
use segments_blocking::{Reader, agent};
use segments_core::{ErrorKind, Export, Goal, List, Plan};
use segments_emulator::{Fault, Script, ServerThread};

fn reader(server: &ServerThread, goal: Goal) -> Reader {
    Reader::new(Export::new(api(server), Plan::new(goal)), agent())
}

#[test]
fn a_list_that_was_begun_is_no_whole_list() {
    let server = server();
    for goal in GOALS {
        let mut begun = reader(&server, goal);
        begun.next().unwrap().unwrap();
        assert_handed_out(&begun.collect_all().unwrap_err(), 100);
        let mut begun = reader(&server, goal);
        begun.next_segments().unwrap().unwrap();
        assert_handed_out(&begun.collect_all().unwrap_err(), 100);
        // The refusal ends nothing.
        assert_eq!(begun.by_ref().flatten().count(), 150);
        assert_handed_out(&begun.collect_all().unwrap_err(), 250);

        let mut twice = reader(&server, goal);
        assert_eq!(twice.collect_all().unwrap().0, listed(&server));
        assert_handed_out(&twice.collect_all().unwrap_err(), 250);
    }
}

#[test]
fn a_list_that_was_kept_is_gone_on_with() {
    let server = server();
    for goal in GOALS {
        let (mut list, mut begun) = (List::default(), reader(&server, goal));
        list.apply(begun.next_batch().unwrap().unwrap());
        let checkpoint = begun.checkpoint();
        let (segments, report) = begun.collect_rest(list.clone()).unwrap();
        assert_eq!((segments, report.segments), (listed(&server), 250));

        let export = Export::resume(api(&server), Plan::new(goal), checkpoint).unwrap();
        let mut later = Reader::new(export, agent());
        assert_handed_out(&later.collect_all().unwrap_err(), 100);
        assert_handed_out(&later.collect_rest(List::default()).unwrap_err(), 100);
        assert_eq!(later.collect_rest(list).unwrap().0, listed(&server));
    }
}

#[test]
fn edits_that_were_passed_over_are_missed() {
    let server = server();
    let mut plan = Plan::new(Goal::Complete);
    plan.window = 1;
    let mut reader = Reader::new(Export::new(api(&server), plan), agent());
    let mut list = List::default();
    list.extend(reader.next_segments().unwrap().unwrap());
    server.emulator().with(|braze| {
        let id = braze.segments().nth(60).unwrap().id().to_owned();
        braze.rename(&id, "renamed").unwrap();
    });
    while let Some(batch) = reader.next_segments() {
        list.extend(batch.unwrap());
    }
    assert_eq!(list.len(), 250);
    assert_handed_out(&reader.collect_rest(list).unwrap_err(), 250);
}

#[test]
fn an_error_is_no_end_of_a_list() {
    let server = server();
    server
        .emulator()
        .with(|braze| braze.set_faults(Script::new().then(Fault::status(401).forever())));
    let mut reader = reader(&server, Goal::Walk);
    for _ in 0..2 {
        assert_eq!(*reader.collect_all().unwrap_err().kind(), ErrorKind::Refused);
    }
}
