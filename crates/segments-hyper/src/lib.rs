//! Reads the list of segments over [hyper](https://hyper.rs), or over any `tower` service.
//!
//! ```
//! use segments_core::{Api, ApiKey, Endpoint, Export, Plan};
//! use segments_emulator::{Emulator, Server, Workspace, sample};
//! use segments_hyper::{Client, Reader};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Stands in for Braze; for the real one write `Endpoint::from(Instance::Us01)`.
//! let braze = Workspace::new().with_key("a-key").with_segments(sample(250, 1));
//! let server = Server::bind(Emulator::new(braze), ([127, 0, 0, 1], 0)).await?;
//!
//! let api = Api::new(Endpoint::new(&server.url())?, ApiKey::new("a-key")?);
//! let mut reader = Reader::new(Export::new(api, Plan::default()), Client::new()?);
//! let mut count = 0;
//! while let Some(segment) = reader.next().await {
//!     println!("{}", segment?.name());
//!     count += 1;
//! }
//! println!("{}", reader.report());
//! assert_eq!(count, 250);
//! # Ok(())
//! # }
//! ```
//!
//! What to read, in which order, how often to try and what was proven is decided by
//! [`segments_core::Export`]; this crate carries its messages. It keeps up to `plan.window`
//! requests in flight, gives each try its time limit, and stops reading a body at its limit of
//! bytes. It never repeats, redirects or decompresses anything on its own.
//!
//! [`Reader`] takes any `Service<http::Request<Body>>`, so that a pool, TLS, proxy, limits and
//! tracing of yours stay yours; `Client` is for those who have none. It runs on tokio (either
//! flavour; one thread is enough) and obeys a paused clock.
//!
//! # Features
//! - `client` (default): `Client`, on hyper-util and rustls with the platform's roots.
//! - `ring` (default), `aws-lc-rs`: the provider of TLS. With both it is aws-lc-rs. With neither,
//!   `Client` takes the one that the application installed for the process
//!   (`CryptoProvider::install_default` of rustls).

#![forbid(unsafe_code)]

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod connector;
mod reader;
mod send;
mod transport_error;
#[cfg(feature = "client")]
mod watched;

#[cfg(feature = "client")]
pub use client::{Client, ClientBuilder};
pub use reader::Reader;
#[cfg(feature = "client")]
pub use segments_transport::ClientError;

/// The body of the requests that a [`Reader`] sends: none.
pub type Body = http_body_util::Empty<bytes::Bytes>;
