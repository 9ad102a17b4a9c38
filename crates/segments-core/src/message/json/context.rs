use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use serde::de::{IgnoredAny, MapAccess};
use serde_json::error::Category;

use crate::message::json::invalid_text::{InvalidText, InvalidTexts};
use crate::message::json::{JsonError, JsonErrorKind, JsonPath};

/// Where a decoder is, so that an error can say where it happened.
///
/// The messages of `serde_json` quote the body, so they are never passed on. Decoders note the path
/// and the reason here instead.
#[derive(Default)]
pub(super) struct Context {
    pub(super) path: Cell<JsonPath>,
    pub(super) error: Cell<Option<JsonErrorKind>>,
    /// Some value was skipped without being decoded.
    pub(super) skipped: Cell<bool>,
    /// A single segment is decoded, so that its index on a page means nothing.
    pub(super) is_single: bool,
    /// The character that takes the place of invalid text.
    pub(super) mark: Option<char>,
    /// The rows that had it.
    pub(super) replaced: RefCell<Vec<u32>>,
}

impl Context {
    pub(super) fn skip<'de, A: MapAccess<'de>>(&self, map: &mut A) -> Result<(), A::Error> {
        self.skipped.set(true);
        map.next_value::<IgnoredAny>().map(drop)
    }

    pub(super) fn fail<E: serde::de::Error>(&self, path: JsonPath, error: JsonErrorKind) -> E {
        self.path.set(path);
        self.error.set(Some(error));

        match path {
            JsonPath::Field(_, field) if self.is_single => {
                E::custom(format_args!("{} {error}", field.name()))
            }
            _ => E::custom(JsonError::new(path, error)),
        }
    }

    pub(super) fn is_marked(&self, text: &str) -> bool {
        self.mark.is_some_and(|mark| text.contains(mark))
    }

    /// A name or a tag of this row, with U+FFFD for every mark.
    pub(super) fn unmarked<'a>(&self, index: usize, text: &'a str) -> Cow<'a, str> {
        let Some(mark) = self.mark.filter(|mark| text.contains(*mark)) else {
            return Cow::Borrowed(text);
        };

        // A page with more rows than that fails at its end.
        let row = u32::try_from(index).unwrap_or(u32::MAX);
        let mut rows = self.replaced.borrow_mut();
        if rows.last() != Some(&row) {
            rows.push(row);
        }
        Cow::Owned(text.replace(mark, "\u{fffd}"))
    }

    /// What an error of `serde_json` means, without anything of the body.
    pub(super) fn json_error(&self, error: &serde_json::Error, json: &str) -> JsonError {
        let (line, column) = (error.line(), error.column());
        let path = self.path.get();
        let truncated = JsonErrorKind::Truncated { offset: json.len() };

        match error.classify() {
            Category::Eof | Category::Io => JsonError::new(JsonPath::Page, truncated),
            Category::Syntax if ends_in_a_number(json, line, column) => {
                JsonError::new(JsonPath::Page, truncated)
            }
            Category::Syntax => match invalid_text_at(json, line, column) {
                Some(kind) => JsonError::new(path, kind),
                None => JsonError::new(JsonPath::Page, JsonErrorKind::Syntax { line, column }),
            },
            Category::Data => {
                let expected = JsonErrorKind::Expected(path.expected());
                JsonError::new(path, self.error.take().unwrap_or(expected))
            }
        }
    }
}

/// Whether the error at this position is only that the text ends within a number. `serde_json`
/// calls that a syntax error; with one more digit it reports the end.
fn ends_in_a_number(json: &str, line: usize, column: usize) -> bool {
    let last_line = json.rsplit('\n').next().map_or(0, str::len);
    let is_at_end = column >= last_line && line == json.matches('\n').count() + 1;

    is_at_end
        && json.ends_with(['-', '+', '.', 'e', 'E'])
        && serde_json::from_str::<IgnoredAny>(&format!("{json}0"))
            .is_err_and(|error| error.is_eof())
}

/// What is wrong with a string, if that is the error at this position. `serde_json` reports the
/// byte at which it notices: behind the invalid text, or behind the character or the escape that
/// follows and is no other half.
fn invalid_text_at(json: &str, line: usize, column: usize) -> Option<JsonErrorKind> {
    const ESCAPE: usize = r"\u0000".len();
    let lines_before = json.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len);
    let reported = lines_before.sum::<usize>() + column;

    let is_reported = |end: usize| {
        let follows = if json[end..].starts_with('\\') { ESCAPE } else { 1 };
        (end..=end + follows).contains(&reported)
    };
    let (range, kind) = InvalidTexts::of(json).find(|(range, _)| is_reported(range.end))?;

    let offset = range.start;
    Some(match kind {
        InvalidText::UnpairedSurrogate => JsonErrorKind::Surrogate { offset },
        InvalidText::ControlCharacter => JsonErrorKind::ControlCharacter { offset },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::json;

    fn error(body: &str) -> (JsonPath, JsonErrorKind) {
        let error = json::page(body.as_bytes()).err().unwrap();
        (error.path(), error.kind())
    }

    #[test]
    fn invalid_text_is_blamed_for_its_own_error_alone() {
        let syntax = |column| (JsonPath::Page, JsonErrorKind::Syntax { line: 1, column });
        let half = |offset| (JsonPath::Message, JsonErrorKind::Surrogate { offset });

        for (rest, offset) in [
            (r#"\udc00"}"#, 12),
            (r#"\ud800"}"#, 12),
            (r#"\ud800x"}"#, 12),
            (r#"\ud800\n"}"#, 12),
            (r#"\ud800\u0041"}"#, 12),
            (r#"\ud800\ud800"}"#, 12),
            (r#"\ud800\uzzzz"}"#, 12),
            (r#"\ud83d\ude00\ude00"}"#, 24),
        ] {
            assert_eq!(error(&format!("{{\"message\":\"{rest}")), half(offset), "{rest}");
        }

        // An escape that is none, before one that is half a pair.
        assert_eq!(error(r#"{"message":"\u20\ud800"}"#), syntax(18));
        // Half a pair that nobody reads, before something else.
        for (rest, column) in [(",}", 15), ("]", 14), ("x", 14)] {
            assert_eq!(error(&format!("{{\"x\":\"\\ud800\"{rest}")), syntax(column), "{rest}");
        }

        let control = |offset| (JsonPath::Message, JsonErrorKind::ControlCharacter { offset });
        assert_eq!(error("{\"message\":\"a\u{1}\"}"), control(13));
        assert_eq!(error("{\n\"message\":\"a\nb\"}"), control(14));
    }

    #[test]
    fn an_end_within_a_number_is_an_end_too_early() {
        for number in ["-", "-0.", "1.5e", "1.5E-", "2e+", "-12"] {
            let body = format!("{{\"message\":\"success\",\n\"total\":[{number}");
            let truncated = JsonErrorKind::Truncated { offset: body.len() };
            assert_eq!(error(&body), (JsonPath::Page, truncated), "{body}");
        }

        for body in
            [r#"{"total":+"#, r#"{"total":1.e"#, r#"{"total":tru-"#, r#"{"message":"success"}."#]
        {
            assert!(
                matches!(error(body), (JsonPath::Page, JsonErrorKind::Syntax { .. })),
                "{body}"
            );
        }

        // What is wrong before the end is not the end, whatever letter the text ends with.
        for body in [r#"{"segments":[1e999,"e"#, "{\"segments\":[\n1e999,\"e"] {
            assert!(
                matches!(error(body), (JsonPath::Page, JsonErrorKind::Syntax { .. })),
                "{body}"
            );
        }
    }
}
