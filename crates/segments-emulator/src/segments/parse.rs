use std::collections::HashMap;
use std::fmt;

use segments_core::Segment;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::json_error::{JsonError, path_to_error};

/// Parses segments, oldest first, from one of three forms: a JSON array of segments, a page as Braze
/// sends it (`{"segments":[…]}`), or NDJSON.
///
/// So it reads what `segments export` writes as JSON or NDJSON, and a response body that was saved.
///
/// ```
/// use segments_emulator::parse_segments;
///
/// let parsed =
///     parse_segments(r#"{"id":"a","name":"A","analytics_tracking_enabled":true,"tags":[null]}"#)?;
/// assert_eq!(parsed.segments[0].name(), "A");
/// assert_eq!(parsed.null_tags, 1);
///
/// let error = parse_segments("[\n  {\"id\": 5}\n]").unwrap_err();
/// assert_eq!(error.line(), Some(2));
/// # Ok::<(), segments_emulator::InvalidSegments>(())
/// ```
///
/// # Errors
/// [`InvalidSegments`] for the first error in the text, with line and column, and for a duplicate
/// id.
pub fn parse_segments(text: &str) -> Result<ParsedSegments, InvalidSegments> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let segments: Vec<Segment> = parse_records(text)?;
    refuse_duplicates(&segments)?;

    // A `Segment` does not keep null tags, so they are counted in a second parse.
    let null_tags = parse_records::<RawTags>(text)?.iter().map(RawTags::count_nulls).sum();
    Ok(ParsedSegments { segments, null_tags })
}

/// The result of [`parse_segments`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParsedSegments {
    /// The segments, oldest first.
    pub segments: Vec<Segment>,
    /// How many tags were `null`. A [`Segment`] does not keep them, so they are not served.
    pub null_tags: usize,
}

fn refuse_duplicates(segments: &[Segment]) -> Result<(), InvalidSegments> {
    let mut seen = HashMap::with_capacity(segments.len());

    for (number, segment) in (1..).zip(segments) {
        if let Some(first) = seen.insert(segment.id(), number) {
            let message = format!("segments {first} and {number} have the same id");
            return Err(InvalidSegments(JsonError::without_location(message)));
        }
    }

    Ok(())
}

/// The records of a text in any of its forms.
fn parse_records<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, InvalidSegments> {
    match text.trim_start().chars().next() {
        None => Ok(Vec::new()),
        Some('[') => parse(text),
        Some(_) if is_page(text) => Ok(parse::<PageBody<T>>(text)?.segments),
        Some(_) => parse_ndjson(text),
    }
}

