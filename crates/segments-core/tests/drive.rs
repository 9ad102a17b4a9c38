//! The drivers for the plain case, in virtual time.

use std::cell::Cell;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::Response;
use segments_core::error::ResponseError;
use segments_core::export::Outcome;
use segments_core::{
    Api, ApiKey, Batch, ErrorKind, Export, Fetch, Goal, Instance, List, Page, Plan, Segment, Step,
    TransportError, TransportErrorKind,
};

fn export(goal: Goal) -> Export {
    let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key").unwrap());
    Export::new(api, Plan::new(goal))
}

/// Pages of 100, 100 and 50 segments in the order of the request.
fn page(fetch: &Fetch) -> Response<Vec<u8>> {
    let row = |row: u32| Segment::new(format!("s{row:03}"), "", true, [""; 0]).unwrap();
    let mut rows: Vec<_> = (0..250).map(row).collect();
    if fetch.list().to_string().ends_with("desc") {
        rows.reverse();
    }

    let start = 100 * fetch.list().page as usize;
    rows.into_iter().skip(start).take(100).collect::<Page>().to_http()
}

/// The first attempts fail as an own transport fails: with what `std::io` says.
fn flaky(requests: &Cell<u32>, fetch: &Fetch) -> io::Result<Response<Vec<u8>>> {
    requests.set(requests.get() + 1);
    match requests.get() {
        1 => Err(io::ErrorKind::ConnectionRefused.into()),
        3 => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(page(fetch)),
    }
}

#[test]
fn drive_reads_the_whole_list_in_spite_of_failures() {
    let (now, requests) = (Cell::new(Duration::ZERO), Cell::new(0));
    let (segments, report) = export(Goal::Complete)
        .drive(|fetch| flaky(&requests, fetch), || now.get(), |wait| now.set(now.get() + wait))
        .unwrap();

    assert_eq!(segments.len(), 250);
    assert!(segments.windows(2).all(|pair| pair[0].id() < pair[1].id()));
    assert_eq!((report.retries, report.requests), (2, u64::from(requests.get())));
    assert_eq!(report.waited, now.get(), "it slept for every wait");
}

#[test]
fn both_drivers_do_the_same() {
    let blocking = {
        let (now, requests) = (Cell::new(Duration::ZERO), Cell::new(0));
        let send = |fetch: &Fetch| flaky(&requests, fetch);
        export(Goal::Snapshot).drive(send, || now.get(), |wait| now.set(now.get() + wait)).unwrap()
    };

    let (now, requests) = (Cell::new(Duration::ZERO), Cell::new(0));
    let mut export = export(Goal::Snapshot);
    let future = export.drive_async(
        |fetch| async {
            let fetch = fetch;
            yield_once().await;
            flaky(&requests, &fetch)
        },
        || now.get(),
        |wait| {
            now.set(now.get() + wait);
            yield_once()
        },
    );
    assert_eq!(block_on(future).unwrap(), blocking);
}

#[test]
fn the_error_of_the_export_is_the_error_of_the_driver() {
    let refuse = |_: &Fetch| -> io::Result<_> {
        Ok(Response::builder().status(401).body(Vec::new()).unwrap())
    };
    let mut export = export(Goal::Walk);
    let error = export.drive(refuse, || Duration::ZERO, |_| {}).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Refused);
    assert_eq!(export.report().requests, 1);
}

// Otherwise it would end with success and only a part of the list.
#[test]
fn drive_refuses_an_export_that_has_handed_something_out() {
    let mut export = export(Goal::Walk);
    loop {
        match export.poll(Duration::ZERO).unwrap() {
            Step::Send(fetch) => {
                export.handle_response(&fetch, Duration::ZERO, &page(&fetch));
            }
            Step::Batch(_) => break,
            step => panic!("{step:?}"),
        }
    }

    let send = |fetch: &Fetch| -> io::Result<_> { Ok(page(fetch)) };
    let error = export.drive(send, || Duration::ZERO, |_| {}).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::HandedOut { segments: 100 });

    let send = |fetch: Fetch| async move { io::Result::Ok(page(&fetch)) };
    let driver = export.drive_async(send, || Duration::ZERO, |_| yield_once());
    assert_eq!(block_on(driver).unwrap_err(), error);
}

#[test]
fn a_client_that_refuses_redirects_is_not_asked_again() {
    let mut export = export(Goal::Complete);
    let requests = Cell::new(0);
    let send = |_: &Fetch| -> Result<Response<Vec<u8>>, _> {
        requests.set(requests.get() + 1);
        Err(TransportError::new(TransportErrorKind::Redirect, "to https://other.example"))
    };

    let error = export.drive(send, || Duration::ZERO, |_| {}).unwrap_err();
    assert_eq!(requests.get(), 1);
    let redirect = ResponseError::Redirect { host: None };
    assert_eq!(*error.kind(), ErrorKind::Response(redirect));
    assert!(error.advice().starts_with("redirects are never followed"));
}

#[test]
fn a_result_is_a_response_or_a_failure() {
    let mut export = export(Goal::Walk);
    let Step::Send(fetch) = export.poll(Duration::ZERO).unwrap() else { panic!("no page yet") };
    let failed: io::Result<Response<Vec<u8>>> = Err(io::ErrorKind::ConnectionReset.into());
    let exchange = export.handle_result(&fetch, Duration::ZERO, failed);
    let Outcome::Retry { error, after } = exchange.outcome() else { panic!("{exchange}") };
    let closed = TransportError::new(TransportErrorKind::Closed, "connection reset");
    assert_eq!(*error.kind(), ErrorKind::Transport(closed));

    let Step::Send(again) = export.poll(*after).unwrap() else { panic!("it waited") };
    let whole: io::Result<_> = Ok(page(&again));
    let exchange = export.handle_result(&again, *after, whole);
    assert_eq!(*exchange.outcome(), Outcome::Page { rows: 100 });
}

#[test]
fn batches_become_a_list() {
    let segment = |id: &str| Segment::new(id, "", true, [""; 0]).unwrap();
    let first = Batch::Segments(vec![segment("a"), segment("b")]);
    let second = Batch::Segments(vec![segment("c")]);

    let mut applied = List::default();
    applied.apply(first.clone());
    applied.apply(second.clone());

    assert_eq!(List::from(first.clone()).len(), 2);
    assert_eq!([first, second].into_iter().collect::<List>(), applied);
}

#[test]
fn the_future_of_a_driver_can_be_spawned() {
    fn spawn<F: Future<Output = usize> + Send + 'static>(future: F) -> usize {
        block_on(future)
    }

    let count = spawn(async {
        let start = std::time::Instant::now();
        let send = |fetch: Fetch| async move {
            yield_once().await;
            io::Result::Ok(page(&fetch))
        };
        let mut export = export(Goal::Walk);
        export.drive_async(send, || start.elapsed(), |_| yield_once()).await.unwrap().0.len()
    });
    assert_eq!(count, 250);
}

async fn yield_once() {
    let mut has_yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
