//! The reader over real sockets: the tests of `segments-hyper`, which must come out the same.

#[path = "../../segments-hyper/tests/shared/mod.rs"]
mod shared;

use segments_blocking::{AgentBuilder, Reader};
use segments_core::{Error, Export, Report, Segment};
use shared::{Observer, Route};

fn run(
    export: Export,
    route: Route<'_>,
    mut observer: Observer,
) -> (Result<Vec<Segment>, Error>, Report) {
    let mut agent = AgentBuilder::new();
    if let Some(pem) = route.trust {
        agent = agent.add_root_pem(pem.as_bytes()).unwrap();
    }
    if route.only {
        agent = agent.only_added_roots();
    }
    if let Some(proxy) = route.proxy {
        agent = agent.proxy(proxy).unwrap();
    }
    let agent = agent.build().unwrap();
    let mut reader = Reader::new(export, agent).on_exchange(move |e| observer(e.to_string()));
    let result = reader.collect_all().map(|(list, _)| list);
    (result, reader.report())
}
