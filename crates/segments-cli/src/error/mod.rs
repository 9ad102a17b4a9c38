//! Why the program ends: one exit code for each cause, what happened, and what to do next.

mod advice;
mod again;
mod command_error;
mod exit;

pub(crate) use again::Again;
pub(crate) use command_error::CommandError;
pub(crate) use exit::{CODES, Exit, RETRIES, Signal, table};
