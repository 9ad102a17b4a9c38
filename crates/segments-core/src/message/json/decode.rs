//! Any JSON into a [`Table`]: strict about what a page must have, lenient where real responses
//! differ.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};

use crate::message::json::context::Context;
use crate::message::json::strings::{KeySeed, OptionalStringSeed, StringSeed};
use crate::message::json::table::{Table, TableBuilder};
use crate::message::json::{Body, Field, JsonError, JsonErrorKind, JsonPath};

/// Decodes a page into the builder. The body is all that does not belong into a table.
pub(super) fn page(
    json: &str,
    builder: &mut TableBuilder,
    context: &Context,
) -> Result<Body, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_str(json);

    PageSeed { builder, context }
        .deserialize(&mut deserializer)
        .and_then(|body| deserializer.end().map(|()| body))
        .map_err(|error| context.json_error(&error, json))
}

/// Decodes one segment of any format.
pub(crate) fn segment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Table, D::Error> {
    let mut builder = TableBuilder::default();
    let context = Context { is_single: true, ..Context::default() };

    let mut row = LooseRow::default();
    RowSeed { builder: &mut builder, row: &mut row, context: &context }
        .deserialize(deserializer)?;
    builder.finish().ok_or_else(|| D::Error::custom("more than 4 GiB of text"))
}

/// Decodes a successful page of any format. Without `segments` there may be another list, which only
/// the text of the body shows.
pub(crate) fn whole_page<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Body, D::Error> {
    let mut builder = TableBuilder::default();
    let context = Context::default();

    let mut body =
        PageSeed { builder: &mut builder, context: &context }.deserialize(deserializer)?;
    if body.message.is_some() {
        return Err(D::Error::custom("message is not \"success\""));
    }
    if body.segments_missing {
        return Err(context.fail(JsonPath::Segments, JsonErrorKind::Missing));
    }
    body.table = builder.finish().ok_or_else(|| D::Error::custom("more than 4 GiB of text"))?;
    Ok(body)
}

struct PageSeed<'a> {
    builder: &'a mut TableBuilder,
    context: &'a Context,
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
        const KEYS: [&str; 3] = ["segments", "message", "errors"];
        let Self { builder, context } = self;
        let (mut message, mut segments, mut minor_errors) = (None, false, false);

        while let Some(key) = map.next_key_seed(KeySeed(KEYS))? {
            match key.map(|index| KEYS[index]) {
                Some("segments") => {
                    if std::mem::replace(&mut segments, true) {
                        return Err(context.fail(JsonPath::Segments, JsonErrorKind::Duplicate));
                    }
                    context.path.set(JsonPath::Segments);
                    map.next_value_seed(RowsSeed { builder, context })?;
                }
                Some("message") => {
                    if message.is_some() {
                        return Err(context.fail(JsonPath::Message, JsonErrorKind::Duplicate));
                    }
                    context.path.set(JsonPath::Message);
                    message = Some(map.next_value_seed(StringSeed(|text: &str| {
                        (text != "success").then(|| text.to_owned())
                    }))?);
                }
                Some(_) => {
                    minor_errors = true;
                    context.skip(&mut map)?;
                }
                None => context.skip(&mut map)?,
            }
            context.path.set(JsonPath::Page);
        }

        let Some(message) = message else {
            return Err(context.fail(JsonPath::Message, JsonErrorKind::Missing));
        };
        Ok(Body { segments_missing: !segments, minor_errors, message, ..Body::default() })
    }
}

struct RowsSeed<'a> {
    builder: &'a mut TableBuilder,
    context: &'a Context,
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
        let Self { builder, context } = self;
        let mut row = LooseRow::default();
        loop {
            context.path.set(JsonPath::Segment(builder.len()));
            if seq.next_element_seed(RowSeed { builder, row: &mut row, context })?.is_none() {
                return Ok(());
            }
        }
    }
}

/// The parts of a row, which may come in any order. It is filled again for each row.
#[derive(Default)]
struct LooseRow {
    id: String,
    name: String,
    tracking: bool,
    tags: String,
    tag_ends: Vec<usize>,
}

impl LooseRow {
    fn clear(&mut self) {
        self.id.clear();
        self.name.clear();
        self.tags.clear();
        self.tag_ends.clear();
    }

    fn push_tag(&mut self, tag: &str) {
        self.tags.push_str(tag);
        self.tag_ends.push(self.tags.len());
    }

    fn tags(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(&self.tag_ends);
        starts.zip(&self.tag_ends).map(|(start, end)| &self.tags[*start..*end])
    }
}

struct RowSeed<'a> {
    builder: &'a mut TableBuilder,
    row: &'a mut LooseRow,
    context: &'a Context,
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
        let Self { builder, row, context } = self;
        let index = builder.len();
        row.clear();
        let mut seen = [false; Field::ALL.len()];

        while let Some(key) = map.next_key_seed(KeySeed(Field::NAMES))? {
            let Some(key) = key else {
                context.skip(&mut map)?;
                continue;
            };
            let field = Field::ALL[key];
            let path = JsonPath::Field(index, field);
            if std::mem::replace(&mut seen[key], true) {
                return Err(context.fail(path, JsonErrorKind::Duplicate));
            }

            context.path.set(path);
            match field {
                Field::Id => {
                    let error = map.next_value_seed(StringSeed(|id: &str| {
                        row.id.push_str(id);
                        let empty = id.is_empty().then_some(JsonErrorKind::Empty);
                        empty.or(context.is_marked(id).then_some(JsonErrorKind::InvalidId))
                    }))?;
                    if let Some(error) = error {
                        return Err(context.fail(path, error));
                    }
                }
                Field::Name => map.next_value_seed(StringSeed(|name: &str| {
                    row.name.push_str(&context.unmarked(index, name));
                }))?,
                Field::Tracking => row.tracking = map.next_value()?,
                Field::Tags => map.next_value_seed(TagsSeed { row, context, index })?,
            }
            context.path.set(JsonPath::Segment(index));
        }

        let is_missing = |(field, seen): &(&Field, bool)| field.is_required() && !seen;
        if let Some((field, _)) = Field::ALL.iter().zip(seen).find(is_missing) {
            return Err(context.fail(JsonPath::Field(index, *field), JsonErrorKind::Missing));
        }
        builder.push_row(&row.id, &row.name, row.tracking, row.tags());
        Ok(())
    }
}

struct TagsSeed<'a> {
    row: &'a mut LooseRow,
    context: &'a Context,
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
            self.context.path.set(JsonPath::Tag(self.index, tag));
            let push = |tag: &str| self.row.push_tag(&self.context.unmarked(self.index, tag));
            if seq.next_element_seed(OptionalStringSeed(push))?.is_none() {
                break;
            }
        }
        Ok(())
    }
}
