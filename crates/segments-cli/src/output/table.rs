//! Aligned columns for people. Nothing in a name can control the terminal or break a line.

use std::borrow::Cow;
use std::io::{self, Write};

use segments_core::Segment;

use super::fields::{FIELDS, Fields};
use crate::text::escape::{columns, cut, escaped};

const GAP: usize = 2;

const ID: usize = 0;
const NAME: usize = 1;
const TRACKED: usize = 2;
const TAGS: usize = 3;

/// The fewest columns in which a longer text is worth showing. All known ids have 36.
const READABLE: [usize; 4] = [36, 30, 9, 8];

/// An id where names need the room: eight characters, and that there are more.
const SHORT_ID: usize = 9;

/// Which columns a narrow terminal drops, the first one first. Names always stay.
const DROPPED: [usize; 3] = [ID, TRACKED, TAGS];

/// How far columns are padded in a file, where no cell is cut: otherwise one long name would pad every
/// line.
const PADDED: [usize; 4] = [36, 40, 26, 40];

/// The header of tracking where names need the room: as wide as `false`.
const NARROW: &str = "track";

type Row<'a> = [Cow<'a, str>; 4];

/// What a table has beside its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) header: bool,
    pub(crate) coloured: bool,
}

/// Writes one line for each segment, none wider than `width`.
pub(crate) fn write(
    segments: &[Segment],
    fields: &Fields,
    width: Option<usize>,
    look: Look,
    out: &mut impl Write,
) -> io::Result<()> {
    // A file has room for the full name of the field.
    let tracked = if width.is_some() { "analytics" } else { FIELDS[TRACKED] };
    let mut header = [FIELDS[ID], FIELDS[NAME], tracked, FIELDS[TAGS]].map(Cow::Borrowed);

    let mut longest =
        if look.header { header.each_ref().map(|cell| columns(cell)) } else { [0; 4] };
    for segment in segments {
        for (most, cell) in longest.iter_mut().zip(row(segment)) {
            *most = columns(&cell).max(*most);
        }
    }
    let is_asked =
        std::array::from_fn(|column| fields.iter().any(|field| field as usize == column));
    let widths = match width {
        Some(width) => fit(longest, is_asked, fields.are_all(), width),
        None => std::array::from_fn(|column| Some(longest[column].min(PADDED[column]))),
    };

    if widths[TRACKED] == Some(NARROW.len()) {
        header[TRACKED] = Cow::Borrowed(NARROW);
    }

    let (mut line, mut coloured) = (String::new(), String::new());
    let header = look.header.then_some((HEADER, header));
    let rows = segments.iter().map(|segment| ("", row(segment)));
    for (of_line, row) in header.into_iter().chain(rows) {
        line.clear();
        coloured.clear();
        for column in fields.iter().map(|field| field as usize) {
            let (cell, Some(padded)) = (&row[column], widths[column]) else { continue };
            let cell = if width.is_some() { cut(cell, padded) } else { Cow::Borrowed(&**cell) };
            line.push_str(&cell);
            let blanks = padded.saturating_sub(columns(&cell)) + GAP;
            line.extend(std::iter::repeat_n(' ', blanks));

            let style = if of_line.is_empty() { style(column, &cell) } else { of_line };
            coloured.push_str(style);
            coloured.push_str(&cell);
            coloured.push_str(if style.is_empty() { "" } else { RESET });
            coloured.extend(std::iter::repeat_n(' ', blanks));
        }

        let line = cut(line.trim_end_matches(' '), width.unwrap_or(usize::MAX));
        // Only a terminal of a few columns cuts a whole line, and needs no colours.
        let is_whole = matches!(line, Cow::Borrowed(_));
        let shown = if is_whole && look.coloured { coloured.trim_end_matches(' ') } else { &line };
        writeln!(out, "{shown}")?;
    }
    Ok(())
}

const HEADER: &str = "\u{1b}[1m";
const GREEN: &str = "\u{1b}[32m";
const YELLOW: &str = "\u{1b}[33m";
const CYAN: &str = "\u{1b}[36m";
const RESET: &str = "\u{1b}[0m";

/// What begins the colour of a cell, or nothing.
fn style(column: usize, cell: &str) -> &'static str {
    match (column, cell) {
        (_, "") => "",
        (TRACKED, "true") => GREEN,
        (TRACKED, _) => YELLOW,
        (TAGS, _) => CYAN,
        _ => "",
    }
}

fn row(segment: &Segment) -> Row<'_> {
    let tracked = if segment.analytics_tracking_enabled() { "true" } else { "false" };
    [escaped(segment.id()), escaped(segment.name()), Cow::Borrowed(tracked), tags(segment)]
}

