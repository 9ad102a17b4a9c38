//! Rows C: what the user gives.

use super::row::{CORE_PROGRAM, FaultRow, PROGRAM, row};

pub(super) const ROWS: &[FaultRow] = &[
    row(
        "C1",
        "no key; an empty, blank, non-ASCII or 1 MB one; one with a line end, a BOM, in \
         UTF-16, in quotes, after `Bearer` or `NAME=`; a placeholder, an address; a key as an \
         argument",
        "exit 2 with what it is; the value is not shown",
        CORE_PROGRAM,
    ),
    row(
        "C2",
        "the key file is missing, a directory, unreadable, a pipe, readable by others, ends \
         with CRLF",
        "exit 2 with what is wrong; a pipe is read; readable by others is a warning; a line \
         end at the end is cut off",
        PROGRAM,
    ),
    row(
        "C4",
        "base URL: another or a doubled scheme, none, credentials, query, fragment, a bad \
         port, non-ASCII, a trailing dot, blanks, `\\`, `%`; a path with `..`, an empty \
         segment, an escaped slash or dot, `/segments/list`",
        "exit 2, without the URL; a plain path, a trailing slash, capitals and underscores \
         are taken",
        CORE_PROGRAM,
    ),
    row(
        "C5",
        "`http://` to another machine, a container's name included",
        "exit 2, naming `--allow-insecure-http`",
        CORE_PROGRAM,
    ),
    row(
        "C6",
        "the host of a dashboard or an SDK, or one with the instance's name",
        "exit 2 with the REST host; `--instance` takes it",
        CORE_PROGRAM,
    ),
    row("C7", "output to a file, `NO_COLOR`, `TERM=dumb`, `--color never`", "no colours", PROGRAM),
    row(
        "C8",
        "`HOME` unset, empty, nowhere; a relative `XDG_CONFIG_HOME`",
        "no configuration is read, and nothing is created there",
        PROGRAM,
    ),
    row(
        "C9",
        "times and numbers of 0, negative, without a unit, too large",
        "exit 2, naming the flag; `1.5m`, `1K` and capitals are taken",
        PROGRAM,
    ),
    row("C10", "flags that conflict, are unknown, or repeated", "exit 2", PROGRAM),
    row(
        "C11",
        "a request that is printed for a shell, not sent",
        "the key is not in it; the shell can run it",
        PROGRAM,
    ),
    row(
        "C12",
        "the clock of this machine or of the server is in 1970 or 2100",
        "waits are right; TLS fails with `transport` and asks for the clock",
        PROGRAM,
    ),
    row(
        "C13",
        "the files of `tap` and `airbyte`: no JSON, entries missing, of another type or too many, a \
         key in the wrong place, a name twice in one object; a catalog that selects what there is not",
        "exit 2 with the entry, without its value; in Airbyte's protocol an error of configuration",
        PROGRAM,
    ),
    row(
        "C14",
        "a byte order mark at the beginning of a file of settings, workspaces, segments, faults or of a \
         connector; such a file in UTF-16",
        "the mark is skipped; exit 2, asking for UTF-8",
        PROGRAM,
    ),
    row(
        "C18",
        "an error that a program has to read",
        "`--error-format json`: one line, wrong flags included",
        PROGRAM,
    ),
    row(
        "C19",
        "a command, flag or value that is misspelt",
        "exit 2, naming the one that is meant",
        PROGRAM,
    ),
];
