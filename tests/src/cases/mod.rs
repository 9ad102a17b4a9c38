//! The rows T, H, J and P of the [catalogue](crate::catalogue) as data: who answers what, and what must come of it.
//!
//! The layers are the bare core in virtual time, the two adapters over sockets, and the program.
//! Each runs the cases of a row in a test with the row's name ([`rows!`](crate::rows)) and asks
//! [`Case::judge`]; what only one of them can be asked stands with that layer.

mod build;
mod case;
mod http;
mod json;
mod paging;
mod pairs;
mod rows;
mod status;
mod transport;

use std::sync::LazyLock;
use std::thread;

pub use case::{Case, Ended, Expected, Limits, exit_of};

/// The cases of the row that a test is named after.
///
/// # Panics
/// If there are none.
pub fn of(test: &str) -> impl Iterator<Item = &'static Case> + Clone + use<> {
    let row = row_of(test);
    let cases = table().iter().filter(move |case| case.row == row);
    assert!(cases.clone().next().is_some(), "no case of the row {test}");
    cases
}

/// The row that a test is named after: `H13` of `h13_redirect`.
pub fn row_of(test: &str) -> String {
    test.split('_').next().unwrap_or_default().to_ascii_uppercase()
}

/// All cases.
pub fn table() -> &'static [Case] {
    static TABLE: LazyLock<Vec<Case>> = LazyLock::new(|| {
        [
            transport::cases(),
            http::cases(),
            status::cases(),
            json::cases(),
            pairs::cases(),
            paging::cases(),
        ]
        .concat()
    });

    &TABLE
}

/// Runs cases side by side, because most of them wait for a server or a clock.
///
/// # Panics
/// If one of them does.
pub fn side_by_side<T: Send>(cases: impl Iterator<Item = T>, run: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> = cases.map(|case| scope.spawn(move || run(case))).collect();
        for thread in threads {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}