/// The tags with commas between them, without a copy if there is only one.
fn tags(segment: &Segment) -> Cow<'_, str> {
    let mut tags = segment.tags();
    let Some(first) = tags.next() else { return Cow::Borrowed("") };

    let mut list = escaped(first);
    for tag in tags {
        let list = list.to_mut();
        list.push_str(", ");
        list.push_str(&escaped(tag));
    }
    list
}

/// The width of each column that is shown within `limit`. Names come first: before one is cut, tags,
/// tracking and ids are shortened. Who asks for ids by name gets them whole.
fn fit(
    mut longest: [usize; 4],
    is_asked: [bool; 4],
    may_shorten_ids: bool,
    limit: usize,
) -> [Option<usize>; 4] {
    for (longest, is_asked) in longest.iter_mut().zip(is_asked) {
        *longest = if is_asked { *longest } else { 0 };
    }
    let mut least: [_; 4] =
        std::array::from_fn(|at| is_asked[at].then(|| longest[at].min(READABLE[at])));

    let cuts_names = |[id, name, tracked, tags]: [Option<usize>; 4]| {
        total(&[id, name.map(|_| longest[NAME]), tracked, tags]) > limit
    };
    if cuts_names(least) {
        least[TRACKED] = least[TRACKED].map(|tracked| tracked.min(NARROW.len()));
    }
    if cuts_names(least) && may_shorten_ids {
        least[ID] = least[ID].map(|id| id.min(SHORT_ID));
    }

    for column in DROPPED {
        // Something stays, cut off if need be.
        if total(&least) <= limit || least.iter().flatten().count() == 1 {
            break;
        }
        least[column] = None;
    }

    let [id, name, tracked, tags] = least;
    let gaps = GAP * least.iter().flatten().count().saturating_sub(1);
    let room = limit.saturating_sub(id.unwrap_or(0) + tracked.unwrap_or(0) + gaps);

    // Tags get what names leave, and a few columns in any case.
    let tags = tags.map(|least| longest[TAGS].min(room.saturating_sub(longest[NAME]).max(least)));
    let name = name.map(|_| longest[NAME].min(room.saturating_sub(tags.unwrap_or(0))));

    // An id that is longer than usual takes what is left.
    let left = room.saturating_sub(tags.unwrap_or(0) + name.unwrap_or(0));
    let id = id.map(|id| if id < READABLE[ID] { id } else { longest[ID].min(id + left) });
    [id, name, tracked, tags]
}

