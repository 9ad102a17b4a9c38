//! The recorded shapes, and the facts in them.

use segments_core::export::Outcome;
use segments_core::response::Timestamp;
use segments_core::{Api, ApiKey, Endpoint, ErrorKind, Export, Goal, Plan, Step};
use segments_tests::fixtures::{IDS, KEY, listed, refused};
use std::time::Duration;

fn api() -> Api {
    let endpoint = Endpoint::new("https://rest.iad-01.braze.com").unwrap();
    Api::new(endpoint, ApiKey::new(KEY).unwrap())
}

#[test]
fn the_list_of_2020_is_read_whole() {
    let page = api().read(&listed()).unwrap();
    assert!(page.ids().eq(IDS));

    let first = page.segments().next().unwrap();
    assert_eq!(first.name(), "Lapsed - 7 days");
    assert!(first.analytics_tracking_enabled());
    assert_eq!(first.tags().len(), 0);
    assert_eq!(page.request_id(), Some("7c1e5a90-2b64-4f0e-93d8-1a6f0c2be771"));

    let limit = page.rate_limit();
    assert_eq!((limit.limit, limit.remaining), (Some(250_000), Some(249_938)));
    assert_eq!(limit.reset, Some(Timestamp::from_unix(1_592_427_600)));
    assert!(!page.segments_missing() && !page.has_minor_errors());

    // The order of keys is the recorded one, so the body is written again as it came.
    assert_eq!(page.to_http().body(), listed().body());
}

#[test]
fn the_401_of_2020_is_final_and_its_key_is_struck_out() {
    let error = api().read(&refused()).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Refused);
    assert_eq!(error.kind().name(), "refused");
    assert_eq!(error.status(), Some(401));
    assert_eq!(error.server_message(), Some("Invalid API key: ***"));
    assert_eq!(error.request_id(), Some("b0d4f6aa-5c3e-4e57-8a21-93f7d1c0e4b2"));
    assert_eq!((error.wait(), error.retry_at()), (None, None));
    let json = serde_json::to_string(&error).unwrap();
    let texts = format!("{error} {error:?} {} {json}", error.advice());
    assert!(!texts.contains(KEY) && !texts.contains(&KEY[7..]), "{texts}");
    assert!(error.advice().contains("segments.list"));

    let mut export = Export::new(api(), Plan::new(Goal::Complete));
    let Step::Send(fetch) = export.poll(Duration::ZERO).unwrap() else { panic!("no request") };
    let exchange = export.handle_response(&fetch, Duration::from_millis(80), &refused());
    assert!(matches!(exchange.outcome(), Outcome::Failed { .. }));
    assert!(!exchange.to_string().contains(KEY));
    let error = export.poll(Duration::from_millis(80)).unwrap_err();
    assert_eq!((error.attempts(), error.request()), (1, Some(fetch.list())));
    assert!(export.poll_fetches(Duration::from_millis(80)).is_empty());
}
