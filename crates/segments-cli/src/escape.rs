//! Text for terminals: what would steer one, or hide in one, is shown as `\u{1b}`.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

/// Asks for the emoji form of the character before it, which makes that one two columns wide.
const EMOJI_FORM: char = '\u{fe0f}';

/// What stands where text was cut off.
const CUT: char = '…';

/// `text` with everything that steers or deceives a terminal written as `\u{1b}`.
///
/// That is control characters, marks that change the direction of writing, characters without
/// a width of their own that are no accents, and the separators of lines and paragraphs.
pub fn escaped(text: &str) -> Cow<'_, str> {
    let mut before = None;
    let Some(first) = text.char_indices().find_map(|(at, c)| {
        let steers = steers(before, c);
        before = Some(c);
        steers.then_some(at)
    }) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    let mut before = text[..first].chars().next_back();
    for c in text[first..].chars() {
        if steers(before, c) {
            // Writing to a `String` cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            before = None;
        } else {
            out.push(c);
            before = Some(c);
        }
    }
    Cow::Owned(out)
}

/// The columns that `text`, already [`escaped`], takes on a terminal, at most.
pub fn columns(text: &str) -> usize {
    widths(text).map(|(_, width)| width).sum()
}

/// The longest beginning of `text` within `limit` columns, with `…` at its end if it was cut.
pub fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    let (mut taken, mut keep) = (0, 0);
    for (end, width) in widths(text) {
        taken += width;
        if taken > limit {
            return match limit {
                0 => Cow::Borrowed(""),
                _ => Cow::Owned(format!("{}{CUT}", &text[..keep])),
            };
        }
        if taken < limit {
            keep = end;
        }
    }
    Cow::Borrowed(text)
}

/// Of each character: the byte after it, and the columns that it adds.
fn widths(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut last = 0;
    text.char_indices().map(move |(at, c)| {
        let width = match c {
            EMOJI_FORM => 2_usize.saturating_sub(last),
            _ => c.width().unwrap_or(0),
        };
        last = width;
        (at + c.len_utf8(), width)
    })
}

fn steers(before: Option<char>, c: char) -> bool {
    match c {
        ' '..='~' => false,
        EMOJI_FORM => {
            before.is_none_or(|before| before.width() != Some(1) && before.width() != Some(2))
        }
        _ => c.is_control() || is_invisible(c),
    }
}

/// Characters without a width of their own that are no accents, and separators of lines.
fn is_invisible(c: char) -> bool {
    matches!(c,
        // Soft hyphen, joiners, fillers, Mongolian selectors.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}'
        // Zero width, direction, line and paragraph separators, invisible operators.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        // Variation selectors, byte order mark, annotations, shorthand, musical marks, tags.
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown() {
        assert_eq!(escaped("plain, grün, 日本, e\u{301}"), "plain, grün, 日本, e\u{301}");
        assert_eq!(escaped("\u{1b}]0;x\u{7}\r\n"), "\\u{1b}]0;x\\u{7}\\u{d}\\u{a}");
        assert_eq!(escaped("a\u{202e}b\u{2066}c\u{200b}d"), "a\\u{202e}b\\u{2066}c\\u{200b}d");
        assert_eq!(escaped("\u{2028}\u{feff}\u{9b}"), "\\u{2028}\\u{feff}\\u{9b}");
    }

    #[test]
    fn hearts_stay_hearts() {
        assert_eq!(escaped("\u{2764}\u{fe0f} fans"), "\u{2764}\u{fe0f} fans");
        assert_eq!(columns("\u{2764}\u{fe0f}"), 2);
        assert_eq!(escaped("\u{fe0f}"), "\\u{fe0f}");
    }

    #[test]
    fn cutting_keeps_within_the_limit() {
        assert_eq!(cut("segments", 8), "segments");
        assert_eq!(cut("segments", 7), "segmen…");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("abc", 1), "…");
        assert_eq!(cut("abc", 0), "");
    }

    proptest! {
        #[test]
        fn escaped_text_is_harmless(text in "\\PC*|[\\x00-\\u{ff}]*|(.|\\n){0,40}") {
            let shown = escaped(&text);
            let mut before = None;
            for c in shown.chars() {
                prop_assert!(!c.is_control() && !steers(before, c), "{:?}", c);
                before = Some(c);
            }
            prop_assert_eq!(escaped(&shown), shown.as_ref());
        }

        #[test]
        fn no_cut_is_wider_than_asked(text in "(.|\\n){0,40}", limit in 0_usize..60) {
            let shown = escaped(&text);
            let cut = cut(&shown, limit);
            prop_assert!(columns(&cut) <= limit);
            prop_assert!(cut.width() <= limit, "{:?} is {} wide", cut, cut.width());
            if columns(&shown) <= limit {
                prop_assert_eq!(&cut, &shown);
            }
        }
    }
}
