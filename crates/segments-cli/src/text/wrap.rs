//! Lines no wider than a terminal, broken between words.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// `text` with a line break wherever it would exceed `width`; the lines after the first begin with
/// `indent` spaces. A word that is wider stays whole.
pub(crate) fn wrap(text: &str, width: usize, indent: usize) -> String {
    let indent = " ".repeat(indent);
    let options = Options::new(width)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::fill(text, options)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::escape::columns;

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
