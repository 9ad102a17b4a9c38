pub(crate) mod claims;
pub(crate) mod completeness;
pub(crate) mod count_proof;
pub(crate) mod neighbour_graph;
pub(crate) mod positions;