/// The columns of a line.
fn total(widths: &[Option<usize>]) -> usize {
    let shown = widths.iter().flatten();
    shown.clone().sum::<usize>() + GAP * shown.count().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::super::fields::Field;
    use super::*;

    fn segment(id: &str, name: &str, tags: &[&str]) -> Segment {
        Segment::new(id, name, true, tags).unwrap()
    }

    fn table(segments: &[Segment], width: Option<usize>) -> String {
        let mut out = Vec::new();
        write(segments, &Fields::default(), width, PLAIN, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    const PLAIN: Look = Look { header: true, coloured: false };

    #[test]
    fn without_a_header_columns_are_as_wide_as_their_cells() {
        let mut out = Vec::new();
        let segments = [segment("1", "VIP", &["a"]), segment("22", "x", &[])];
        let look = Look { header: false, ..PLAIN };
        write(&segments, &Fields::default(), Some(80), look, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "1   VIP  true  a\n22  x    true\n");
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

    const ID_OF_2020: &str = "6d68ea15-26c4-4109-835a-65b81773a5e2";

    #[test]
    fn a_narrow_terminal_shows_names_and_not_ids() {
        let segments = [
            segment(ID_OF_2020, "Lapsed Users - 30 days", &["lifecycle", "email"]),
            segment(&ID_OF_2020.replace('6', "7"), "VIP", &[]),
        ];
        for (width, expected) in [
            (20, "name\nLapsed Users - 30 d…\nVIP\n"),
            (
                40,
                "name                    track  tags\n\
                 Lapsed Users - 30 days  true   lifecycl…\n\
                 VIP                     true\n",
            ),
            (
                50,
                "id         name                    track  tags\n\
                 6d68ea15…  Lapsed Users - 30 days  true   lifecyc…\n\
                 7d78ea15…  VIP                     true\n",
            ),
            (9, "name\nLapsed U…\nVIP\n"),
        ] {
            assert_eq!(table(&segments, Some(width)), expected, "{width}");
        }
        // What is short leaves room for what is long.
        let short = [segment("1", "VIP", &["a"])];
        assert_eq!(table(&short, Some(25)), "id  name  analytics  tags\n1   VIP   true       a\n");
        assert_eq!(table(&short, Some(24)), "id  name  track  tags\n1   VIP   true   a\n");
        assert_eq!(table(&short, Some(20)), "name  track  tags\nVIP   true   a\n");
    }

    #[test]
    fn an_id_that_is_no_uuid_takes_what_is_left() {
        let long = "i".repeat(60);
        let text = table(&[segment(&long, "VIP", &[])], Some(80));
        assert!(text.contains(&format!("{}…  VIP", "i".repeat(56))), "{text}");
        let text = table(&[segment(&long, "VIP", &[])], Some(100));
        assert!(text.contains(&format!("{long}  VIP")), "{text}");
    }

    #[test]
    fn colours_change_nothing_else() {
        let segments =
            [segment(ID_OF_2020, &"n".repeat(40), &["a", "b"]), segment("1", "VIP", &[])];
        let look = Look { coloured: true, ..PLAIN };
        for width in [80, 40, 5] {
            let mut out = Vec::new();
            write(&segments, &Fields::default(), Some(width), look, &mut out).unwrap();
            let coloured = String::from_utf8(out).unwrap();
            assert!(coloured.contains(HEADER), "{coloured}");

            let mut plain = coloured.clone();
            for style in [HEADER, GREEN, YELLOW, CYAN, RESET] {
                plain = plain.replace(style, "");
            }
            assert_eq!(plain, table(&segments, Some(width)));
        }
    }

    #[test]
    fn names_are_whole_before_tags_are() {
        let name = "Winback (US & Canada)";
        let text = table(&[segment(ID_OF_2020, name, &["onboarding", "email"])], Some(80));
        assert!(text.contains(&format!("{ID_OF_2020}  {name}  true       onboard…")), "{text}");

        let name = "Survey Respondents (US)!!";
        let text = table(&[segment(ID_OF_2020, name, &["onboarding", "email"])], Some(80));
        assert!(text.contains(&format!("{ID_OF_2020}  {name}  true   onboard…")), "{text}");
        assert!(text.lines().next().unwrap().ends_with("  track  tags"), "{text}");
    }

    #[test]
    fn one_long_name_does_not_pad_every_line_of_a_file() {
        let long = "n".repeat(70_000);
        let mut segments: Vec<_> =
            (0..1000).map(|id| segment(&format!("id-{id}"), "VIP", &["x"])).collect();
        segments.push(segment(&long, &long, &["y"]));
        let text = table(&segments, None);
        assert!(text.contains(&format!("{long}  {long}  true")), "nothing is cut");
        assert!(text.len() < 2 * long.len() + 1001 * 120, "{}", text.len());
        let columns: Vec<_> = text.lines().take(1000).map(|line| line.find('V')).collect();
        assert!(columns[1..].iter().all(|column| *column == Some(38)), "aligned all the same");
    }

    #[test]
    fn names_come_before_ids_unless_ids_are_asked_for() {
        let name = |length| "n".repeat(length);
        let segments = |length| [segment(ID_OF_2020, &name(length), &[&"t".repeat(90)])];
        let line = |length| table(&segments(length), Some(80)).lines().nth(1).unwrap().to_owned();

        // What an id of 36 columns, short tracking and tags leave.
        assert!(line(25).starts_with(&format!("{ID_OF_2020}  {}  true", name(25))), "{}", line(25));
        assert!(line(26).starts_with(&format!("6d68ea15…  {}  true", name(26))), "{}", line(26));
        assert!(line(52).starts_with(&format!("6d68ea15…  {}  true", name(52))), "{}", line(52));
        let cut = line(90);
        assert!(cut.starts_with(&format!("6d68ea15…  {}…  true", name(51))), "{cut}");
        assert_eq!(cut.width(), 80);

        let mut out = Vec::new();
        let fields = Fields::new(&[Field::Id, Field::Name]).unwrap();
        write(&segments(90), &fields, Some(80), PLAIN, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(&format!("{ID_OF_2020}  {}…\n", name(41))), "{text}");
    }

    #[test]
    fn a_name_of_thirty_columns_comes_before_ids_and_tracking() {
        let segments = [segment(ID_OF_2020, &"n".repeat(60), &[&"t".repeat(60)])];
        for (width, header) in [
            (58, format!("id         {:30}  track  tags", "name")),
            (57, format!("{:40}  track  tags", "name")),
            (47, format!("{:30}  track  tags", "name")),
            (46, format!("{:36}  tags", "name")),
            (40, format!("{:30}  tags", "name")),
            (39, "name".to_owned()),
        ] {
            let text = table(&segments, Some(width));
            assert_eq!(text.lines().next(), Some(&*header), "{width}");
        }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let names = [1, 20, 40, 90].map(|length| "n".repeat(length));
        for (name, tags) in names.iter().flat_map(|name| [(name, 0), (name, 9), (name, 90)]) {
            let tags = "t".repeat(tags);
            let segments = [segment(ID_OF_2020, name, &[&tags]), segment("1", "VIP", &[])];
            for width in 1..=140 {
                let text = table(&segments, Some(width));
                assert!(text.lines().all(|line| line.width() <= width), "{width}\n{text}");
            }
            assert!(table(&segments, None).contains(&tags));
        }
    }
}
