//! The words of the operating system, without its numbers.

/// What a number begins with.
const NUMBER: &str = " (os error ";

/// `text` without ` (os error 2)`.
///
/// Only where a sentence or a clause ends: a server could put the number into the middle of a key,
/// and its pieces would grow together here.
pub(crate) fn without_number(text: &str) -> String {
    let mut parts = text.split(NUMBER);
    let mut out = parts.next().unwrap_or_default().to_owned();

    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        match part[digits..].strip_prefix(')') {
            Some(rest) if digits > 0 && ends_a_clause(rest) => out.push_str(rest),
            _ => out.extend([NUMBER, part]),
        }
    }
    out
}

fn ends_a_clause(rest: &str) -> bool {
    let behind = rest.trim_start_matches([')', ',', '.', ':', ';']);
    behind.is_empty() || behind.starts_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_errors_are_left_out() {
        for (text, expected) in [
            ("no (refused (os error 111)), at x", "no (refused), at x"),
            ("a (os error 1) b (os error 22)", "a b"),
            ("a (os error x) b (os error ", "a (os error x) b (os error "),
            ("a (os error ) b (os error 1", "a (os error ) b (os error 1"),
            ("it broke (os error 104).", "it broke."),
            ("CANARY- (os error 1)75480f9", "CANARY- (os error 1)75480f9"),
        ] {
            assert_eq!(without_number(text), expected);
        }
    }
}
