//! Rows T: what happens below HTTP.

use super::row::{ADAPTERS, ALL, FaultRow, NET, PROGRAM, row};

pub(super) const ROWS: &[FaultRow] = &[
    row(
        "T1",
        "the host name does not exist",
        "retried, then `transport`, which names the host",
        NET,
    ),
    row(
        "T2",
        "connection refused",
        "retried, then `transport`, which names the address and asks whether the server runs",
        NET,
    ),
    row(
        "T3",
        "the server's queue is full, nobody accepts",
        "retried at the attempt's time limit, then `transport`",
        NET,
    ),
    row(
        "T4",
        "the first address of a name is dead, the second alive",
        "the second address is used",
        ADAPTERS,
    ),
    row("T5", "accepted, then closed without a byte", "retried, then `transport`", ALL),
    row(
        "T6",
        "reset before, in or after the head",
        "retried, then `transport`; a page comes whole and once",
        ALL,
    ),
    row(
        "T7",
        "an idle connection is closed between pages",
        "a new connection; if the close meets the next request, T8",
        NET,
    ),
    row(
        "T8",
        "a reused connection closes on a request, before a byte of a response",
        "sent again at once on a new connection, once per attempt; costs no attempt, and the \
         report counts it (`stale_connections`)",
        ALL,
    ),
    row("T9", "the head trickles", "retried at the attempt's time limit, then `transport`", ALL),
    row("T10", "the body trickles", "retried at the attempt's time limit, then `transport`", ALL),
    row(
        "T11",
        "the body stops half way, the connection stays open",
        "retried at the attempt's time limit, then `transport`; the limit covers an attempt \
         from connecting to the last byte, so a trickle cannot outlast it",
        ALL,
    ),
    row(
        "T12",
        "TLS certificate: unknown authority, self-signed, the authority's own, expired, not \
         yet valid, another name",
        "final, `transport`, which says what is wrong; *not yet valid* asks for the clock",
        NET,
    ),
    row(
        "T13",
        "plain HTTP on a TLS port; TLS on a plain port",
        "final, `transport`: no TLS; once more, then `protocol` with a hint at `https://`",
        NET,
    ),
    row("T14", "TLS ends in a body without `close_notify`", "retried, as a cut response", NET),
    row("T15", "proxy variables are set, the server is on this machine", "no proxy is used", NET),
    row(
        "T16",
        "the network is gone for a while at page *k*",
        "retried with growing waits, then `transport`; a checkpoint resumes at page *k*. Five \
         attempts last some seconds; `--max-attempts 12` outlasts half a minute",
        ALL,
    ),
    row(
        "T17",
        "no file descriptor is left",
        "`transport`, or exit 2 if the program cannot start",
        PROGRAM,
    ),
    row(
        "T18",
        "the proxy refuses `CONNECT`: 403, 407 or another status",
        "final, `transport` with the status; the password is sent once",
        NET,
    ),
    row(
        "T19",
        "the proxy answers `CONNECT` with 502, 503 or 504; is not there; says nothing, or no \
         HTTP",
        "retried, then `transport` with the status, or as no connection to the proxy",
        NET,
    ),
];
