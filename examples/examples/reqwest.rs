//! reqwest under the reader: its types on the way in and out, and its defaults changed.

use std::error::Error;

use segments_core::{Api, ApiKey, Endpoint, Export, Plan};
use segments_emulator::{Emulator, Server, Workspace, sample};
use segments_hyper::{Body, Reader};
use tower::ServiceBuilder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let braze = Workspace::new().with_key("a-key").with_segments(sample(250, 1));
    let server = Server::bind(Emulator::new(braze), ([127, 0, 0, 1], 0)).await?;

    // A redirect would take the key along, a hidden retry would escape the report, and a proxy
    // from the environment cannot reach a server on this machine.
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .build()?;
    let client = ServiceBuilder::new()
        .map_request(|request: http::Request<Body>| {
            let request = request.map(|_| reqwest::Body::default());
            reqwest::Request::try_from(request).expect("the URL of an endpoint is one to reqwest")
        })
        .map_response(http::Response::<reqwest::Body>::from)
        .service(client);

    let api = Api::new(Endpoint::new(&server.url())?, ApiKey::new("a-key")?);
    let mut reader = Reader::new(Export::new(api, Plan::default()), client)
        .on_exchange(|exchange| eprintln!("{exchange}"));
    let (segments, report) = reader.collect_all().await?;
    println!("{report}");
    println!("{} segments", segments.len());
    Ok(())
}
