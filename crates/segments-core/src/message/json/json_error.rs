use std::fmt;

use serde::Serialize;

use crate::message::json::JsonPath;

/// What is wrong with the JSON of a response, and where. It never quotes the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct JsonError {
    path: JsonPath,
    kind: JsonErrorKind,
}

impl JsonError {
    pub(crate) const fn new(path: JsonPath, kind: JsonErrorKind) -> Self {
        Self { path, kind }
    }

    /// The place of the error.
    pub const fn path(&self) -> JsonPath {
        self.path
    }

    /// The kind of error.
    pub const fn kind(&self) -> JsonErrorKind {
        self.kind
    }
}

impl std::error::Error for JsonError {}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path {
            JsonPath::Page => write!(f, "the JSON {}", self.kind),
            path => write!(f, "{path} {}", self.kind),
        }
    }
}

/// How JSON can fail to be a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// The text ends before the JSON does.
    Truncated {
        /// The length of the text in bytes.
        offset: usize,
    },
    /// It is not UTF-8.
    Utf8 {
        /// The offset of the first invalid byte.
        offset: usize,
    },
    /// A string holds half of a surrogate pair: half an emoji.
    Surrogate {
        /// The offset of its escape, in bytes.
        offset: usize,
    },
    /// A string holds a control character that is not escaped.
    ControlCharacter {
        /// Its offset in bytes.
        offset: usize,
    },
    /// An id holds invalid text, which is replaced in names and tags only: two ids could become
    /// one.
    InvalidId,
    /// It is not JSON.
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
    },
    /// A required value is missing.
    Missing,
    /// A key comes twice.
    Duplicate,
    /// An id is empty.
    Empty,
    /// A value is of another type than this.
    Expected(&'static str),
    /// Arrays and objects are nested deeper than 128 levels.
    TooDeep,
    /// More than 4 GiB of text.
    TooLarge,
}

impl JsonErrorKind {
    /// Whether it is invalid text in a string, which [`Api::replacing_invalid_text`] can replace.
    ///
    /// [`Api::replacing_invalid_text`]: crate::Api::replacing_invalid_text
    pub const fn is_invalid_text(self) -> bool {
        matches!(self, Self::Utf8 { .. } | Self::Surrogate { .. } | Self::ControlCharacter { .. })
    }
}

impl fmt::Display for JsonErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { offset } => write!(f, "ends early, at byte {offset}"),
            Self::Utf8 { offset } => write!(f, "is not UTF-8, at byte {offset}"),
            Self::Surrogate { offset } => {
                write!(f, "contains an unpaired surrogate (half an emoji), at byte {offset}")
            }
            Self::ControlCharacter { offset } => {
                write!(f, "contains an unescaped control character, at byte {offset}")
            }
            Self::InvalidId => {
                f.write_str("contains invalid text, which is never replaced in an id")
            }
            Self::Syntax { line, column } => {
                write!(f, "is invalid, at line {line}, column {column}")
            }
            Self::Missing => f.write_str("is missing"),
            Self::Duplicate => f.write_str("appears twice"),
            Self::Empty => f.write_str("is empty"),
            Self::Expected(what) => write!(f, "is not {what}"),
            Self::TooDeep => f.write_str("is nested more than 128 levels deep"),
            Self::TooLarge => f.write_str("has more than 4 GiB of text"),
        }
    }
}
