//! Cells that a spreadsheet would run as a formula.

use std::borrow::Cow;

use crate::text::invisible::is_invisible;

/// Beginnings of a formula, as a Western and as a Japanese keyboard types them.
const STARTS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// `'` in front of a cell that a spreadsheet might take for a formula, or that begins with `'`
/// itself, so that taking one `'` away always gives the cell back.
///
/// Blanks, control characters and invisible marks are passed over: some spreadsheets strip them
/// before they look for a formula. A cell that begins with a control character is guarded whatever
/// follows, as OWASP advises.
pub(crate) fn guard(cell: &str) -> Cow<'_, str> {
    // The usual case needs no look at Unicode's tables.
    if cell.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Cow::Borrowed(cell);
    }

    let begins = cell.trim_start_matches(is_passed_over);
    let is_formula = begins.starts_with(STARTS);
    if is_formula || cell.starts_with(|c: char| c == '\'' || c.is_control()) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// White space of any script, control characters, and invisible marks.
fn is_passed_over(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_invisible(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_beginning_of_a_formula_is_guarded() {
        for start in STARTS {
            for before in [
                "",
                " ",
                "\t",
                "\n",
                "\r\n",
                "\0",
                "\u{a0}",
                "\u{3000}",
                "\u{feff}",
                "\u{200b} ",
                "\u{3164}",
            ] {
                let cell = format!("{before}{start}1+1");
                assert_eq!(guard(&cell), format!("'{cell}"), "{cell:?}");
            }
        }
        for cell in ["\tx", "\nx", "\rx", "\0x", "\u{1b}x", "\n", "'", "'=1", "="] {
            assert_eq!(guard(cell), format!("'{cell}"), "{cell:?}");
        }
    }

    #[test]
    fn everything_else_is_left_alone() {
        for cell in
            ["", " ", "a=1", " a", "\u{a0}x", "1-1", "日本=1", "\u{feff}", "\"=1\"", "(=1)", "＊"]
        {
            assert!(matches!(guard(cell), Cow::Borrowed(_)), "{cell:?}");
        }
    }

    proptest! {
        #[test]
        fn one_quote_taken_away_gives_the_cell_back(cell in "[ '=@\\t\\n\u{feff}＝a]{0,6}|\\PC{0,6}") {
            let guarded = guard(&cell);
            prop_assert_eq!(guarded.strip_prefix('\'').unwrap_or(&guarded), &cell);
            prop_assert_eq!(guarded.starts_with('\''), matches!(guarded, Cow::Owned(_)));
        }
    }
}
