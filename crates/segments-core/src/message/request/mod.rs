//! What a request is made of: where to, with which key, for which page.

mod api_key;
mod base_path;
mod base_url;
mod endpoint;
mod instance;
mod invalid_endpoint;
mod list_request;
mod pasted;
mod sort_direction;

pub use api_key::{ApiKey, InvalidApiKey};
pub use endpoint::Endpoint;
pub use instance::{Instance, UnknownInstance};
pub use invalid_endpoint::InvalidEndpoint;
pub use list_request::{InvalidListRequest, ListRequest};
pub use pasted::Pasted;
pub use sort_direction::{SortDirection, UnknownSortDirection};
