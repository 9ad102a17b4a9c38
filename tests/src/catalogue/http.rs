//! Rows H: what HTTP responses can do.

use super::row::{ALL, FaultRow, NET, row};

pub(super) const ROWS: &[FaultRow] = &[
    row("H1", "`Content-Length` is longer than the body", "retried, then `transport`", ALL),
    row(
        "H2",
        "no length, and the connection closes too soon",
        "retried, then `transport`: JSON that ends early is a cut response",
        ALL,
    ),
    row(
        "H3",
        "chunks: a bad size, an overflowing one, extensions or trailers beyond 16 KiB, no \
         last chunk",
        "no HTTP: once more, then `protocol`; no last chunk is a cut response: retried, then \
         `transport`",
        NET,
    ),
    row(
        "H4",
        "two `Content-Length`, a negative one, one of 2^64",
        "once more, then `protocol`",
        NET,
    ),
    row(
        "H5",
        "`Content-Length` and `Transfer-Encoding` at once; `Transfer-Encoding: gzip, chunked`",
        "final, `protocol`; the second is read as JSON, which it is not: once more, then \
         `protocol`",
        ALL,
    ),
    row("H6", "99 GB are declared", "final, `protocol`, before any of it is read", NET),
    row(
        "H7",
        "a body beyond the limit, or without end",
        "final, `protocol`; read to the limit and no further",
        ALL,
    ),
    row("H8", "200 headers; one of 1 MiB", "final, `protocol`", NET),
    row(
        "H9",
        "no status line, HTTP/0.9, bytes that are no HTTP; HTTP/2 only",
        "once more, then `protocol`; HTTP/2 is final, `protocol`, and named",
        NET,
    ),
    row("H10", "status 099, 999, 101", "final, `protocol`; 099 is no HTTP: once more", ALL),
    row(
        "H11",
        "`100 Continue` many times, with headers; `103 Early Hints`",
        "skipped; endless ones meet the attempt's time limit, then `transport`",
        NET,
    ),
    row("H12", "204; 200 without a body", "final, `protocol`", ALL),
    row(
        "H13",
        "301, 302, 303, 307, 308: relative, another host or port, a loop, `//host`, \
         credentials",
        "final, `protocol` with the host; no other host is connected to",
        ALL,
    ),
    row("H14", "201, 203, 206, 304 with a page", "final, `protocol`: only 200 is a page", ALL),
    row(
        "H15",
        "400, 404, 405, 410, 422",
        "final, `protocol` with the server's `message`, escaped, at most 256 characters; \
         after earlier pages it adds that Braze returns an empty page there",
        ALL,
    ),
    row(
        "H16",
        "401, 403",
        "final, `refused`, which names the permission; in HTML it is a firewall's, \
         `protocol`, and says nothing about the key",
        ALL,
    ),
    row("H17", "407", "final, `protocol`", ALL),
    row(
        "H18",
        "408, 425, and every 5xx except 501 and 505, such as 507, 529, 598",
        "retried, then `server`; every end that another run may mend leaves a checkpoint",
        ALL,
    ),
    row("H19", "501, 505", "final, `protocol`", ALL),
    row(
        "H20",
        "429 with a reset, `Retry-After`, `X-RateLimit-Retry-After`, nothing, garbage",
        "waits as told, never less, fractions rounded up; told nothing usable it backs off, \
         longer than after a failure; then `rate_limited`",
        ALL,
    ),
    row(
        "H21",
        "429 for ever, or for too long",
        "`rate_limited`: after the attempts, or at once with the time",
        ALL,
    ),
    row(
        "H22",
        "a reset in the past, ten years ahead, negative, fractional, in milliseconds, as \
         seconds from now, of 30 digits, not ASCII",
        "past or nonsense is ignored, too far ends at once with `rate_limited`; a number that \
         cannot be a date is a span",
        ALL,
    ),
    row(
        "H23",
        "`Content-Encoding: gzip` or `br`, unrequested; `UTF-8`, `none`, `identity` or \
         another over plain JSON",
        "final, `protocol`: nothing is decompressed; plain JSON is read whatever it is called",
        ALL,
    ),
    row("H24", "a gzip bomb; broken gzip", "final, `protocol`: nothing is decompressed", ALL),
    row(
        "H25",
        "HTML with 200; JSON declared as HTML",
        "final, `protocol`, which asks whether the host is right; JSON is read: the first \
         byte decides",
        ALL,
    ),
    row(
        "H26",
        "bare line feeds, folded headers, a blank before a colon, NUL in a header, a value \
         that is not UTF-8",
        "the first and the last are read; the others are no HTTP: once more, then `protocol`",
        NET,
    ),
    row(
        "H27",
        "rate limit headers twice, contradictory, in mixed case",
        "the first readable one, in the order `Retry-After`, `X-RateLimit-Retry-After`, \
         `X-RateLimit-Reset`",
        ALL,
    ),
    row(
        "H28",
        "bytes, or a whole forged response, after the body",
        "not taken for the next page",
        NET,
    ),
    row("H29", "`Connection: close` with every page", "works", ALL),
    row("H30", "an HTTP/1.0 server", "works", NET),
    row(
        "H31",
        "a limiter in front answers bursts with a bare 429 or 503 (nginx `limit_req`)",
        "one request at a time, slower with each refusal; then `rate_limited` or `server`",
        ALL,
    ),
    row(
        "H32",
        "two faults of different kinds in a row",
        "each is judged for itself; two unreadable responses end with `protocol`",
        ALL,
    ),
];
