//! The table over the bare core and both adapters; the program's part is with the program.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use segments_core::{Api, ApiKey, Endpoint, Error, Export, Segment};
use segments_emulator::{Emulator, Server};
use segments_tests::cases::{Case, table};
use segments_tests::world::{Way, run_with};

/// Most cases wait for a server or a clock, so some run side by side.
fn in_parallel(run: impl Fn(&Case) + Sync) {
    let (table, next) = (table(), AtomicUsize::new(0));
    let worker = || {
        while let Some(case) = table.get(next.fetch_add(1, Ordering::Relaxed)) {
            run(case);
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..8).map(|_| scope.spawn(worker)).collect();
        for worker in workers {
            if let Err(panic) = worker.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

fn judge(case: &Case, layer: &str, result: &Result<(), Error>, segments: &[Segment]) {
    let text =
        result.as_ref().map_or_else(|error| format!("{error} {error:?}"), |()| String::new());
    assert!(!text.contains("CANARY"), "{layer}: {}: {text}", case.name);
    let reason = result.as_ref().map_or_else(|error| error.reason().name(), |()| "");
    case.judge(layer, None, reason, segments);
}

fn export(case: &Case, url: &str, window: u16) -> Export {
    let api = Api::new(Endpoint::new(url).unwrap(), ApiKey::new(case.key).unwrap());
    let mut plan = case.limits.plan();
    plan.window = window;
    Export::new(api, plan)
}

#[test]
fn the_bare_core_does_what_the_table_says() {
    for case in table() {
        for window in [1, 4] {
            let mut plan = case.limits.plan();
            plan.window = window;
            let way = Way { seed: window.into(), latency: 5, ..Way::default() };
            let run = run_with(case.workspace(), plan, case.key, way);
            judge(&case, "core", &run.result.map(drop), &run.list);
        }
    }
}

#[test]
fn hyper_does_what_the_table_says() {
    let client = segments_hyper::Client::new().unwrap();
    in_parallel(|case| {
        let server = Server::spawn(Emulator::new(case.workspace())).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (result, segments) = runtime.block_on(async {
            let export = export(case, &server.url(), 4);
            let mut reader = segments_hyper::Reader::new(export, client.clone());
            let mut segments = Vec::new();
            while let Some(segment) = reader.next().await {
                match segment {
                    Ok(segment) => segments.push(segment),
                    Err(error) => return (Err(error), segments),
                }
            }
            (Ok(()), segments)
        });
        judge(case, "hyper", &result, &segments);
    });
}

#[test]
fn blocking_does_what_the_table_says() {
    let agent = segments_blocking::agent();
    in_parallel(|case| {
        let server = Server::spawn(Emulator::new(case.workspace())).unwrap();
        let reader = segments_blocking::Reader::new(export(case, &server.url(), 1), agent.clone());
        let mut segments = Vec::new();
        let mut result = Ok(());
        for segment in reader {
            match segment {
                Ok(segment) => segments.push(segment),
                Err(error) => result = Err(error),
            }
        }
        judge(case, "blocking", &result, &segments);
    });
}

#[test]
fn the_names_are_one_each() {
    let mut names: Vec<_> = table().iter().map(|case| case.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), table().len());
}
