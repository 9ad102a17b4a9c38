pub(crate) mod claims;
pub(crate) mod count_proof;
pub(crate) mod evidence;
pub(crate) mod neighbour_graph;
pub(crate) mod positions;
pub(crate) mod refusal;
pub(crate) mod runs;
pub(crate) mod sightings;
pub(crate) mod terms;

#[cfg(test)]
mod tests {
    /// The theorems that a text names, as `N (name)`.
    fn theorems<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
        let named = text.split(before).skip(1);
        let mut named: Vec<_> =
            named.filter_map(|rest| rest.split_once(')')).map(|(name, _)| name).collect();
        named.dedup();
        named
    }

    #[test]
    fn every_theorem_of_the_guarantees_has_its_rule_in_their_order() {
        let guarantees = theorems(include_str!("../../../docs/guarantees.md"), "### Theorem ");
        assert_eq!(theorems(include_str!("claims.rs"), "/// Theorem "), guarantees);
        assert_eq!(guarantees.len(), 8);
    }
}
