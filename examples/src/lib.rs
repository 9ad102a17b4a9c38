//! Other HTTP stacks around the core; each runs by itself against an emulator of its own.
//!
//! | example | shows |
//! |---|---|
//! | `hand_written_loop` | the core alone, with any client: here ureq, in a loop of a dozen lines |
//! | `tower_stack` | limits of your own around the ready-made hyper client |
//! | `reqwest` | a client with types of its own, two `map`s away from the reader |
//!
//! ```sh
//! cargo run --package segments-examples --example hand_written_loop
//! ```

#![forbid(unsafe_code)]
