use std::fmt;

/// A number of things, for people: `1 page`, `2 pages`.
pub(crate) fn counted(number: impl TryInto<u64>, noun: &'static str) -> impl fmt::Display {
    Counted { number: number.try_into().unwrap_or(u64::MAX), noun }
}

struct Counted {
    number: u64,
    noun: &'static str,
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, noun } = self;
        let ending = match (number, noun.ends_with('s')) {
            (1, _) => "",
            (_, true) => "es",
            (_, false) => "s",
        };
        write!(f, "{number} {noun}{ending}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one() {
        assert_eq!(counted(0_u32, "page").to_string(), "0 pages");
        assert_eq!(counted(1_u64, "page").to_string(), "1 page");
        assert_eq!(counted(8_usize, "pass").to_string(), "8 passes");
    }
}
