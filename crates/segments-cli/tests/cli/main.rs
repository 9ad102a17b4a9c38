//! The real binary, against the emulator and against servers that misbehave.
#![cfg(unix)]

mod answers;
mod canary;
mod check;
mod checkpoint;
mod config;
mod conformance;
mod demo;
mod diff;
mod failures;
mod faults;
mod files;
mod formats;
mod goals;
mod hostile;
mod killed;
mod load;
mod message_format;
mod messages;
mod mounts;
mod output;
mod pages;
mod partial;
mod paths;
mod profiles;
mod proxy;
mod request;
mod serve;
mod signals;
mod spreadsheet;
mod support;
mod sync;
mod terminal;
mod tls;
mod tour;
mod watch;
