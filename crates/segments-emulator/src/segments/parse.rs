use std::collections::HashMap;
use std::fmt;

use segments_core::Segment;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::json_path::path_to_error;

/// Reads segments from a text, oldest first: a JSON array of them, a page as Braze answers it
/// (`{"segments":[…]}`), or one object after another (NDJSON).
///
/// So what `segments export` writes as JSON or NDJSON, and what an HTTP client saved, can both be
/// served again.
///
/// ```
/// use segments_emulator::load;
///
/// let list = load(r#"{"id":"a","name":"A","analytics_tracking_enabled":true,"tags":[null]}"#)?;
/// assert_eq!(list.segments[0].name(), "A");
/// assert_eq!(list.null_tags, 1);
///
/// let error = load("[\n  {\"id\": 5}\n]").unwrap_err();
/// assert_eq!(error.line(), Some(2));
/// # Ok::<(), segments_emulator::LoadError>(())
/// ```
///
/// # Errors
/// [`LoadError`] for the first thing that is wrong, with line and column, and for an id that stands
/// there twice.
pub fn load(text: &str) -> Result<Loaded, LoadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let segments: Vec<Segment> = records(text)?;
    let mut seen = HashMap::with_capacity(segments.len());
    for (place, segment) in (1..).zip(&segments) {
        if let Some(first) = seen.insert(segment.id(), place) {
            let what = format!("segments {first} and {place} have the same id");
            return Err(LoadError { what, place: None });
        }
    }

    // What a segment does not keep is counted in a second reading.
    let null_tags = records::<Tags>(text)?.iter().map(Tags::nulls).sum();
    Ok(Loaded { segments, null_tags })
}

/// What [`load`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded {
    /// The segments, oldest first.
    pub segments: Vec<Segment>,
    /// How many tags were `null`. They name nothing, a [`Segment`] does not keep them, and they are
    /// not served.
    pub null_tags: usize,
}

/// The records of a text in any of its forms.
fn records<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, LoadError> {
    match text.trim_start().chars().next() {
        None => Ok(Vec::new()),
        Some('[') => parse(text),
        Some(_) if is_page(text) => Ok(parse::<PageBody<T>>(text)?.segments),
        Some(_) => lines(text),
    }
}

/// One object after another.
fn lines<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, LoadError> {
    let mut objects = serde_json::Deserializer::from_str(text).into_iter();
    let mut records = Vec::new();
    loop {
        let start = objects.byte_offset();
        match objects.next() {
            None => return Ok(records),
            Some(Ok(record)) => records.push(record),
            Some(Err(error)) => return Err(LoadError::new::<T>(&error, &text[start..])),
        }
    }
}

#[derive(Deserialize)]
struct PageBody<T> {
    segments: Vec<T>,
}

/// The tags of a record that was read as a [`Segment`] already.
#[derive(Deserialize)]
struct Tags {
    tags: Option<Vec<Option<IgnoredAny>>>,
}

