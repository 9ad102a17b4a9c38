//! JSON into a [`Table`], strictly where it matters and leniently where real answers differ.
//!
//! `serde_json` is the judge of what is valid JSON; its messages are not passed on, because they
//! quote the body. The path to a fault is kept beside it as the reading goes. Usual pages do not come
//! this far: [`scan`] reads them faster.

use std::cell::Cell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use crate::malformed::{Field, Malformed, Place, Problem};
use crate::scan;
use crate::table::{Table, TableBuilder};

/// What a page's body says.
pub(crate) struct Body {
    pub(crate) table: Table,
    /// The key `segments` is missing, which counts as none.
    pub(crate) segments_missing: bool,
    /// There is a list of minor errors beside the segments.
    pub(crate) minor_errors: bool,
    /// `message`, if it is not `success`.
    pub(crate) message: Option<String>,
}

/// Reads a page.
pub(crate) fn page(body: &[u8]) -> Result<Body, Malformed> {
    let text = std::str::from_utf8(body).map_err(|error| match error.error_len() {
        None => Malformed::new(Place::Page, Problem::Truncated { offset: body.len() }),
        Some(_) => Malformed::new(Place::Page, Problem::Utf8 { offset: error.valid_up_to() }),
    })?;
    let mut builder = TableBuilder::for_body(text.len());
    let too_large = || Malformed::new(Place::Page, Problem::TooLarge);
    if scan::page(text, &mut builder).is_some() {
        let table = builder.finish().ok_or_else(too_large)?;
        return Ok(Body { table, segments_missing: false, minor_errors: false, message: None });
    }
    builder.clear();
    let reading = Reading::default();
    let mut json = serde_json::Deserializer::from_str(text);
    let seed = PageSeed { builder: &mut builder, reading: &reading };
    let mut body = seed
        .deserialize(&mut json)
        .and_then(|body| json.end().map(|()| body))
        .map_err(|error| reading.malformed(&error, text))?;
    if reading.skipped.get() && deepest(text) > DEEPEST {
        return Err(Malformed::new(Place::Page, Problem::TooDeep));
    }
    body.table = builder.finish().ok_or_else(too_large)?;
    Ok(body)
}

/// Reads one segment out of any format.
pub(crate) fn segment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Table, D::Error> {
    let mut builder = TableBuilder::default();
    let reading = Reading::default();
    RowSeed { builder: &mut builder, reading: &reading }.deserialize(deserializer)?;
    builder.finish().ok_or_else(|| D::Error::custom("more than 4 GiB of text"))
}

/// Where the reading is, for the sake of errors.
#[derive(Default)]
struct Reading {
    place: Cell<Place>,
    problem: Cell<Option<Problem>>,
    /// Some value was passed over unread.
    skipped: Cell<bool>,
}

impl Reading {
    fn skip<'de, A: MapAccess<'de>>(&self, map: &mut A) -> Result<(), A::Error> {
        self.skipped.set(true);
        map.next_value::<IgnoredAny>().map(drop)
    }

    fn fail<E: serde::de::Error>(&self, place: Place, problem: Problem) -> E {
        self.place.set(place);
        self.problem.set(Some(problem));
        E::custom("")
    }

    fn malformed(&self, error: &serde_json::Error, text: &str) -> Malformed {
        let (line, column) = (error.line(), error.column());
        let truncated = Malformed::new(Place::Page, Problem::Truncated { offset: text.len() });
        match error.classify() {
            Category::Eof | Category::Io => truncated,
            Category::Syntax if ends_in_a_number(text, line, column) => truncated,
            Category::Syntax => Malformed::new(Place::Page, Problem::Syntax { line, column }),
            Category::Data => {
                let place = self.place.get();
                let expected = Problem::Expected(place.expected());
                Malformed::new(place, self.problem.take().unwrap_or(expected))
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
                        return Err(reading.fail(Place::Segments, Problem::Duplicate));
                    }
                    reading.place.set(Place::Segments);
                    map.next_value_seed(RowsSeed { builder, reading })?;
                }
                Some(1) => {
                    if message.is_some() {
                        return Err(reading.fail(Place::Message, Problem::Duplicate));
                    }
                    reading.place.set(Place::Message);
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
            reading.place.set(Place::Page);
        }
        let Some(message) = message else {
            return Err(reading.fail(Place::Message, Problem::Missing));
        };
        Ok(Body { table: Table::default(), segments_missing: !segments, minor_errors, message })
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
            reading.place.set(Place::Segment(builder.len()));
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
            let place = Place::Field(index, field);
            if std::mem::replace(&mut seen[key], true) {
                return Err(reading.fail(place, Problem::Duplicate));
            }
            reading.place.set(place);
            match field {
                Field::Id => {
                    let empty = map.next_value_seed(Text(|id: &str| {
                        row.set_id(id);
                        id.is_empty()
                    }))?;
                    if empty {
                        return Err(reading.fail(place, Problem::Empty));
                    }
                }
                Field::Name => map.next_value_seed(Text(|name: &str| row.set_name(name)))?,
                Field::Tracking => row.set_tracking(map.next_value()?),
                Field::Tags => map.next_value_seed(TagsSeed { row, reading, index })?,
            }
            reading.place.set(Place::Segment(index));
        }
        match Field::ALL.iter().zip(seen).find(|(field, seen)| field.is_required() && !seen) {
            Some((field, _)) => Err(reading.fail(Place::Field(index, *field), Problem::Missing)),
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
            self.reading.place.set(Place::Tag(self.index, tag));
            if seq.next_element_seed(OptionalText(|tag: &str| self.row.push_tag(tag)))?.is_none() {
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

    fn fault(body: &str) -> (Place, Problem) {
        let malformed = page(body.as_bytes()).err().unwrap();
        (malformed.place(), malformed.problem())
    }

    #[test]
    fn an_end_within_a_number_is_an_end_too_early() {
        for number in ["-", "-0.", "1.5e", "1.5E-", "2e+", "-12"] {
            let body = format!("{{\"message\":\"success\",\n\"total\":[{number}");
            let truncated = Problem::Truncated { offset: body.len() };
            assert_eq!(fault(&body), (Place::Page, truncated), "{body}");
        }
        for body in
            [r#"{"total":+"#, r#"{"total":1.e"#, r#"{"total":tru-"#, r#"{"message":"success"}."#]
        {
            assert!(matches!(fault(body), (Place::Page, Problem::Syntax { .. })), "{body}");
        }
        // What is wrong before the end is not the end, whatever letter the text ends with.
        for body in [r#"{"segments":[1e999,"e"#, "{\"segments\":[\n1e999,\"e"] {
            assert!(matches!(fault(body), (Place::Page, Problem::Syntax { .. })), "{body}");
        }
    }
}
