//! Rows J: what bodies can hold.

use super::row::{ALL, FaultRow, row};

pub(super) const ROWS: &[FaultRow] = &[
    row(
        "J1",
        "blank, `null`, `[]`, `\"x\"`, `1` in place of a page",
        "once more, then `protocol`; a blank body is a cut one: retried, then `transport`",
        ALL,
    ),
    row("J2", "cut at any byte", "retried, then `transport`; never a success", ALL),
    row(
        "J3",
        "a byte order mark first",
        "one is skipped; two are no JSON: once more, then `protocol`",
        ALL,
    ),
    row(
        "J4",
        "invalid UTF-8 in a name",
        "once more, then `protocol` with row, field and byte; `--replace-invalid-text` reads \
         it",
        ALL,
    ),
    row(
        "J5",
        "half a surrogate pair, a bare control character in a name",
        "as J4: once more, then `protocol`",
        ALL,
    ),
    row(
        "J6",
        "NUL, control characters, ESC in a name, escaped",
        "taken; kept in NDJSON, escaped on a terminal",
        ALL,
    ),
    row(
        "J7",
        "200 or 700,000 levels in an unknown field",
        "once more, then `protocol`; the stack holds",
        ALL,
    ),
    row("J8", "`1e999`, a number of 30 digits in an unknown field", "skipped", ALL),
    row(
        "J9",
        "a known key twice; an unknown one twice",
        "once more, then `protocol`; skipped",
        ALL,
    ),
    row(
        "J10",
        "`segments` missing, `null`, an object; the array under another key",
        "missing with `success` is an empty page and an anomaly, a list of nothing else is \
         `protocol`; the others: once more, then `protocol` with the key that was found",
        ALL,
    ),
    row(
        "J11",
        "`id` missing, `null`, a number, empty",
        "once more, then `protocol` with row and field, not the value",
        ALL,
    ),
    row(
        "J12",
        "`name` missing, `null`, empty, of 1 MB",
        "missing or `null`: once more, then `protocol`; the others are taken",
        ALL,
    ),
    row(
        "J13",
        "`analytics_tracking_enabled` missing, `null`, `\"true\"`, 1",
        "once more, then `protocol`; Braze's own client requires the field",
        ALL,
    ),
    row(
        "J14",
        "`tags` missing, `null`, `[null]`, nested, `\"a\"`",
        "the first two are no tags, a `null` among tags is left out; the others: once more, \
         then `protocol`",
        ALL,
    ),
    row("J15", "unknown fields anywhere", "skipped", ALL),
    row(
        "J16",
        "200 with a `message` other than `success`",
        "final, `protocol` with the message",
        ALL,
    ),
    row("J17", "text after the page, two pages", "once more, then `protocol`", ALL),
    row("J18", "`NaN`, `Infinity`, comments, single quotes", "once more, then `protocol`", ALL),
    row(
        "J19",
        "an id with NUL, blanks, line ends, `../`",
        "taken as it is; no id ever names a file",
        ALL,
    ),
    row(
        "J20",
        "names right to left, with joiners, combining marks, four-byte characters, U+2028",
        "taken as they are; one line of NDJSON per segment",
        ALL,
    ),
];
