//! JSON into a [`Table`], strictly where it matters and leniently where real answers differ.
//!
//! `serde_json` is the judge of what is valid JSON; its messages are not passed on, because they
//! quote the body. The path to a fault is kept beside it as the reading goes. Usual pages do not come
//! this far: [`scan`] reads them faster.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use crate::message::json::invalid_text::{self, Flaw, Flaws};
use crate::message::json::scan;
use crate::message::json::table::{Table, TableBuilder};
use crate::message::json::{Field, JsonError, JsonErrorKind, JsonPath};

/// What a page's body says.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) table: Table,
    /// The key `segments` is missing, which counts as none.
    pub(crate) segments_missing: bool,
    /// Then the first key that has an array or an object, which may be another list.
    pub(crate) instead: Option<String>,
    /// The rows in which invalid text was replaced.
    pub(crate) replaced: Vec<u32>,
    /// There is a list of minor errors beside the segments.
    pub(crate) minor_errors: bool,
    /// `message`, if it is not `success`.
    pub(crate) message: Option<String>,
}

/// Reads a page.
pub(crate) fn page(body: &[u8]) -> Result<Body, JsonError> {
    let text = std::str::from_utf8(body).map_err(|error| not_utf8(body, error))?;
    let mut builder = TableBuilder::for_body(text.len());
    if scan::page(text, &mut builder).is_some() {
        return Ok(Body { table: finish(builder)?, ..Body::default() });
    }
    builder.clear();
    parse(text, builder, &Reading::default())
}

/// Reads a page again that was `malformed`, with U+FFFD in place of what is no text in names and
/// tags.
#[cold]
pub(crate) fn page_replacing(body: &[u8], malformed: JsonError) -> Result<Body, JsonError> {
    if !malformed.kind().is_invalid_text() {
        return Err(malformed);
    }
    // A mark, because U+FFFD itself may stand in a name that is valid.
    let Some(mark) = invalid_text::mark_for(body) else { return Err(malformed) };
    let text = invalid_text::marked(body, mark);
    let reading = Reading { mark: Some(mark), ..Reading::default() };
    parse(&text, TableBuilder::for_body(text.len()), &reading)
}

#[cold]
fn parse(text: &str, mut builder: TableBuilder, reading: &Reading) -> Result<Body, JsonError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let seed = PageSeed { builder: &mut builder, reading };
    let mut body = seed
        .deserialize(&mut json)
        .and_then(|body| json.end().map(|()| body))
        .map_err(|error| reading.malformed(&error, text))?;
    if reading.skipped.get() && deepest(text) > DEEPEST {
        return Err(JsonError::new(JsonPath::Page, JsonErrorKind::TooDeep));
    }

    body.table = finish(builder)?;
    body.replaced = reading.replaced.take();
    if body.segments_missing {
        body.instead = key_of_a_container(text);
    }
    Ok(body)
}

#[inline]
fn finish(builder: TableBuilder) -> Result<Table, JsonError> {
    builder.finish().ok_or_else(|| JsonError::new(JsonPath::Page, JsonErrorKind::TooLarge))
}

/// Where a body stops being UTF-8; at its very end it may only be cut.
#[cold]
fn not_utf8(body: &[u8], error: std::str::Utf8Error) -> JsonError {
    if error.error_len().is_none() {
        return JsonError::new(JsonPath::Page, JsonErrorKind::Truncated { offset: body.len() });
    }
    let offset = error.valid_up_to();
    let before = String::from_utf8_lossy(&body[..offset]);
    let reading = Reading::default();
    // What comes before it ends too early, and the reading stands where that is.
    let _ = parse(&before, TableBuilder::default(), &reading);
    JsonError::new(reading.place.get(), JsonErrorKind::Utf8 { offset })
}

