//! Rows P: what a list of pages can do.

use super::row::{ALL, CORE, CORE_PROGRAM, FaultRow, row};

pub(super) const ROWS: &[FaultRow] = &[
    row(
        "P1",
        "0, 1, 99, 100, 101, 200 segments",
        "all of them; a walk ends at an empty page after a short or another empty one, so \
         other page sizes work too",
        ALL,
    ),
    row("P2", "pages of more than 100", "read whole, and an anomaly", ALL),
    row(
        "P3",
        "a short page in the middle",
        "not the end: a walk reads on, and reports an anomaly; the other goals end with \
         `not_proven`, which names the page and advises a walk",
        ALL,
    ),
    row(
        "P4",
        "`page`, or the whole query, is ignored: the same page for ever",
        "`paging` at the first repetition; for `complete`, page 1 tells whether only the \
         order is ignored (P9)",
        ALL,
    ),
    row(
        "P5",
        "a segment is created meanwhile, oldest first",
        "at the end or absent; nothing twice",
        ALL,
    ),
    row(
        "P6",
        "a segment is created meanwhile, newest first",
        "the row that comes twice is given once, and is an anomaly",
        ALL,
    ),
    row(
        "P7",
        "a segment is archived meanwhile",
        "a walk can miss another, and promises no more; `complete` and `snapshot` do not, or \
         end with `not_proven`",
        ALL,
    ),
    row(
        "P8",
        "one id with two contents",
        "given once; a collected list has the last one; an anomaly; twice on one page is `paging`",
        ALL,
    ),
    row(
        "P9",
        "no order, one that changes between requests, or holds within a page only",
        "a walk reads it, a snapshot can count it; `complete` ends with `not_proven`",
        ALL,
    ),
    row(
        "P10",
        "endless pages; a page number after the end; the greatest number",
        "`paging` at the page limit; an empty page; no overflow",
        ALL,
    ),
    row(
        "P11",
        "a very long list",
        "every segment once; beyond `max_memory`, `paging` (by default about 1,000,000 \
         segments for a walk, 200,000 for the others)",
        CORE_PROGRAM,
    ),
    row(
        "P12",
        "stopped after page *k*, resumed from a checkpoint",
        "the whole list, each segment once",
        CORE_PROGRAM,
    ),
    row(
        "P13",
        "a checkpoint of another host, key, goal or version; cut; changed",
        "refused, exit 2",
        CORE_PROGRAM,
    ),
    row(
        "P14",
        "an empty workspace; one that is empty in its first responses only",
        "an empty list, asked for again before it is believed; the whole list",
        ALL,
    ),
    row(
        "P15",
        "a response that nobody waits for, or to another request",
        "ignored: a response belongs to the request that it is handed in with",
        CORE,
    ),
    row(
        "P16",
        "a cache answers: `Age` above 0, `X-Cache: HIT` and the like, a repeated request id",
        "an anomaly, and proves nothing: `complete` and `snapshot` try again, then \
         `protocol`, at once if an id repeats; a walk reads it, but not as an end. A cache \
         that hides both cannot be told",
        ALL,
    ),
];
