//! Aligned columns for people. Nothing in a name can steer the terminal or break a line.

use std::borrow::Cow;
use std::io::{self, Write};

use segments_core::Segment;

use super::FIELDS;
use crate::escape::{columns, cut, escaped};

const GAP: usize = 2;

/// A column narrower than this says little.
const READABLE: usize = 8;

const ID: usize = 0;
const NAME: usize = 1;
const TRACKED: usize = 2;
const TAGS: usize = 3;

type Row<'a> = [Cow<'a, str>; 4];

/// Writes a header and one line for each segment, none wider than `width`.
pub(crate) fn write(
    segments: &[Segment],
    width: Option<usize>,
    out: &mut impl Write,
) -> io::Result<()> {
    // Where there is room for anything, the fields have their full names.
    let tracked = if width.is_some() { "analytics" } else { FIELDS[TRACKED] };
    let header = [FIELDS[ID], FIELDS[NAME], tracked, FIELDS[TAGS]].map(Cow::Borrowed);
    let mut widths = header.each_ref().map(|cell| columns(cell));
    for segment in segments {
        for (most, cell) in widths.iter_mut().zip(row(segment)) {
            *most = columns(&cell).max(*most);
        }
    }
    if let Some(width) = width {
        fit(&mut widths, width);
    }
    let mut line = String::new();
    for row in std::iter::once(header).chain(segments.iter().map(row)) {
        line.clear();
        for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
            let cell = cut(cell, width);
            if at > 0 {
                line.push_str("  ");
            }
            line.push_str(&cell);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(columns(&cell))));
        }
        let line = cut(line.trim_end(), width.unwrap_or(usize::MAX));
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn row(segment: &Segment) -> Row<'_> {
    let mut tags = segment.tags();
    let tags = match (tags.next(), tags.len()) {
        (None, _) => Cow::Borrowed(""),
        (Some(tag), 0) => escaped(tag),
        (Some(tag), _) => {
            let mut list = escaped(tag).into_owned();
            for tag in tags {
                list.push_str(", ");
                list.push_str(&escaped(tag));
            }
            Cow::Owned(list)
        }
    };
    let tracked = if segment.analytics_tracking_enabled() { "true" } else { "false" };
    [escaped(segment.id()), escaped(segment.name()), Cow::Borrowed(tracked), tags]
}

/// Narrows columns until they fit: name and tags share what the others leave, ids give way last.
fn fit(widths: &mut [usize; 4], limit: usize) {
    let limit = limit.saturating_sub(3 * GAP);
    let room = limit.saturating_sub(widths[ID] + widths[TRACKED]).max(2 * READABLE);
    let share = room / 3;
    widths[TAGS] = widths[TAGS].min(share.max(room.saturating_sub(widths[NAME])));
    widths[NAME] = widths[NAME].min(room - widths[TAGS]);
    for (column, least) in [(ID, READABLE), (TRACKED, 4), (TAGS, 1), (NAME, 1)] {
        let over = widths.iter().sum::<usize>().saturating_sub(limit);
        widths[column] -= over.min(widths[column].saturating_sub(least));
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn segment(id: &str, name: &str, tags: &[&str]) -> Segment {
        Segment::new(id, name, true, tags).unwrap()
    }

    fn table(segments: &[Segment], width: Option<usize>) -> String {
        let mut out = Vec::new();
        write(segments, width, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_aligned() {
        let segments = [
            segment("6d68ea15-26c4-4109-835a-65b81773a5e2", "Lapsed, 7 days", &["a", "b"]),
            segment("short", "日本\u{1b}[31m", &[]),
        ];
        let expected = "\
id                                    name            analytics  tags
6d68ea15-26c4-4109-835a-65b81773a5e2  Lapsed, 7 days  true       a, b
short                                 日本\\u{1b}[31m  true
";
        assert_eq!(table(&segments, Some(80)), expected);
    }

    #[test]
    fn names_and_tags_give_way_before_ids() {
        let id = "6d68ea15-26c4-4109-835a-65b81773a5e2";
        let segments = [segment(id, &"n".repeat(90), &[&"t".repeat(90)])];
        let text = table(&segments, Some(80));
        let line = text.lines().nth(1).unwrap();
        assert!(line.starts_with(id) && line.width() == 80, "{line}");
        let text = table(&segments, Some(20));
        assert!(text.lines().all(|line| line.width() <= 20), "{text}");
        assert!(table(&segments, None).contains(&"t".repeat(90)));
    }
}