/// The first key of the outermost object, `errors` apart, that has an array or an object. The text
/// is valid JSON.
fn key_of_a_container(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    let mut last = "";
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = end_of_string(bytes, at + 1);
                if depth == 1 {
                    last = &text[at..=end];
                }
                at = end;
            }
            b'[' | b'{' => {
                if depth == 1 {
                    let key: String = serde_json::from_str(last).ok()?;
                    if key != "errors" {
                        return Some(key);
                    }
                }
                depth += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where the quote is that ends a string, or the last byte.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'"') {
        at += if *byte == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len().saturating_sub(1))
}

/// Reads one segment out of any format.
pub(crate) fn segment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Table, D::Error> {
    let mut builder = TableBuilder::default();
    let reading = Reading { is_alone: true, ..Reading::default() };
    RowSeed { builder: &mut builder, reading: &reading }.deserialize(deserializer)?;
    builder.finish().ok_or_else(|| D::Error::custom("more than 4 GiB of text"))
}

/// Where the reading is, for the sake of errors.
#[derive(Default)]
struct Reading {
    place: Cell<JsonPath>,
    problem: Cell<Option<JsonErrorKind>>,
    /// Some value was passed over unread.
    skipped: Cell<bool>,
    /// One segment is read by itself, so that its place on a page says nothing.
    is_alone: bool,
    /// The character that stands where there was no text.
    mark: Option<char>,
    /// The rows in which it stood.
    replaced: RefCell<Vec<u32>>,
}

impl Reading {
    fn skip<'de, A: MapAccess<'de>>(&self, map: &mut A) -> Result<(), A::Error> {
        self.skipped.set(true);
        map.next_value::<IgnoredAny>().map(drop)
    }

    fn fail<E: serde::de::Error>(&self, place: JsonPath, problem: JsonErrorKind) -> E {
        self.place.set(place);
        self.problem.set(Some(problem));
        match place {
            JsonPath::Field(_, field) if self.is_alone => {
                E::custom(format_args!("{} {problem}", field.name()))
            }
            _ => E::custom(JsonError::new(place, problem)),
        }
    }

    fn is_marked(&self, text: &str) -> bool {
        self.mark.is_some_and(|mark| text.contains(mark))
    }

    /// A name or a tag of this row, with U+FFFD for every mark.
    fn clean<'a>(&self, index: usize, text: &'a str) -> Cow<'a, str> {
        let Some(mark) = self.mark.filter(|mark| text.contains(*mark)) else {
            return Cow::Borrowed(text);
        };
        // A page with more rows is refused at its end.
        let row = u32::try_from(index).unwrap_or(u32::MAX);
        let mut rows = self.replaced.borrow_mut();
        if rows.last() != Some(&row) {
            rows.push(row);
        }
        Cow::Owned(text.replace(mark, "\u{fffd}"))
    }

    fn malformed(&self, error: &serde_json::Error, text: &str) -> JsonError {
        let (line, column) = (error.line(), error.column());
        let truncated =
            JsonError::new(JsonPath::Page, JsonErrorKind::Truncated { offset: text.len() });
        match error.classify() {
            Category::Eof | Category::Io => truncated,
            Category::Syntax if ends_in_a_number(text, line, column) => truncated,
            Category::Syntax => match flaw_at(text, line, column) {
                Some(problem) => JsonError::new(self.place.get(), problem),
                None => JsonError::new(JsonPath::Page, JsonErrorKind::Syntax { line, column }),
            },
            Category::Data => {
                let place = self.place.get();
                let expected = JsonErrorKind::Expected(place.expected());
                JsonError::new(place, self.problem.take().unwrap_or(expected))
            }
        }
    }
}

/// The limit of `serde_json`, which it does not apply to what is passed over.
const DEEPEST: usize = 128;

/// How deep arrays and objects lie within each other, in valid JSON.
fn deepest(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                while let Some(byte) = bytes.next().filter(|byte| *byte != b'"') {
                    if byte == b'\\' {
                        bytes.next();
                    }
                }
            }
            _ => {}
        }
    }
    deepest
}

