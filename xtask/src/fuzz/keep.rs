//! Which of the inputs that were found are worth keeping: the few that together reach most.

use std::collections::HashSet;
use std::path::Path;

/// So many at most. What they leave out is reached by one input each.
const MOST: usize = 60;

/// What one input reaches, by numbers of libFuzzer's.
struct Input<'a> {
    path: &'a str,
    features: Vec<&'a str>,
}

/// Reads what libFuzzer notes down while it merges, and chooses by most new features first.
/// Inputs in `stored` are there already.
pub(super) fn choose<'a>(control: &'a str, stored: &str) -> Vec<&'a Path> {
    let (old, mut new): (Vec<_>, Vec<_>) = inputs(control)
        .into_iter()
        .partition(|input: &Input<'_>| Path::new(input.path).starts_with(stored));
    let mut reached: HashSet<&str> = old.into_iter().flat_map(|input| input.features).collect();
    let mut kept = Vec::new();
    while kept.len() < MOST {
        for input in &mut new {
            input.features.retain(|feature| !reached.contains(feature));
        }
        new.retain(|input| !input.features.is_empty());
        let Some(best) = new.iter().max_by_key(|input| input.features.len()) else { break };
        kept.push(Path::new(best.path));
        reached.extend(&best.features);
    }
    kept
}

/// The number of inputs, a number that does not matter, a path a line, and then for each input
/// `FT`, its place among the paths, and its features.
fn inputs(control: &str) -> Vec<Input<'_>> {
    let mut lines = control.lines();
    let count = lines.next().and_then(|line| line.parse().ok()).unwrap_or(0);
    let paths: Vec<&str> = lines.by_ref().skip(1).take(count).collect();
    let noted = lines.filter_map(|line| line.strip_prefix("FT ")?.split_once(' '));
    noted
        .filter_map(|(place, features)| {
            let path = paths.get(place.parse::<usize>().ok()?)?;
            Some(Input { path, features: features.split(' ').collect() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_few_that_reach_most_are_chosen() {
        let control = "4\n0\nstored/a\nfound/b\nfound/c\nfound/d\nSTARTED 0 3\nFT 0 1 2\nCOV 0 1\n\
                       STARTED 1 3\nFT 1 1 2 3\nSTARTED 2 3\nFT 2 3 4 5\nSTARTED 3 1\nFT 3 2\n";
        assert_eq!(choose(control, "stored"), [Path::new("found/c")]);
        assert_eq!(choose(control, "elsewhere").len(), 2);
        assert!(choose("", "stored").is_empty());
    }
}
