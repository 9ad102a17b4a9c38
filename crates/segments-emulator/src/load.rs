use std::collections::HashMap;
use std::fmt;

use segments_core::Segment;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

/// Reads segments from a text, oldest first: a JSON array of them, a page as Braze answers it
/// (`{"segments":[…]}`), or one object after another (NDJSON).
///
/// So what `segments export` writes as JSON or NDJSON, and what an HTTP client saved, can both be
/// served again.
///
/// ```
/// use segments_emulator::load;
///
/// let segments = load(r#"{"id":"a","name":"A","analytics_tracking_enabled":true,"tags":[]}"#)?;
/// assert_eq!(segments[0].name(), "A");
///
/// let error = load("[\n  {\"id\": 5}\n]").unwrap_err();
/// assert_eq!(error.line(), Some(2));
/// # Ok::<(), segments_emulator::LoadError>(())
/// ```
///
/// # Errors
/// [`LoadError`] for the first thing that is wrong, with line and column, and for an id that stands
/// there twice.
pub fn load(text: &str) -> Result<Vec<Segment>, LoadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let segments: Vec<Segment> = match text.trim_start().chars().next() {
        None => Vec::new(),
        Some('[') => parse(text)?,
        Some(_) if is_page(text) => parse::<PageBody>(text)?.segments,
        Some(_) => serde_json::Deserializer::from_str(text)
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|error| LoadError::at(&error))?,
    };
    let mut seen = HashMap::with_capacity(segments.len());
    for (place, segment) in (1..).zip(&segments) {
        if let Some(first) = seen.insert(segment.id(), place) {
            let what = format!("segments {first} and {place} have the same id");
            return Err(LoadError { what, place: None });
        }
    }
    Ok(segments)
}

#[derive(Deserialize)]
struct PageBody {
    segments: Vec<Segment>,
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, LoadError> {
    serde_json::from_str(text).map_err(|error| LoadError::at(&error))
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

    fn at(error: &serde_json::Error) -> Self {
        let place = Some((error.line(), error.column())).filter(|(line, _)| *line > 0);
        let text = error.to_string();
        // serde_json puts the place behind the text; here it stands before it.
        let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
        Self { what: what.to_owned(), place }
    }
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
            let segments = load(&text).unwrap();
            let ids: Vec<_> = segments.iter().map(Segment::id).collect();
            assert_eq!(ids, ["a", "b"], "{text}");
            assert!(segments[0].tags().eq(["x"]));
        }
    }

    #[test]
    fn nothing_is_no_segment() {
        for text in ["", "\n", "[]", r#"{"segments":[]}"#] {
            assert_eq!(load(text), Ok(Vec::new()), "{text}");
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
    fn an_id_stands_there_once() {
        let error = load(&format!("{A}\n{B}\n{A}")).unwrap_err();
        assert_eq!(error.to_string(), "segments 1 and 3 have the same id");
    }
}
