//! The emulator behind `tower_service::Service`, on a paused clock.

use std::time::Duration;

use http_body_util::BodyExt;
use segments_emulator::{ConnectionError, Emulator, Fault, Script};
use tokio::time::{Instant, timeout};
use tower_service::Service;

use crate::{NOW, request, workspace};

fn emulator(script: Script) -> Emulator {
    Emulator::starting_at(workspace(250).with_faults(script), NOW)
}

/// Status and number of bytes of one page, or how it broke.
async fn ask(emulator: &mut Emulator, page: u32) -> Result<(u16, usize), ConnectionError> {
    let response = emulator.call(request(&format!("/segments/list?page={page}"))).await?;
    let status = response.status().as_u16();
    Ok((status, response.into_body().collect().await?.to_bytes().len()))
}

#[tokio::test(start_paused = true)]
async fn delays_take_exactly_their_time_and_hold_nobody_else_up() {
    let delay = Duration::from_secs(90);
    let mut emulator = emulator(Script::new().then(Fault::delay(delay).page(1)));
    let start = Instant::now();
    let mut slow = emulator.clone();
    let slow = tokio::spawn(async move {
        ask(&mut slow, 1).await.map(|(status, _)| (status, start.elapsed()))
    });

    tokio::task::yield_now().await;
    assert_eq!(ask(&mut emulator, 0).await.unwrap().0, 200);
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(slow.await.unwrap(), Ok((200, delay)));
}

#[tokio::test(start_paused = true)]
async fn a_slow_head_takes_as_long_as_its_bytes() {
    let every = Duration::from_secs(1);
    let mut emulator = emulator(Script::new().then(Fault::drip_head(every)));
    let start = Instant::now();
    assert_eq!(ask(&mut emulator, 0).await.unwrap().0, 200);
    assert!(start.elapsed() > every * 300, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_hour_turns_with_the_paused_clock() {
    let mut emulator = emulator(Script::new());
    emulator.with(|workspace| workspace.set_rate_limit(1));
    assert_eq!(ask(&mut emulator, 0).await.unwrap().0, 200);
    assert_eq!(ask(&mut emulator, 0).await.unwrap().0, 429);
    tokio::time::advance(Duration::from_secs(176)).await;
    assert_eq!(ask(&mut emulator, 0).await.unwrap().0, 429);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(ask(&mut emulator, 0).await.unwrap().0, 200);
    assert_eq!(emulator.now(), NOW + Duration::from_secs(177));
}

#[tokio::test(start_paused = true)]
async fn broken_deliveries_are_errors_or_never_end() {
    let script = Script::new()
        .then(Fault::close())
        .then(Fault::reset(10))
        .then(Fault::verbatim("HTTP/9.9 what?"))
        .then(Fault::cut(10))
        .then(Fault::stall(10));
    let mut emulator = emulator(script);

    assert_eq!(ask(&mut emulator, 0).await, Err(ConnectionError::Closed));
    assert_eq!(ask(&mut emulator, 0).await, Err(ConnectionError::Closed));
    assert_eq!(
        ask(&mut emulator, 0).await,
        Err(ConnectionError::NotHttp(b"HTTP/9.9 what?".to_vec()))
    );
    assert_eq!(ask(&mut emulator, 0).await, Err(ConnectionError::Closed));
    assert!(timeout(Duration::from_secs(3600), ask(&mut emulator, 0)).await.is_err());
    assert_eq!(ask(&mut emulator, 0).await.unwrap().0, 200);
    assert!(emulator.with(|workspace| workspace.script().is_exhausted()));
}

#[tokio::test]
async fn a_panic_of_a_test_leaves_the_workspace_usable() {
    let mut emulator = emulator(Script::new());
    let other = emulator.clone();
    let panic = std::thread::spawn(move || other.with(|_| panic!("a failed assertion")));
    assert!(panic.join().is_err());
    assert_eq!(ask(&mut emulator, 2).await.unwrap().0, 200);
}
