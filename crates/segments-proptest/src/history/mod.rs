//! Lists that people edit while somebody reads them, and a server that plays them.

mod draft;
mod edit;
mod server;
mod shape;
mod shrink;
mod strategy;
mod timeline;

pub use edit::Edit;
pub use server::{KEY, Server};
pub use shape::Shape;
pub use strategy::{faulty, history};
pub use timeline::History;
