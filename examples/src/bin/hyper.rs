//! segments-hyper with the client that it brings: hyper-util and rustls.

use std::process::ExitCode;

use segments_core::{Export, Plan};
use segments_examples::{Outcome, api, finish};
use segments_hyper::{Client, Reader};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    finish(export().await)
}

async fn export() -> Outcome {
    let export = Export::new(api()?, Plan::default());

    Ok(Reader::new(export, Client::new()?).collect_all().await?)
}
