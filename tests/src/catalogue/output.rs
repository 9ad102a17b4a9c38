//! Rows O: where the list goes.

use super::row::{FaultRow, PROGRAM, row};

pub(super) const ROWS: &[FaultRow] = &[
    row(
        "O1",
        "the reader leaves, as `head` does",
        "exit 0, silently; 74 for `tap` and `airbyte`, whose reader has not stored the rest",
        PROGRAM,
    ),
    row("O2", "`/dev/full`", "exit 74", PROGRAM),
    row(
        "O3",
        "the disk fills up at any page; a file size limit (`ulimit -f`, SIGXFSZ)",
        "exit 74, before any request if there is no room at all; the old file stays, nothing \
         else is left",
        PROGRAM,
    ),
    row(
        "O4",
        "no such directory, not writable, a directory, a loop of links, a name too long; two \
         flags or streams that lead to one file, under any names",
        "exit 74 before any request; exit 2 for two purposes, naming both, before anything is \
         opened; a link to a file is followed and stays a link",
        PROGRAM,
    ),
    row(
        "O5",
        "SIGINT, SIGTERM, SIGHUP at any page; twice; while a pipe is full",
        "whole lines, no file, a checkpoint if requested; 130, 143, 129",
        PROGRAM,
    ),
    row(
        "O6",
        "SIGKILL at any page, again and again, with edits in between",
        "the old file stays; the next run resumes from the last `--checkpoint`, makes no \
         false claim, and removes `FILE.partial-…` of the dead process (by its lock, where \
         the file system has locks)",
        PROGRAM,
    ),
    row(
        "O7",
        "standard input, output or error closed",
        "exit 74 before any request for a list or changes that would go to standard output; the \
         others are taken for `/dev/null`",
        PROGRAM,
    ),
    row(
        "O8",
        "a terminal of 20 columns, `TERM=dumb`, `NO_COLOR`, wide and joined characters; a \
         wait of a minute",
        "no line is wider, no character is cut; names without ids where both do not fit; a \
         wait shows when it ends; no escape sequences",
        PROGRAM,
    ),
    row(
        "O9",
        "a name or a message with ESC, `\\r`, marks that reverse text",
        "escaped in tables and messages",
        PROGRAM,
    ),
    row(
        "O10",
        "a name or id that begins with `=`, `+`, `-`, `@`, their full-width forms, or these \
         after white space; with TAB, CR, LF, NUL",
        "guarded with `'` in CSV and TSV; `--csv-raw` leaves it",
        PROGRAM,
    ),
    row(
        "O11",
        "a name with quotes, delimiters, line ends, backslashes",
        "one cell, read back as it was: quoted in CSV, escaped in TSV",
        PROGRAM,
    ),
    row(
        "O12",
        "two exports to one file",
        "the last one wins; at any moment the file is one of both, whole",
        PROGRAM,
    ),
    row("O13", "locale C, another encoding, a nonsensical one", "the same bytes, UTF-8", PROGRAM),
    row(
        "O14",
        "a file name that promises another format (`.xlsx`, `.parquet`, `.csv.gz`); a CSV \
         flag with another format",
        "exit 2 before any request, with what to do",
        PROGRAM,
    ),
    row(
        "O15",
        "a file that can be written and not replaced, such as a container's mount",
        "overwritten in place at the end, with a warning; for `--checkpoint` exit 74 before \
         any request",
        PROGRAM,
    ),
    row(
        "O16",
        "two exports with one checkpoint",
        "the second ends with exit 2 before any request; a dead one holds nothing",
        PROGRAM,
    ),
    row(
        "O17",
        "a named pipe that nobody opens at its other end",
        "waited for, until a signal (130, 143, 129) or the deadline (9)",
        PROGRAM,
    ),
    row(
        "O18",
        "`tap` and `airbyte read` fail or are killed at any request; their state comes back cut, \
         old, of another key, endpoint or goal",
        "the next run resumes, and no segment is printed twice or missing; a state that does not \
         fit is said, and the list is read from its beginning",
        PROGRAM,
    ),
];
