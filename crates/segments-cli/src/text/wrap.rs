//! Lines no wider than a terminal, broken between words.

use crate::text::escape::columns;

/// `text` broken where it would exceed `width`; the lines after the first begin with `indent`
/// spaces. A word that is wider stays whole.
pub(crate) fn wrap(text: &str, width: usize, indent: usize) -> String {
    let start = text.len() - text.trim_start_matches(' ').len();
    let mut out = text[..start].to_owned();
    let mut used = start;
    let mut first = true;
    for word in text[start..].split(' ') {
        let wide = columns(word);
        if !first && used + 1 + wide > width {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            used = indent;
        } else if !first {
            out.push(' ');
            used += 1;
        }
        first = false;
        out.push_str(word);
        used += wide;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three", 8, 2), "one two\n  three");
        assert_eq!(wrap("  one two", 7, 2), "  one\n  two");
        assert_eq!(wrap("http://127.0.0.1:8080 is", 10, 0), "http://127.0.0.1:8080\nis");
        assert_eq!(wrap("", 10, 4), "");
    }

    proptest! {
        #[test]
        fn words_stay_and_lines_fit(text in "[a-z日 ]{0,60}", width in 8_usize..40) {
            let wrapped = wrap(&text, width, 3);
            let words = |text: &str| -> Vec<String> {
                text.split_whitespace().map(str::to_owned).collect()
            };
            prop_assert_eq!(words(&wrapped), words(&text));
            for line in wrapped.lines() {
                prop_assert!(columns(line) <= width || words(line).len() == 1, "{:?}", line);
            }
        }
    }
}
