use crate::message::json::table::Table;

/// What the body of a page says.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) table: Table,
    /// The key `segments` is missing, which counts as an empty list.
    pub(crate) segments_missing: bool,
    /// Then the first key with an array or an object, which may be another list.
    pub(crate) other_list: Option<String>,
    /// The rows in which invalid text was replaced.
    pub(crate) replaced: Vec<u32>,
    /// There is a list of minor errors beside the segments.
    pub(crate) minor_errors: bool,
    /// `message`, if it is not `success`.
    pub(crate) message: Option<String>,
}
