//! Rows E: what the emulator's clients do.

use super::row::{EMULATOR, EMULATOR_PROGRAM, FaultRow, row};

pub(super) const ROWS: &[FaultRow] = &[
    row(
        "E1",
        "no key, a wrong one, `Basic`, lower-case `bearer`, two `Authorization` lines, a key \
         without the permission",
        "401 with Braze's text, or 403; `bearer` is taken",
        EMULATOR,
    ),
    row(
        "E2",
        "`page` negative, not a number, 2^64, 10^20, empty, broken escapes; twice, escaped",
        "400 that says which; the last one counts",
        EMULATOR,
    ),
    row("E3", "`sort_direction` empty, in capitals, unknown", "400", EMULATOR),
    row(
        "E4",
        "other methods, other paths",
        "405 with `Allow`, 404; 403 for a trailing slash",
        EMULATOR,
    ),
    row(
        "E5",
        "slow, silent, half-open or greedy clients; more than 256; a head of 1 MiB, an admin \
         body of 2 MB",
        "dropped after their time limit, queued, 431, 413; others are served meanwhile",
        EMULATOR,
    ),
    row(
        "E6",
        "a port in use, another machine's address, one that others can reach, an unknown \
         name; more sample segments than fit",
        "exit 2 with what to do",
        EMULATOR_PROGRAM,
    ),
    row(
        "E7",
        "stopped in the middle of a response",
        "the response may end within 2 s; exit 0",
        EMULATOR_PROGRAM,
    ),
    row(
        "E8",
        "a broken file of segments or faults; a rule that cannot be served",
        "exit 2 with line and column; 400 on the admin route",
        EMULATOR_PROGRAM,
    ),
    row(
        "E9",
        "edits between pages",
        "take effect at once, in the order of creation, the same every time",
        EMULATOR,
    ),
    row(
        "E10",
        "a script of several faults",
        "each acts as often as it says, in order; the log tells which",
        EMULATOR,
    ),
];
