//! What a request is made of: where to, with which key, for which page.

mod api_key;
mod endpoint;
mod instance;
mod list_request;
mod pasted;

pub use api_key::{ApiKey, InvalidApiKey};
pub use endpoint::{Endpoint, InvalidEndpoint};
pub use instance::{Instance, UnknownInstance};
pub use list_request::{InvalidListRequest, ListRequest, SortDirection, UnknownSortDirection};
pub use pasted::Pasted;
