//! A table of Markdown, as GitHub draws it. It shows the text of a name, whatever that is: nothing in it
//! is markup. GitHub looks for `a@b.example`, `@user` and `#1` in the text itself, where no escape helps.

use std::borrow::Cow;
use std::io::{self, Write};

use segments_core::Segment;

use super::fields::{Field, Fields};
use crate::text::escape::escaped;

/// Writes the names of the fields, and the line without which it is no table.
pub(crate) fn write_header(fields: &Fields, out: &mut impl Write) -> io::Result<()> {
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    out.write_all(line(fields.names().collect()).as_bytes())?;
    out.write_all(line(fields.names().map(|_| "---").collect()).as_bytes())
}

/// Writes one row for each segment.
pub(crate) fn write(segments: &[Segment], fields: &Fields, out: &mut impl Write) -> io::Result<()> {
    for segment in segments {
        for field in fields.iter() {
            let cell = match field {
                Field::Id => literal(segment.id()),
                Field::Name => literal(segment.name()),
                Field::AnalyticsTrackingEnabled if segment.analytics_tracking_enabled() => {
                    "true".into()
                }
                Field::AnalyticsTrackingEnabled => "false".into(),
                Field::Tags => segment.tags().map(literal).collect::<Vec<_>>().join(", ").into(),
            };
            write!(out, "| {cell} ")?;
        }
        out.write_all(b"|\n")?;
    }
    Ok(())
}

/// The text with a backslash before each character that could be markup, on one line.
fn literal(text: &str) -> Cow<'_, str> {
    let text = escaped(text);
    if !text.contains(is_markup) && !text.contains('.') {
        return text;
    }

    let mut literal = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let begins_word = rest.peek().is_some_and(|next| !next.is_whitespace());
        // `US & Canada` and `Lapsed: 7 days` stay readable; `&amp;`, `:tada:` and `https://` do not
        // become what they stand for.
        let is_host = c == '.' && ends_with_www(&literal);
        if is_host || (is_markup(c) && (begins_word || !matches!(c, '&' | ':'))) {
            literal.push('\\');
        }
        literal.push(c);
    }
    Cow::Owned(literal)
}

/// GitHub makes a link of what follows.
fn ends_with_www(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.last_chunk::<3>().is_some_and(|end| end.eq_ignore_ascii_case(b"www"))
}

/// Whether a renderer may give this character a meaning in the middle of a line.
fn is_markup(c: char) -> bool {
    matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '$' | '&' | ':')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::*;

    fn table(segments: &[Segment]) -> String {
        let (fields, mut out) = (Fields::default(), Vec::new());
        write_header(&fields, &mut out).unwrap();
        write(segments, &fields, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn names_stay_readable() {
        let segment =
            Segment::new("1", "Winback (US & Canada): 7 days!", true, ["a", "b|c"]).unwrap();
        let expected = "\
| id | name | analytics_tracking_enabled | tags |
| --- | --- | --- | --- |
| 1 | Winback (US & Canada): 7 days! | true | a, b\\|c |
";
        assert_eq!(table(&[segment]), expected);
    }

    #[test]
    fn a_host_is_no_link() {
        for (name, expected) in [
            ("www.a.example", "www\\.a.example"),
            ("at WWW.a.example", "at WWW\\.a.example"),
            ("v1.2", "v1.2"),
        ] {
            assert_eq!(literal(name), expected);
        }
    }

    /// The cells of the rows, as a reader of Markdown sees them.
    fn read(text: &str) -> Vec<Vec<String>> {
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH;
        let (mut rows, mut is_row) = (Vec::new(), false);
        for event in Parser::new_ext(text, options) {
            match event {
                Event::Start(Tag::TableRow) => {
                    rows.push(Vec::new());
                    is_row = true;
                }
                Event::Start(Tag::TableCell) if is_row => {
                    rows.last_mut().unwrap().push(String::new());
                }
                Event::Text(text) if is_row => {
                    rows.last_mut().unwrap().last_mut().unwrap().push_str(&text);
                }
                Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableCell)
                | Event::End(
                    TagEnd::TableCell | TagEnd::TableRow | TagEnd::TableHead | TagEnd::Table,
                )
                | Event::Text(_) => {}
                other => panic!("markup: {other:?} in {text}"),
            }
        }
        rows
    }

    proptest! {
        #[test]
        fn another_reader_sees_the_text(
            name in "[ \\\\`*_\\[\\]()<>|~$&:#!a-c;\n\r-]{0,16}|\\PC{0,12}|(<b>|&amp;|&#35;|https://a.b|`a`|\\*\\*a\\*\\*){1,3}",
            tag in "[ \\\\`*_|,a]{0,6}",
        ) {
            let segment = Segment::new("1", &name, true, [&tag]).unwrap();
            let rows = read(&table(&[segment.clone(), segment]));
            prop_assert_eq!(rows.len(), 2);
            for row in rows {
                let (name, tag) = (escaped(&name), escaped(&tag));
                prop_assert_eq!((row[1].trim(), row[3].trim()), (name.trim(), tag.trim()));
                prop_assert_eq!(row.len(), 4);
            }
        }
    }
}
