//! Checkpoints that an earlier build has written: this one still reads them.
//!
//! `tests/golden` holds some of each goal. Where the state has to change,
//! [`Checkpoint::VERSION`](segments_core::Checkpoint::VERSION) changes too, and
//!
//! ```console
//! $ SEGMENTS_WRITE_GOLDEN=1 cargo test --package segments-core --test golden
//! ```
//!
//! writes them again; `--package segments-cli --lib` writes the one of the program.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use segments_core::report::Completeness;
use segments_core::{
    Api, ApiKey, Checkpoint, Endpoint, Export, Goal, List, ListRequest, Page, Plan, Segment,
    SortDirection, Step,
};

/// Segments of the list, and how many stand on a page.
const SEGMENTS: u32 = 14;
const PAGE_SIZE: usize = 3;

/// What is asked for by those that read one page.
const ONE: ListRequest = ListRequest { page: 1, sort_direction: Some(SortDirection::Desc) };

/// After how many answers a checkpoint is kept. The last is more than any export takes.
const ANSWERS: [u32; 4] = [1, 4, 9, 99];

fn api() -> Api {
    let endpoint = Endpoint::new("https://rest.iad-01.braze.com").unwrap();
    Api::new(endpoint, ApiKey::new("CANARY-0123456789").unwrap())
}

fn plan(goal: Goal) -> Plan {
    let mut plan = Plan::new(goal);
    // Time, seed and window stand still: the same states every time.
    (plan.seed, plan.window) = (1, 1);
    plan
}

/// A page of the list, in which a segment gets another name after three answers.
fn page(list: ListRequest, answers: u32) -> http::Response<Vec<u8>> {
    let segment = |number: u32| {
        let name =
            if number == 1 && answers >= 3 { "edited".to_owned() } else { format!("ä{number}") };
        let id = match number {
            5 => "not a UUID".to_owned(),
            _ => format!("6d68ea15-26c4-4109-835a-{number:012}"),
        };
        Segment::new(id, name, number % 2 == 0, ["tag", ""]).unwrap()
    };
    let mut all: Vec<_> = (0..SEGMENTS).map(segment).collect();
    if list.sort_direction == Some(SortDirection::Desc) {
        all.reverse();
    }
    let rows = all.chunks(PAGE_SIZE).nth(list.page as usize).unwrap_or_default();
    rows.iter().cloned().collect::<Page>().to_http()
}

/// Goes on until so many answers have come, or to the end.
fn run(export: &mut Export, list: &mut List, most: u32) -> Option<segments_core::Report> {
    let mut answers = 0;
    loop {
        let now = Duration::from_millis(250 * u64::from(answers));
        match export.poll(now).unwrap() {
            Step::Batch(batch) => list.apply(batch),
            Step::Send(_) if answers == most => return None,
            Step::Send(fetch) => {
                answers += 1;
                export.handle_response(&fetch, now, &page(fetch.list(), answers));
            }
            Step::Done(report) => return Some(report),
            step @ Step::Wait { .. } => panic!("{step:?}"),
        }
    }
}

/// What a golden file is called, and how it is made.
fn golden() -> Vec<(String, Export, u32)> {
    let mut golden = Vec::new();
    for answers in ANSWERS {
        for goal in [Goal::Walk, Goal::Complete, Goal::Snapshot] {
            golden.push((format!("{goal}-{answers}"), Export::new(api(), plan(goal)), answers));
        }
    }
    for answers in [0, 1] {
        let single = Export::single(api(), plan(Goal::Walk), ONE);
        golden.push((format!("single-{answers}"), single, answers));
    }
    golden
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.json"))
}

#[test]
fn every_kept_checkpoint_is_read_and_gone_on_with() {
    for (name, mut export, answers) in golden() {
        let mut list = List::default();
        run(&mut export, &mut list, answers);
        let text = fs::read_to_string(file(&name)).unwrap();
        let checkpoint: Checkpoint = serde_json::from_str(&text).unwrap();
        let goal = export.plan().goal;
        let resumed = if name.starts_with("single") {
            Export::resume_single(api(), plan(goal), ONE, checkpoint)
        } else {
            Export::resume(api(), plan(goal), checkpoint)
        };
        let mut resumed = resumed.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(resumed.report().segments, list.len() as u64, "{name}");

        let report = run(&mut resumed, &mut list, u32::MAX).expect("an end");
        let segments = list.finish(&report);
        if name.starts_with("single") {
            assert_eq!(segments.len(), PAGE_SIZE, "{name}");
            continue;
        }
        let ids: Vec<_> = segments.iter().map(|segment| segment.id().to_owned()).collect();
        let all = (0..).map_while(|number| {
            let response = page(ListRequest::page(number), 0);
            let page = api().read(&response).unwrap();
            (!page.is_empty()).then(|| page.ids().map(str::to_owned).collect::<Vec<_>>())
        });
        assert_eq!(ids, all.flatten().collect::<Vec<_>>(), "{name}");
        let complete = report.completeness == Completeness::Complete;
        assert_eq!(complete, goal != Goal::Walk, "{name}: {report}");
        assert_eq!(report.snapshot.is_some(), goal == Goal::Snapshot, "{name}: {report}");
    }
}

#[test]
fn what_is_written_is_what_was_kept() {
    for (name, mut export, answers) in golden() {
        run(&mut export, &mut List::default(), answers);
        let checkpoint = export.checkpoint(Duration::from_secs(9));
        let text = serde_json::to_string_pretty(&checkpoint).unwrap() + "\n";
        if std::env::var_os("SEGMENTS_WRITE_GOLDEN").is_some() {
            fs::write(file(&name), &text).unwrap();
        }
        let kept = fs::read_to_string(file(&name)).unwrap();
        assert!(kept == text, "{name} is another one now: see the first lines of this file");
    }
}
