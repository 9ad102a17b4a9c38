//! The reader over real sockets.

mod shared;

use segments_core::{Error, Export, Report, Segment};
use segments_hyper::{Client, Reader};
use shared::{Observer, Route};

fn run(
    export: Export,
    route: Route<'_>,
    mut observer: Observer,
) -> (Result<Vec<Segment>, Error>, Report) {
    let mut client = Client::builder();
    if let Some(pem) = route.trust {
        client = client.add_root_pem(pem.as_bytes()).unwrap();
    }
    if route.only {
        client = client.only_added_roots();
    }
    if let Some(proxy) = route.proxy {
        client = client.proxy(proxy).unwrap();
    }
    let client = client.build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut reader = Reader::new(export, client).on_exchange(move |e| observer(e.to_string()));
        let result = reader.collect_all().await.map(|(list, _)| list);
        (result, reader.report())
    })
}
