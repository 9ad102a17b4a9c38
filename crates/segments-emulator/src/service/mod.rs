//! The workspace shared, with a clock, as a service. Faults of delivery happen here, without a
//! socket.

pub(crate) mod body;
pub(crate) mod connection_error;
pub(crate) mod emulator;
pub(crate) mod response_future;
pub(crate) mod response_head;
