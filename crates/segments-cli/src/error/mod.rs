//! Why the program ends: one exit code for each cause, what happened, and what to do next.

mod advice;
mod command_error;
mod exit;

pub(crate) use command_error::CommandError;
#[cfg(test)]
pub(crate) use exit::CODES;
pub(crate) use exit::{Exit, Signal, table};
