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
//! What to read, in which order, how often to try and what was proven is decided by
//! [`segments_core::Export`]; this crate carries its messages, and gives the same outcome for the
//! same answers as `segments-hyper`.
//!
//! # One request at a time
//! `plan.window` has no effect here: a request is sent when the one before it has been answered.
//! A page is a few hundred milliseconds, so this is slower than a window, but there is no thread
//! to start, to stop or to wait for: dropping the iterator ends everything, and between two
//! segments nothing happens. Whoever wants several pages in flight takes `segments-hyper`.
//!
//! # What is changed of ureq
//! For every request, also with an [`Agent`](ureq::Agent) of yours: a status is no error, no
//! redirect is followed, no compression is asked for, the time of a try, the head and the
//! body have the plan's limits, plain `http` is refused unless the endpoint has it, and
//! no proxy is used towards this machine. [`agent`] also reads no proxy from the environment,
//! trusts what the platform trusts, names a proxy's refusal, and tells a kept connection that the
//! server had closed from one that broke. An agent of yours needs a feature of ureq for TLS.
//!
//! # Features
//! `ring` (default), `aws-lc-rs`: the provider of TLS. With both it is aws-lc-rs. With neither,
//! [`agent`] takes the one that the application installed for the process
//! (`CryptoProvider::install_default` of rustls).

#![forbid(unsafe_code)]

mod agent;
mod chunks;
mod connect_timeout;
mod connector;
mod framing;
mod reader;
mod send;
mod tls;
mod transport_error;
mod watched;

pub use agent::{AgentBuilder, agent};
pub use reader::Reader;
pub use segments_transport::ClientError;
pub use send::send;
