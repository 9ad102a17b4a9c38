//! `cargo xtask connectors`: the programs that read what `segments tap` and `segments airbyte` print.
//!
//! It needs Python 3 and the network. CI runs the smallest of them, `singer-check-tap`;
//! `docs/connectors.md` has what the others printed last.

mod airbyte;
mod check_tap;
mod meltano;
mod place;

use xshell::{Shell, cmd};

use self::place::{PYTHON, Place};
use crate::step::{Steps, works};

/// All of them.
pub(crate) fn run(sh: &Shell, steps: &mut Steps) {
    if steps.run(cmd!(sh, "cargo build --locked --package segments-cli")) {
        run_each(sh, steps, &[check_tap::run, meltano::run, airbyte::run]);
    }
}

/// Only `singer-check-tap`, with the program that the tests have built.
pub(crate) fn check_tap(sh: &Shell, steps: &mut Steps) {
    run_each(sh, steps, &[check_tap::run]);
}

fn run_each(sh: &Shell, steps: &mut Steps, checks: &[fn(&Shell, &mut Steps, &Place)]) {
    let has_python = steps.check("Python 3", || {
        anyhow::ensure!(
            works(cmd!(sh, "{PYTHON} --version")),
            "{PYTHON} is missing: singer-check-tap, a program in Python, checks what `segments tap` \
             prints. `cargo test --workspace` does not need it"
        );
        Ok(())
    });
    if !has_python {
        return;
    }

    let mut place = None;
    steps.check("a folder of our own", || {
        place = Some(Place::prepare(sh)?);
        Ok(())
    });
    for check in place.iter().flat_map(|place| checks.iter().map(move |check| (check, place))) {
        let (check, place) = check;
        check(sh, steps, place);
    }
}
