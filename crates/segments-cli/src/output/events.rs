//! Changes as lines of JSON, or as a table.

use std::borrow::Cow;
use std::io::{self, Write};

use segments_core::response::Timestamp;
use serde::Serialize;

use crate::changes::{Change, Event};
use crate::text::escape::{columns, cut, escaped};

const GAP: usize = 2;

/// How far columns are padded, where one long name would pad every line.
const PADDED: [usize; 4] = [16, 40, 40, 36];

/// How changes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum EventFormat {
    /// Aligned columns for people
    Table,
    /// One JSON object a line
    Ndjson,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace: Option<&'a str>,
    #[serde(flatten)]
    event: &'a Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
}

/// What was compared.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EventOrigin<'a> {
    /// Which one, of many.
    pub(crate) workspace: Option<&'a str>,
    /// When the new list was read, if that is known.
    pub(crate) at: Option<Timestamp>,
}

/// Writes one line for each event, in a table none wider than `width`, which does not show the origin.
pub(crate) fn write_events(
    events: &[Event],
    origin: EventOrigin,
    format: EventFormat,
    width: Option<usize>,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        EventFormat::Ndjson => write_ndjson(events, origin, out),
        EventFormat::Table => write_table(events, width, out),
    }
}

fn write_ndjson(events: &[Event], origin: EventOrigin, out: &mut impl Write) -> io::Result<()> {
    let EventOrigin { workspace, at } = origin;
    for event in events {
        serde_json::to_writer(&mut *out, &Line { workspace, event, at })?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn write_table(events: &[Event], width: Option<usize>, out: &mut impl Write) -> io::Result<()> {
    let mut longest = [0; 4];
    for event in events {
        for (most, cell) in longest.iter_mut().zip(row(event)) {
            *most = columns(&cell).max(*most);
        }
    }
    let widths = match width {
        Some(width) => fit(longest, width),
        None => std::array::from_fn(|column| Some(longest[column].min(PADDED[column]))),
    };

    for event in events {
        let mut line = String::new();
        for (cell, padded) in row(event).iter().zip(widths) {
            let Some(padded) = padded else { continue };
            let cell = if width.is_some() { cut(cell, padded) } else { Cow::Borrowed(&**cell) };
            line.push_str(&cell);
            let blanks = padded.saturating_sub(columns(&cell)) + GAP;
            line.extend(std::iter::repeat_n(' ', blanks));
        }
        let line = cut(line.trim_end_matches(' '), width.unwrap_or(usize::MAX));
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// The width of each column that is shown within `limit`. An id is of use only as a whole, so it goes
/// first; then names and details share the room.
fn fit([kind, name, details, id]: [usize; 4], limit: usize) -> [Option<usize>; 4] {
    if kind + name + details + id + 3 * GAP <= limit {
        return [kind, name, details, id].map(Some);
    }
    let room = limit.saturating_sub(kind + 2 * GAP);
    let name = name.min((room / 2).max(room.saturating_sub(details)));
    [Some(kind), Some(name), Some(room - name), None]
}

/// What happened, to which name, from what to what, and the id.
fn row(event: &Event) -> [Cow<'_, str>; 4] {
    [
        Cow::Owned(event.change.words()),
        escaped(&event.name),
        details(&event.change),
        escaped(&event.id),
    ]
}

fn details(change: &Change) -> Cow<'_, str> {
    match change {
        Change::Initial(now) | Change::Created(now) | Change::Restored(now) => {
            let tags: Vec<_> = now.tags.iter().map(|tag| escaped(tag)).collect();
            Cow::Owned(tags.join(", "))
        }
        Change::Removed(proof) => Cow::Owned(format!("proof: {}", proof.name().replace('_', " "))),
        Change::NotSeen => Cow::Borrowed("no proof that it is gone"),
        Change::Renamed { from } => Cow::Owned(format!("was {}", escaped(from))),
        Change::Retagged { added, removed } => {
            let added = added.iter().map(|tag| format!("+{}", escaped(tag)));
            let removed = removed.iter().map(|tag| format!("-{}", escaped(tag)));
            Cow::Owned(added.chain(removed).collect::<Vec<_>>().join(", "))
        }
        Change::TrackingChanged { enabled: true } => Cow::Borrowed("analytics on"),
        Change::TrackingChanged { enabled: false } => Cow::Borrowed("analytics off"),
    }
}

#[cfg(test)]
mod tests {
    use segments_core::Segment;

    use super::*;
    use crate::changes::{Proof, State, compare};

    fn events() -> Vec<Event> {
        let segment = |id: &str, name, tracked, tags: &[&str]| {
            Segment::new(id.repeat(36), name, tracked, tags).unwrap()
        };
        let old = [segment("a", "VIP", true, &["x"]), segment("b", "Lapsed\u{1b}[2J", true, &[])];
        let new = [segment("a", "VIPs", false, &["y", "z"]), segment("c", "日本", true, &["x"])];
        compare(Some(&State::from_iter(&old)), &new, Some(Proof::CompleteByCount))
    }

    fn text(format: EventFormat, width: Option<usize>) -> String {
        let mut out = Vec::new();
        let origin = EventOrigin { workspace: None, at: Some(Timestamp::from_unix(1_592_427_423)) };
        write_events(&events(), origin, format, width, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_is_aligned_and_safe() {
        let [a, b, c] = ["a", "b", "c"].map(|id| id.repeat(36));
        let expected = format!(
            "created           日本             x                         {c}\n\
             removed           Lapsed\\u{{1b}}[2J  proof: complete by count  {b}\n\
             renamed           VIPs             was VIP                   {a}\n\
             retagged          VIPs             +y, +z, -x                {a}\n\
             tracking changed  VIPs             analytics off             {a}\n"
        );
        assert_eq!(text(EventFormat::Table, None), expected);
        assert_eq!(text(EventFormat::Table, Some(97)), expected);

        let narrow = "\
created           日本        x
removed           Lapsed\\u{…  proof: co…
renamed           VIPs        was VIP
retagged          VIPs        +y, +z, -x
tracking changed  VIPs        analytics…
";
        assert_eq!(text(EventFormat::Table, Some(40)), narrow);
        assert!(text(EventFormat::Table, Some(10)).lines().all(|line| columns(line) <= 10));
    }

    #[test]
    fn every_line_has_its_time() {
        let text = text(EventFormat::Ndjson, None);
        assert_eq!(text.lines().count(), 5);
        for line in text.lines() {
            assert!(line.starts_with("{\"event\":\""), "{line}");
            assert!(line.ends_with(",\"at\":\"2020-06-17T20:57:03Z\"}"), "{line}");
        }
    }
}
