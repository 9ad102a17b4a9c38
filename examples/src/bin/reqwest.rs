//! reqwest under the reader of segments-hyper: its types on the way in and out, and three of its
//! defaults changed.

use std::process::ExitCode;

use segments_core::{Export, Plan};
use segments_examples::{Outcome, api, finish};
use segments_hyper::{Body, Reader};
use tower::ServiceBuilder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    finish(export().await)
}

async fn export() -> Outcome {
    // This build of reqwest leaves the choice of cryptography to the program.
    let _ = rustls::crypto::ring::default_provider().install_default();

    // A redirect would carry the key to another host, the report would not count a hidden retry,
    // and a proxy from the environment cannot reach a server on this machine.
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .build()?;
    let client = ServiceBuilder::new()
        .map_request(|request: http::Request<Body>| {
            let request = request.map(|_| reqwest::Body::default());
            reqwest::Request::try_from(request).expect("reqwest takes the URL of every endpoint")
        })
        .map_response(http::Response::<reqwest::Body>::from)
        .service(client);

    let export = Export::new(api()?, Plan::default());

    Ok(Reader::new(export, client).collect_all().await?)
}