/// Whether the fault at this place is that the text ends in the midst of a number, which
/// `serde_json` takes for one of syntax: with one digit more, all that is wrong is the end.
fn ends_in_a_number(text: &str, line: usize, column: usize) -> bool {
    let last = text.rsplit('\n').next().map_or(0, str::len);
    let at_end = column >= last && line == text.matches('\n').count() + 1;
    at_end
        && text.ends_with(['-', '+', '.', 'e', 'E'])
        && serde_json::from_str::<IgnoredAny>(&format!("{text}0"))
            .is_err_and(|error| error.is_eof())
}

/// What is wrong with the text of a string, if that is the fault at this place. `serde_json` names
/// the byte at which it notices: after half a pair, and perhaps after the escape behind it.
fn flaw_at(text: &str, line: usize, column: usize) -> Option<JsonErrorKind> {
    const FURTHEST: usize = 12;
    let before = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len);
    let noticed = before.sum::<usize>() + column;
    let mut flaws = Flaws::of(text).skip_while(|(flaw, _)| flaw.start + FURTHEST < noticed);
    let (flaw, kind) = flaws.next().filter(|(flaw, _)| flaw.start <= noticed)?;
    let offset = flaw.start;
    Some(match kind {
        Flaw::Surrogate => JsonErrorKind::Surrogate { offset },
        Flaw::Control => JsonErrorKind::ControlCharacter { offset },
    })
}

struct PageSeed<'a> {
    builder: &'a mut TableBuilder,
    reading: &'a Reading,
}

impl<'de> DeserializeSeed<'de> for PageSeed<'_> {
    type Value = Body;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Body, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PageSeed<'_> {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let Self { builder, reading } = self;
        let (mut message, mut segments, mut minor_errors) = (None, false, false);
        while let Some(key) = map.next_key_seed(Key(["segments", "message", "errors"]))? {
            match key {
                Some(0) => {
                    if std::mem::replace(&mut segments, true) {
                        return Err(reading.fail(JsonPath::Segments, JsonErrorKind::Duplicate));
                    }
                    reading.place.set(JsonPath::Segments);
                    map.next_value_seed(RowsSeed { builder, reading })?;
                }
                Some(1) => {
                    if message.is_some() {
                        return Err(reading.fail(JsonPath::Message, JsonErrorKind::Duplicate));
                    }
                    reading.place.set(JsonPath::Message);
                    message = Some(map.next_value_seed(Text(|text: &str| {
                        (text != "success").then(|| text.to_owned())
                    }))?);
                }
                Some(_) => {
                    minor_errors = true;
                    reading.skip(&mut map)?;
                }
                None => reading.skip(&mut map)?,
            }
            reading.place.set(JsonPath::Page);
        }
        let Some(message) = message else {
            return Err(reading.fail(JsonPath::Message, JsonErrorKind::Missing));
        };
        Ok(Body { segments_missing: !segments, minor_errors, message, ..Body::default() })
    }
}

struct RowsSeed<'a> {
    builder: &'a mut TableBuilder,
    reading: &'a Reading,
}

impl<'de> DeserializeSeed<'de> for RowsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of segments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { builder, reading } = self;
        loop {
            reading.place.set(JsonPath::Segment(builder.len()));
            if seq.next_element_seed(RowSeed { builder, reading })?.is_none() {
                return Ok(());
            }
        }
    }
}

