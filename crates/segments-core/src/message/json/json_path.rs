use std::fmt;

use serde::Serialize;

/// A place in a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JsonPath {
    /// The page as a whole.
    #[default]
    Page,
    /// The page's `message`.
    Message,
    /// The page's `segments`.
    Segments,
    /// The segment with this index.
    Segment(usize),
    /// A field of the segment with this index.
    Field(usize, Field),
    /// A tag of a segment: the index of each.
    Tag(usize, usize),
}

impl JsonPath {
    pub(crate) const fn expected(self) -> &'static str {
        match self {
            Self::Page | Self::Segment(_) => "an object",
            Self::Segments => "an array",
            Self::Message | Self::Field(_, Field::Id | Field::Name) => "a string",
            Self::Field(_, Field::Tracking) => "true or false",
            Self::Field(_, Field::Tags) => "an array or null",
            Self::Tag(..) => "a string or null",
        }
    }
}

/// As a path: `segments[17].name`.
impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page => f.write_str("page"),
            Self::Message => f.write_str("message"),
            Self::Segments => f.write_str("segments"),
            Self::Segment(index) => write!(f, "segments[{index}]"),
            Self::Field(index, field) => write!(f, "segments[{index}].{}", field.name()),
            Self::Tag(index, tag) => write!(f, "segments[{index}].tags[{tag}]"),
        }
    }
}

/// A field of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// `id`.
    Id,
    /// `name`.
    Name,
    /// `analytics_tracking_enabled`.
    Tracking,
    /// `tags`.
    Tags,
}

impl Field {
    pub(crate) const ALL: [Self; 4] = [Self::Id, Self::Name, Self::Tracking, Self::Tags];

    pub(crate) const NAMES: [&'static str; 4] =
        ["id", "name", "analytics_tracking_enabled", "tags"];

    /// Its key.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// `tags` was missing from every recorded response of 2015.
    pub(crate) const fn is_required(self) -> bool {
        !matches!(self, Self::Tags)
    }
}
