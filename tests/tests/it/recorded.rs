//! What the readers of both adapters record leads another export to the same end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use segments_core::export::RecordedExchange;
use segments_core::{Api, ApiKey, Endpoint, Export, Goal, Plan, Report, Segment};
use segments_emulator::{Emulator, Fault, Script, Server, ServerThread, Workspace, sample};
use segments_tests::world::replay;

const KEY: &str = "CANARY-75480f9a-4db8-4057-8b7e-4d59bfd73709";

type Records = Arc<Mutex<Vec<RecordedExchange>>>;

/// Five pages and a half, an outage, and a connection that closes.
fn server() -> ServerThread {
    let script =
        Script::new().then(Fault::status(503).page(2).times(2)).then(Fault::close().page(4));
    let workspace = Workspace::new().with_key(KEY).with_segments(sample(550, 1));
    Server::spawn(Emulator::new(workspace.with_faults(script))).unwrap()
}

fn export(server: &ServerThread, goal: Goal) -> Export {
    let api = Api::new(Endpoint::new(&server.url()).unwrap(), ApiKey::new(KEY).unwrap());
    let mut plan = Plan::new(goal);
    plan.retry.backoff = Duration::from_millis(10);
    Export::new(api, plan)
}

fn recorder() -> (impl FnMut(RecordedExchange) + Send + 'static, Records) {
    let records = Records::default();
    let kept = Arc::clone(&records);
    (move |exchange| kept.lock().unwrap().push(exchange), records)
}

fn assert_replayed(replay_of: Export, records: &Records, (list, report): (Vec<Segment>, Report)) {
    let records = records.lock().unwrap();
    assert_eq!(records.len() as u64, report.requests);
    let ended_at = records.last().unwrap().ended_at();

    let mut replayed = replay(replay_of, &records, ended_at);
    assert_eq!(replayed.list, list);
    assert!(matches!(replayed.result, Some(Ok(_))));
    // The reader asked once more, a moment later.
    assert!(replayed.report.elapsed <= report.elapsed);
    replayed.report.elapsed = report.elapsed;
    assert_eq!(replayed.report, report);
}

#[test]
fn by_the_reader_of_threads() {
    for goal in [Goal::Walk, Goal::Complete, Goal::Snapshot] {
        let server = server();
        let (on_recorded, records) = recorder();
        let reader =
            segments_blocking::Reader::new(export(&server, goal), segments_blocking::agent());
        let read = reader.on_recorded(on_recorded).collect_all().unwrap();
        assert_replayed(export(&server, goal), &records, read);
    }
}

#[tokio::test]
async fn by_the_reader_of_tasks_with_four_in_flight() {
    for goal in [Goal::Walk, Goal::Complete, Goal::Snapshot] {
        let server = server();
        let (on_recorded, records) = recorder();
        let client = segments_hyper::Client::new().unwrap();
        let reader = segments_hyper::Reader::new(export(&server, goal), client);
        let read = reader.on_recorded(on_recorded).collect_all().await.unwrap();
        assert_replayed(export(&server, goal), &records, read);
    }
}
