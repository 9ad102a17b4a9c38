pub(crate) mod claims;
pub(crate) mod count_proof;
pub(crate) mod evidence;
pub(crate) mod neighbour_graph;
pub(crate) mod positions;
pub(crate) mod refusal;
pub(crate) mod terms;