/// One value after another. Line breaks between them are not required.
fn parse_ndjson<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, InvalidSegments> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    let mut records = Vec::new();

    loop {
        let start = values.byte_offset();
        match values.next() {
            None => return Ok(records),
            Some(Ok(record)) => records.push(record),
            Some(Err(error)) => return Err(InvalidSegments::new::<T>(&error, &text[start..])),
        }
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, InvalidSegments> {
    serde_json::from_str(text).map_err(|error| InvalidSegments::new::<T>(&error, text))
}

/// Whether the first value is an object with `segments`. What follows it may be invalid.
fn is_page(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Probe {
        segments: Option<IgnoredAny>,
    }

    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Probe>();
    matches!(values.next(), Some(Ok(Probe { segments: Some(_) })))
}

#[derive(Deserialize)]
struct PageBody<T> {
    segments: Vec<T>,
}

/// The tags of a record that is known to be a [`Segment`].
#[derive(Deserialize)]
struct RawTags {
    tags: Option<Vec<Option<IgnoredAny>>>,
}

impl RawTags {
    fn count_nulls(&self) -> usize {
        self.tags.iter().flatten().filter(|tag| tag.is_none()).count()
    }
}

/// Why a text is not a list of segments. Its text names line, column and field where it can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidSegments(JsonError);

impl InvalidSegments {
    /// The line, counted from 1; `None` for a duplicate id.
    pub fn line(&self) -> Option<usize> {
        self.0.location().map(|(line, _)| line)
    }

    /// The column in bytes, counted from 1; `None` for a duplicate id.
    pub fn column(&self) -> Option<usize> {
        self.0.location().map(|(_, column)| column)
    }

    /// The error of parsing `text` as a `T`.
    fn new<T: DeserializeOwned>(error: &serde_json::Error, text: &str) -> Self {
        Self(JsonError::new(error, failed_field::<T>(text).as_deref()))
    }
}

/// The field of a record at which parsing `text` fails, such as `name` or `tags[2]`.
fn failed_field<T: DeserializeOwned>(text: &str) -> Option<String> {
    const FIELDS: [&str; 4] = ["id", "name", "analytics_tracking_enabled", "tags"];
    let path = path_to_error::<T>(text)?;

    // The path to the record before it says less than the line does.
    let start = FIELDS.iter().filter_map(|field| path.find(field)).min()?;
    Some(path[start..].to_owned())
}

impl fmt::Display for InvalidSegments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for InvalidSegments {}

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
            let ParsedSegments { segments, null_tags } = parse_segments(&text).unwrap();
            assert_eq!(null_tags, 0);
            let ids: Vec<_> = segments.iter().map(Segment::id).collect();
            assert_eq!(ids, ["a", "b"], "{text}");
            assert!(segments[0].tags().eq(["x"]));
        }
    }

    #[test]
    fn nothing_is_no_segment() {
        for text in ["", "\n", "[]", r#"{"segments":[]}"#] {
            assert_eq!(parse_segments(text).unwrap().segments, [], "{text}");
        }
    }

    #[test]
    fn tags_that_are_null_are_counted_in_every_form() {
        let record = |id: &str, tags: &str| {
            format!(r#"{{"tags":{tags},"id":"{id}","name":"n","analytics_tracking_enabled":true}}"#)
        };
        let (two, one) = (record("a", r#"[null,"x",null]"#), record("d", r#"["null",null]"#));
        // No list of tags at all, as old responses have it, has none that were lost.
        let (none, missing) = (record("c", "null"), B.replace(r#","tags":[]"#, ""));

        for text in [
            format!("[{two},{one},{none},{missing}]"),
            format!("{two}\n{one}\n{none}\n{missing}"),
            format!(r#"{{"segments":[{two},{one},{none},{missing}],"message":"success"}}"#),
        ] {
            let parsed = parse_segments(&text).unwrap();
            assert_eq!((parsed.segments.len(), parsed.null_tags), (4, 3), "{text}");
            assert!(parsed.segments[0].tags().eq(["x"]));
        }
    }

    #[test]
    fn e8_an_error_says_where() {
        let lines = |text: &str| parse_segments(text).unwrap_err().line();
        assert_eq!(lines(&format!("{A}\n{B}\n{{\"id\":")), Some(3));
        assert_eq!(lines(&format!("[\n{A},\n{B}")), Some(3));
        assert_eq!(lines(&format!("{{\"segments\":[\n{A},\n5]}}")), Some(3));
        assert_eq!(lines("5"), Some(1));
        let error = parse_segments("[\n  {\"id\":\"a\" \"name\"}]").unwrap_err().to_string();
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
                let error = parse_segments(&text).unwrap_err();
                assert_eq!(error.line(), Some(3), "{error}");
                assert!(error.to_string().contains(said), "{error}");
            }
        }
    }

    #[test]
    fn e8_a_record_without_a_field_is_named() {
        let said = |text: &str| parse_segments(text).unwrap_err().to_string();
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
        let error = parse_segments(&format!("{A}\n{B}\n{A}")).unwrap_err();
        assert_eq!(error.to_string(), "segments 1 and 3 have the same id");
    }
}
