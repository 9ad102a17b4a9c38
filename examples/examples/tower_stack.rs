//! Limits of your own around the ready-made client: never more than two requests at once, shared
//! by everything that holds a clone of the stack, and ten seconds for an answer to begin.

use std::error::Error;
use std::time::Duration;

use segments_core::{Api, ApiKey, Endpoint, Export, Plan};
use segments_emulator::{Emulator, Server, Workspace, sample};
use segments_hyper::{Client, Reader};
use tower::ServiceBuilder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let braze = Workspace::new().with_key("a-key").with_segments(sample(250, 1));
    let server = Server::bind(Emulator::new(braze), ([127, 0, 0, 1], 0)).await?;

    let stack = ServiceBuilder::new()
        .concurrency_limit(2)
        .timeout(Duration::from_secs(10))
        .service(Client::new()?);
    let api = Api::new(Endpoint::new(&server.url())?, ApiKey::new("a-key")?);
    let mut reader = Reader::new(Export::new(api, Plan::default()), stack)
        .on_exchange(|exchange| eprintln!("{exchange}"));
    let (segments, report) = reader.collect_all().await?;
    println!("{report}");
    println!("{} segments", segments.len());
    Ok(())
}
