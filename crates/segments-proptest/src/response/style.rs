use std::fmt::Write;

use proptest::prelude::*;
use segments_core::Segment;

/// How a page is written. The default is the form of every recording, and every other one means
/// the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Style {
    /// Which order the keys have, of all that there are; 0 is the documented one.
    pub order: u16,
    /// Whether there are keys that nothing documents.
    pub unknown_keys: bool,
    /// Whether white space is wherever it may be.
    pub spaces: bool,
    /// Which characters are escaped.
    pub escapes: Escapes,
    /// How tags are written.
    pub tags: TagStyle,
}

/// Which characters of keys and texts are written as `\u0000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Escapes {
    /// Those that JSON does not allow otherwise.
    #[default]
    Needed,
    /// Also those beyond ASCII.
    NonAscii,
    /// All.
    All,
}

/// How the tags of a segment are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TagStyle {
    /// As an array, empty where there are none.
    #[default]
    Array,
    /// As `null` where there are none.
    Null,
    /// Left out where there are none.
    Missing,
    /// As an array with a `null` before, between and behind the tags.
    WithNulls,
}

/// Any [`Style`]. Shrinks to the default, one difference after another.
///
/// ```
/// use proptest::prelude::*;
/// use segments_core::{Api, ApiKey, Instance};
/// use segments_proptest::{page, response};
///
/// let api = Api::new(Instance::Us01.into(), ApiKey::new("a-key")?);
/// proptest!(|(page in page(), style in response::style())| {
///     let segments: Vec<_> = page.segments().collect();
///     let body = response::write(&segments, style);
///     prop_assert_eq!(api.read(&http::Response::new(body))?, page);
/// });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn style() -> impl Strategy<Value = Style> + Clone {
    let order = prop_oneof![1 => Just(0), 1 => any::<u16>()];
    let escapes = prop_oneof![
        3 => Just(Escapes::Needed),
        1 => Just(Escapes::NonAscii),
        1 => Just(Escapes::All),
    ];
    let tags = prop_oneof![
        2 => Just(TagStyle::Array),
        1 => Just(TagStyle::Null),
        1 => Just(TagStyle::Missing),
        1 => Just(TagStyle::WithNulls),
    ];
    let switch = proptest::bool::weighted(0.3);
    (order, switch, switch, escapes, tags)
        .prop_map(|(order, unknown_keys, spaces, escapes, tags)| Style {
            order,
            unknown_keys,
            spaces,
            escapes,
            tags,
        })
        .boxed()
}

/// The body of a page with these segments.
///
/// ```
/// use segments_core::Segment;
/// use segments_proptest::response::{Style, write};
///
/// let segments = [Segment::new("a", "VIP", true, ["x"])?];
/// assert_eq!(
///     write(&segments, Style::default()),
///     br#"{"segments":[{"id":"a","name":"VIP","analytics_tracking_enabled":true,"tags":["x"]}],"message":"success"}"#
/// );
/// # Ok::<(), segments_core::response::InvalidSegment>(())
/// ```
pub fn write(segments: &[Segment], style: Style) -> Vec<u8> {
    write_changed(segments, style, None)
}