impl Tags {
    fn nulls(&self) -> usize {
        self.tags.iter().flatten().filter(|tag| tag.is_none()).count()
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, LoadError> {
    serde_json::from_str(text).map_err(|error| LoadError::new::<T>(&error, text))
}

/// Whether the first value is an object with `segments`, also if something behind it is wrong.
fn is_page(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Probe {
        segments: Option<IgnoredAny>,
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Probe>();
    matches!(values.next(), Some(Ok(Probe { segments: Some(_) })))
}

/// Why a text holds no segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    what: String,
    place: Option<(usize, usize)>,
}

impl LoadError {
    /// The line, counted from 1, where one can be named.
    pub fn line(&self) -> Option<usize> {
        self.place.map(|(line, _)| line)
    }

    /// The column in bytes, counted from 1, where one can be named.
    pub fn column(&self) -> Option<usize> {
        self.place.map(|(_, column)| column)
    }

    /// What was wrong with `text` when it was read as a `T`.
    fn new<T: DeserializeOwned>(error: &serde_json::Error, text: &str) -> Self {
        let place = Some((error.line(), error.column())).filter(|(line, _)| *line > 0);
        let said = error.to_string();
        // serde_json puts the place behind the text; here it stands before it.
        let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
        let what = match field::<T>(text).filter(|field| !what.starts_with(field.as_str())) {
            Some(field) => format!("{field}: {what}"),
            None => what.to_owned(),
        };
        Self { what, place }
    }
}

/// The field of a record at which reading `text` fails, such as `name` or `tags[2]`.
fn field<T: DeserializeOwned>(text: &str) -> Option<String> {
    let path = path_to_error::<T>(text)?;
    let fields = ["id", "name", "analytics_tracking_enabled", "tags"];
    let start = fields.iter().filter_map(|field| path.find(field)).min()?;
    Some(path[start..].to_owned())
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "line {line}, column {column}: ")?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for LoadError {}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = r#"{"id":"a","name":"A","analytics_tracking_enabled":true,"tags":["x"]}"#;
    const B: &str = r#"{"id":"b","name":"B","analytics_tracking_enabled":false,"tags":[]}"#;

    #[test]
    fn all_forms_give_the_same() {
        for text in [
            format!("[{A},\n{B}]"),
            format!("{A}\n{B}\n"),
            format!("{A}{B}"),
            format!("\u{feff}{{\"segments\":[{A},{B}],\"message\":\"success\"}}"),
            format!(" {{\"message\":\"success\",\n\"segments\":[{A},{B}]}}\n"),
        ] {
            let Loaded { segments, null_tags } = load(&text).unwrap();
            assert_eq!(null_tags, 0);
            let ids: Vec<_> = segments.iter().map(Segment::id).collect();
            assert_eq!(ids, ["a", "b"], "{text}");
            assert!(segments[0].tags().eq(["x"]));
        }
    }

    #[test]
    fn nothing_is_no_segment() {
        for text in ["", "\n", "[]", r#"{"segments":[]}"#] {
            assert_eq!(load(text).unwrap().segments, [], "{text}");
        }
    }

    #[test]
    fn tags_that_are_null_are_counted_in_every_form() {
        let record = |id: &str, tags: &str| {
            format!(r#"{{"tags":{tags},"id":"{id}","name":"n","analytics_tracking_enabled":true}}"#)
        };
        let (two, one) = (record("a", r#"[null,"x",null]"#), record("d", r#"["null",null]"#));
        // No list of tags at all, as old answers have it, has none that were lost.
        let (none, missing) = (record("c", "null"), B.replace(r#","tags":[]"#, ""));
        for text in [
            format!("[{two},{one},{none},{missing}]"),
            format!("{two}\n{one}\n{none}\n{missing}"),
            format!(r#"{{"segments":[{two},{one},{none},{missing}],"message":"success"}}"#),
        ] {
            let loaded = load(&text).unwrap();
            assert_eq!((loaded.segments.len(), loaded.null_tags), (4, 3), "{text}");
            assert!(loaded.segments[0].tags().eq(["x"]));
        }
    }

    #[test]
    fn e8_an_error_says_where() {
        let lines = |text: &str| load(text).unwrap_err().line();
        assert_eq!(lines(&format!("{A}\n{B}\n{{\"id\":")), Some(3));
        assert_eq!(lines(&format!("[\n{A},\n{B}")), Some(3));
        assert_eq!(lines(&format!("{{\"segments\":[\n{A},\n5]}}")), Some(3));
        assert_eq!(lines("5"), Some(1));
        let error = load("[\n  {\"id\":\"a\" \"name\"}]").unwrap_err().to_string();
        assert!(error.starts_with("line 2, column "), "{error}");
        assert!(!error.contains(" at line "), "{error}");
    }

    #[test]
    fn e8_an_error_names_the_field() {
        let record = |field: &str, value: &str| {
            let mut record: serde_json::Value = serde_json::from_str(A).unwrap();
            record[field] = serde_json::from_str(value).unwrap();
            record.to_string()
        };
        for (field, value, said) in [
            ("id", "7", "id: invalid type: integer `7`, expected a string"),
            ("name", "null", "name: invalid type: null, expected a string"),
            ("analytics_tracking_enabled", "\"yes\"", "analytics_tracking_enabled: invalid type"),
            ("tags", "[\"x\",5]", "tags[1]: invalid type: integer `5`"),
            ("tags", "{}", "tags: invalid type: map"),
        ] {
            let bad = record(field, value);
            for text in [
                format!("[\n{B},\n{bad}]"),
                format!("\n{B}\n{bad}"),
                format!("{{\"message\":\"success\",\n\"segments\":[{B},\n{bad}]}}"),
            ] {
                let error = load(&text).unwrap_err();
                assert_eq!(error.line(), Some(3), "{error}");
                assert!(error.to_string().contains(said), "{error}");
            }
        }
    }

    #[test]
    fn e8_a_record_without_a_field_is_named() {
        let said = |text: &str| load(text).unwrap_err().to_string();
        for (text, words) in [
            (format!("[{A},\n{{}}]"), "id is missing"),
            (r#"{"segments":[{"id":""}]}"#.to_owned(), "id is empty"),
            (r#"{"id":"b","analytics_tracking_enabled":true}"#.to_owned(), "name is missing"),
        ] {
            assert!(said(&text).ends_with(words), "{}", said(&text));
        }
    }

    #[test]
    fn an_id_stands_there_once() {
        let error = load(&format!("{A}\n{B}\n{A}")).unwrap_err();
        assert_eq!(error.to_string(), "segments 1 and 3 have the same id");
    }
}
