//! The strategies against a client that is right, and against planted bugs.

mod core;
mod planted;
mod shapes;
