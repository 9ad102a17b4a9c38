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
//! [`segments_core::Export`] decides what is requested, when it is retried and what the list proves;
//! this crate sends the requests. It keeps up to `plan.window` of them in flight, gives each attempt
//! its time limit, and stops reading a body at its size limit. By itself it retries, redirects and
//! decompresses nothing.
//!
//! [`Reader`] takes any `Service<http::Request<Body>>`, so you can keep your own connection pool, TLS,
//! proxy, limits and tracing. `Client` is a ready-made one. It runs on tokio, on one thread or
//! several, and works with a paused clock.
//!
//! # Features
//! - `client` (default): `Client`, with hyper-util, rustls and the platform's roots.
//! - `ring` (default), `aws-lc-rs`: the cryptography of TLS. With both it is aws-lc-rs. With neither,
//!   `Client` uses the one that the application installs (`CryptoProvider::install_default` of
//!   rustls).
//! - `tracing`: spans and events, see [`Reader`](Reader#spans).

#![forbid(unsafe_code)]
// docs.rs shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod callbacks;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod connection;
#[cfg(feature = "client")]
mod connector;
mod in_flight;
mod observers;
#[cfg(feature = "client")]
mod pool;
mod reader;
#[cfg(feature = "client")]
mod response_body;
mod send;
mod spans;
mod timer;
mod transport_error;
#[cfg(feature = "client")]
mod watched;

#[cfg(feature = "client")]
pub use client::{Client, ClientBuilder};
pub use reader::Reader;
#[cfg(feature = "client")]
pub use response_body::ResponseBody;
#[cfg(feature = "client")]
pub use segments_transport::ClientError;
pub use send::send;

/// The body of the requests of a [`Reader`], which is empty.
pub type Body = http_body_util::Empty<bytes::Bytes>;
