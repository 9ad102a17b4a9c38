//! Reads the list of segments over ureq, as a plain [`Iterator`].
//!
//! ```
//! use segments_blocking::{Reader, agent};
//! use segments_core::{Api, ApiKey, Endpoint, Export, Plan};
//! use segments_emulator::{Emulator, Server, Workspace, sample};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Stands in for Braze; for the real one write `Endpoint::from(Instance::Us01)`.
//! let braze = Workspace::new().with_key("a-key").with_segments(sample(250, 1));
//! let server = Server::spawn(Emulator::new(braze))?;
//!
//! let api = Api::new(Endpoint::new(&server.url())?, ApiKey::new("a-key")?);
//! let mut reader = Reader::new(Export::new(api, Plan::default()), agent());
//! let mut count = 0;
//! for segment in &mut reader {
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
//! this crate sends the requests. The same responses give the same result as with `segments-hyper`.
//!
//! # One request at a time
//! `plan.window` has no effect: a request is sent after the response to the one before. That is
//! slower, but there is no thread to start or to wait for. Dropping the reader ends everything, and
//! between two segments nothing happens. For several requests in flight, take `segments-hyper`.
//!
//! # Settings of ureq
//! For every request, with an [`Agent`](ureq::Agent) of your own too: a status is not an error, no
//! redirect is followed, no compression is requested, the plan's limits hold for the time, the head
//! and the body, plain `http` is refused unless the endpoint uses it, and no proxy is used for this
//! machine. [`agent`] also ignores proxies in the environment, trusts the platform's roots, names the
//! refusal of a proxy, and detects a reused connection that the server had closed. An agent of your
//! own needs a TLS feature of ureq.
//!
//! # Features
//! `ring` (default), `aws-lc-rs`: the cryptography of TLS. With both it is aws-lc-rs. With neither,
//! [`agent`] uses the one that the application installs (`CryptoProvider::install_default` of
//! rustls).

#![forbid(unsafe_code)]

mod agent;
mod chunks;
mod connector;
mod framing;
mod look_up;
mod reader;
mod send;
mod time_left;
mod tls;
mod transport_error;
mod watched;

pub use agent::{AgentBuilder, agent};
pub use reader::Reader;
pub use segments_transport::ClientError;
pub use send::send;
