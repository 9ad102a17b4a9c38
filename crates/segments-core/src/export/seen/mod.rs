pub(crate) mod anomaly;
pub(crate) mod ids;
pub(crate) mod seen_segments;
pub(crate) mod slot;
pub(crate) mod uuid;
