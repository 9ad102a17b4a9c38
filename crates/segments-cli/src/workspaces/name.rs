//! Names of workspaces, which become names of files.

/// The longest name, in bytes: file systems allow 255 with all that is appended.
const LONGEST: usize = 64;

/// What Windows reserves, with any ending and in any case.
const RESERVED: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];

/// Reserved with a digit behind it.
const RESERVED_NUMBERED: [&str; 2] = ["COM", "LPT"];

/// What is wrong with a name, if it is not a safe name of a file on every system.
///
/// Only ASCII is safe: file systems differ in which other characters they take for the same.
pub(super) fn complaint(name: &str) -> Option<&'static str> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !name.bytes().all(is_allowed) {
        return Some("has other characters than ASCII letters, digits, - _ and .");
    }
    if !name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return Some("does not begin with a letter or a digit");
    }
    if name.len() > LONGEST {
        return Some("is longer than 64 characters");
    }
    if is_reserved(name) {
        return Some("is reserved by Windows");
    }
    None
}

fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let is_numbered = |prefix: &str| {
        let number = stem.strip_prefix(prefix).unwrap_or_default();
        number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    RESERVED.contains(&&*stem) || RESERVED_NUMBERED.iter().any(|prefix| is_numbered(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_safe_everywhere_is_a_name() {
        let longest = "a".repeat(LONGEST);
        for name in ["eu", "EU-1", "team_a.prod", "0", "console", "com", "com10", "nul1", &longest]
        {
            assert_eq!(complaint(name), None, "{name}");
        }
        let too_long = "a".repeat(LONGEST + 1);
        for name in [
            "", ".", "..", ".eu", "-eu", "_eu", "a/b", "a\\b", "../a", "a\0", "a b", "a:b", "Ä",
            "e\u{301}", "nul", "CON", "con.prod", "Aux.x.y", "COM1", "lpt9.a", "com0", &too_long,
        ] {
            assert!(complaint(name).is_some(), "{name:?}");
        }
    }
}