/// One value of a page that is not as it should be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'a> {
    /// In which row; outside of the rows if `None`.
    pub(crate) row: Option<usize>,
    pub(crate) key: &'static str,
    pub(crate) edit: Edit<'a>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Edit<'a> {
    /// It is this JSON, or what is no JSON.
    Replace(&'a [u8]),
    Remove,
    /// It is there, and again with this JSON.
    Repeat(&'a [u8]),
    /// Before it there is another key with this JSON.
    Precede(&'a [u8]),
}

pub(crate) fn write_changed(
    segments: &[Segment],
    style: Style,
    change: Option<Change<'_>>,
) -> Vec<u8> {
    let rows = segments.iter().enumerate().map(|(index, segment)| {
        let members = row(segment, style);
        object(members, style, change.filter(|change| change.row == Some(index)))
    });
    let rows: Vec<Vec<u8>> = rows.collect();

    let mut members =
        vec![("segments", array(&rows, style)), ("message", text("success", style).into())];
    if style.unknown_keys {
        members.push(("next", br#"{"segments":[{}],"message":"failure"}"#.to_vec()));
        members.push(("total", b"-0.5e-3".to_vec()));
    }
    object(members, style, change.filter(|change| change.row.is_none()))
}

type Members = Vec<(&'static str, Vec<u8>)>;

fn row(segment: &Segment, style: Style) -> Members {
    let tracking = segment.analytics_tracking_enabled();
    let mut members: Members = vec![
        ("id", text(segment.id(), style).into()),
        ("name", text(segment.name(), style).into()),
        ("analytics_tracking_enabled", tracking.to_string().into()),
    ];

    let mut tags: Vec<Vec<u8>> = segment.tags().map(|tag| text(tag, style).into()).collect();
    match style.tags {
        TagStyle::Null if tags.is_empty() => members.push(("tags", b"null".to_vec())),
        TagStyle::Missing if tags.is_empty() => {}
        TagStyle::WithNulls => {
            for place in (0..=tags.len()).rev() {
                tags.insert(place, b"null".to_vec());
            }
            members.push(("tags", array(&tags, style)));
        }
        _ => members.push(("tags", array(&tags, style))),
    }

    if style.unknown_keys {
        members.push(("ID", b"12345678901234567890".to_vec()));
        members.push(("teams", br#"[null,true,{"id":""},"id",[[]]]"#.to_vec()));
    }
    members
}

fn array(elements: &[Vec<u8>], style: Style) -> Vec<u8> {
    let space: &[u8] = if style.spaces { b" \r\n\t" } else { b"" };
    [b"[", space, &elements.join(&b","[..]), space, b"]"].concat()
}

fn object(members: Members, style: Style, change: Option<Change<'_>>) -> Vec<u8> {
    let mut members = in_order(members, style.order);
    if let Some(Change { key, edit, .. }) = change {
        let place = members.iter().position(|(name, _)| *name == key);
        let place = place.unwrap_or(members.len());
        match edit {
            Edit::Remove => drop(members.remove(place)),
            Edit::Replace(json) => {
                // Tags may be missing.
                if place < members.len() {
                    members.remove(place);
                }
                members.insert(place, (key, json.to_vec()));
            }
            Edit::Repeat(json) => members.insert(place, (key, json.to_vec())),
            Edit::Precede(json) => members.insert(place, ("more", json.to_vec())),
        }
    }

    let space: &[u8] = if style.spaces { b"\n " } else { b"" };
    let member = |(key, value): &(&str, Vec<u8>)| {
        [space, text(key, style).as_bytes(), space, b":", space, value, space].concat()
    };
    let members: Vec<Vec<u8>> = members.iter().map(member).collect();
    [space, b"{", &members.join(&b","[..]), b"}", space].concat()
}

/// The permutation with this number; 0 changes nothing.
fn in_order(mut members: Members, order: u16) -> Members {
    let mut rest = usize::from(order);
    let mut ordered = Members::new();
    while !members.is_empty() {
        let place = rest % members.len();
        rest /= members.len();
        ordered.push(members.remove(place));
    }
    ordered
}

fn text(text: &str, style: Style) -> String {
    let escaped = |character: char| match style.escapes {
        Escapes::Needed => false,
        Escapes::NonAscii => !character.is_ascii(),
        Escapes::All => true,
    };
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            _ if escaped(character) => escape(character, &mut out),
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            ..' ' => escape(character, &mut out),
            _ => out.push(character),
        }
    }
    out + "\""
}

fn escape(character: char, out: &mut String) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        write!(out, "\\u{unit:04X}").expect("a string takes everything");
    }
}
