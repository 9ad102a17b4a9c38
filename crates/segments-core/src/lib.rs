//! core
mod api;
mod api_key;
mod decode;
mod endpoint;
mod error;
mod failure;
mod instance;
mod malformed;
mod page;
mod rate_limit;
mod request;
mod response;
mod segment;
mod table;
mod timestamp;

pub use api::{Api, InvalidUserAgent};
pub use api_key::{ApiKey, InvalidApiKey};
pub use endpoint::{Endpoint, InvalidEndpoint};
pub use error::{Error, PagingFault, ProtocolFault, Reason};
pub use failure::{Failure, FailureKind};
pub use instance::{Instance, UnknownInstance};
pub use malformed::{Field, Malformed, Place, Problem};
pub use page::Page;
pub use rate_limit::RateLimit;
pub use request::{InvalidListRequest, ListRequest, SortDirection, UnknownSortDirection};
pub use segment::{InvalidSegment, Segment, Tags};
pub use timestamp::Timestamp;