struct RowSeed<'a> {
    builder: &'a mut TableBuilder,
    reading: &'a Reading,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a segment")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { builder, reading } = self;
        let index = builder.len();
        let row = builder.begin();
        let mut seen = [false; Field::ALL.len()];
        while let Some(key) = map.next_key_seed(Key(Field::NAMES))? {
            let Some(key) = key else {
                reading.skip(&mut map)?;
                continue;
            };
            let field = Field::ALL[key];
            let place = JsonPath::Field(index, field);
            if std::mem::replace(&mut seen[key], true) {
                return Err(reading.fail(place, JsonErrorKind::Duplicate));
            }
            reading.place.set(place);
            match field {
                Field::Id => {
                    let problem = map.next_value_seed(Text(|id: &str| {
                        row.set_id(id);
                        let empty = id.is_empty().then_some(JsonErrorKind::Empty);
                        empty.or(reading.is_marked(id).then_some(JsonErrorKind::InvalidId))
                    }))?;
                    if let Some(problem) = problem {
                        return Err(reading.fail(place, problem));
                    }
                }
                Field::Name => map.next_value_seed(Text(|name: &str| {
                    row.set_name(&reading.clean(index, name));
                }))?,
                Field::Tracking => row.set_tracking(map.next_value()?),
                Field::Tags => map.next_value_seed(TagsSeed { row, reading, index })?,
            }
            reading.place.set(JsonPath::Segment(index));
        }
        match Field::ALL.iter().zip(seen).find(|(field, seen)| field.is_required() && !seen) {
            Some((field, _)) => {
                Err(reading.fail(JsonPath::Field(index, *field), JsonErrorKind::Missing))
            }
            None => Ok(()),
        }
    }
}

struct TagsSeed<'a> {
    row: &'a mut TableBuilder,
    reading: &'a Reading,
    index: usize,
}

impl<'de> DeserializeSeed<'de> for TagsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for TagsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of tags, or null")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        for tag in 0.. {
            self.reading.place.set(JsonPath::Tag(self.index, tag));
            let push = |tag: &str| self.row.push_tag(&self.reading.clean(self.index, tag));
            if seq.next_element_seed(OptionalText(push))?.is_none() {
                break;
            }
        }
        Ok(())
    }
}

/// Which of `N` names a key is, without keeping it.
struct Key<const N: usize>([&'static str; N]);

impl<'de, const N: usize> DeserializeSeed<'de> for Key<N> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        Text(|key: &str| self.0.iter().position(|name| *name == key)).deserialize(deserializer)
    }
}

/// Hands a string to a function while it lasts, so that nothing is copied in between.
struct Text<F>(F);

impl<'de, T, F: FnOnce(&str) -> T> DeserializeSeed<'de> for Text<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T, F: FnOnce(&str) -> T> Visitor<'_> for Text<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok((self.0)(text))
    }
}

/// As [`Text`], and `null` is passed over.
struct OptionalText<F>(F);

impl<'de, F: FnOnce(&str)> DeserializeSeed<'de> for OptionalText<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, F: FnOnce(&str)> Visitor<'de> for OptionalText<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or null")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        Text(self.0).deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(body: &str) -> (JsonPath, JsonErrorKind) {
        let malformed = page(body.as_bytes()).err().unwrap();
        (malformed.place(), malformed.kind())
    }

    #[test]
    fn an_end_within_a_number_is_an_end_too_early() {
        for number in ["-", "-0.", "1.5e", "1.5E-", "2e+", "-12"] {
            let body = format!("{{\"message\":\"success\",\n\"total\":[{number}");
            let truncated = JsonErrorKind::Truncated { offset: body.len() };
            assert_eq!(fault(&body), (JsonPath::Page, truncated), "{body}");
        }
        for body in
            [r#"{"total":+"#, r#"{"total":1.e"#, r#"{"total":tru-"#, r#"{"message":"success"}."#]
        {
            assert!(
                matches!(fault(body), (JsonPath::Page, JsonErrorKind::Syntax { .. })),
                "{body}"
            );
        }
        // What is wrong before the end is not the end, whatever letter the text ends with.
        for body in [r#"{"segments":[1e999,"e"#, "{\"segments\":[\n1e999,\"e"] {
            assert!(
                matches!(fault(body), (JsonPath::Page, JsonErrorKind::Syntax { .. })),
                "{body}"
            );
        }
    }
}
