//! The columns of a segment.

/// The names of the fields, in the order in which every format has them.
pub(crate) const FIELDS: [&str; 4] = ["id", "name", "analytics_tracking_enabled", "tags"];
