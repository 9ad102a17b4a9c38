//! Text that is safe on a terminal: what would control it, or hide in it, is shown as `\u{1b}`.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};
use unicode_width::UnicodeWidthChar;

use super::invisible::is_invisible;

/// Asks for the emoji form of the character before it, which makes that one two columns wide.
const EMOJI_FORM: char = '\u{fe0f}';

/// Joins two emoji into one, and is invisible in every other place.
const JOINER: char = '\u{200d}';

/// The end of text that was cut off.
const CUT: char = '…';

/// `text` with everything that would control or deceive a terminal written as `\u{1b}`.
///
/// These are control characters, marks that change the direction of writing, characters without a
/// width of their own that are no accents, and the separators of lines and paragraphs. A joiner
/// stays where it makes one character of two visible ones, as in 👩‍👧.
pub fn escaped(text: &str) -> Cow<'_, str> {
    let Some(first) = first_unsafe(text) else { return Cow::Borrowed(text) };

    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(&text[..first]);
    let mut before = shown.chars().next_back();
    let mut rest = text[first..].chars();

    while let Some(c) = rest.next() {
        if is_unsafe(&shown, before, c, rest.as_str()) {
            // Writing to a `String` cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            before = None;
        } else {
            shown.push(c);
            before = Some(c);
        }
    }
    Cow::Owned(shown)
}

fn first_unsafe(text: &str) -> Option<usize> {
    let mut before = None;
    text.char_indices().find_map(|(at, c)| {
        let is_unsafe = is_unsafe(&text[..at], before, c, &text[at + c.len_utf8()..]);
        before = Some(c);
        is_unsafe.then_some(at)
    })
}

/// The most columns that `text`, already [`escaped`], takes on a terminal.
///
/// Some terminals draw joined emoji as one, others side by side. This counts the latter, so that no
/// line is too wide on any terminal.
pub fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { characters(text).map(|(_, width)| width).sum() }
}

/// The longest beginning of `text` within `limit` columns, with `…` at its end if it was cut.
/// Grapheme clusters stay whole.
pub fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    // No character of UTF-8 has more columns than bytes.
    if text.len() <= limit {
        return Cow::Borrowed(text);
    }

    let (mut taken, mut keep) = (0, 0);
    for (end, width) in characters(text) {
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

/// Of each grapheme cluster the byte after it, and its columns.
fn characters(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    text.grapheme_indices(true).map(|(at, cluster)| (at + cluster.len(), width(cluster)))
}

fn width(cluster: &str) -> usize {
    let mut last = 0;
    let widths = cluster.chars().map(|c| {
        last = match c {
            EMOJI_FORM => 2_usize.saturating_sub(last),
            _ => c.width().unwrap_or(0),
        };
        last
    });
    widths.sum()
}

/// Whether `c` must not reach a terminal, between what is `shown` before it and the `rest`.
/// `before` is the character before it, if that one is shown as it is.
fn is_unsafe(shown: &str, before: Option<char>, c: char, rest: &str) -> bool {
    match c {
        ' '..='~' => false,
        EMOJI_FORM => {
            before.is_none_or(|before| before.width() != Some(1) && before.width() != Some(2))
        }
        JOINER => before.is_none() || !joins(shown, rest),
        _ => c.is_control() || is_invisible(c),
    }
}

/// Whether a joiner makes one character of the end of `shown` and the beginning of `rest`, both
/// visible.
fn joins(shown: &str, rest: &str) -> bool {
    /// Longer than an emoji with a skin tone, a form and a few accents.
    const LOOK_BACK: usize = 8;

    let Some(next) = rest.chars().next().filter(|next| !is_invisible(*next)) else { return false };
    let start = shown.char_indices().rev().take(LOOK_BACK).last().map_or(0, |(at, _)| at);
    let is_whole = |text: &str, at: usize| {
        GraphemeCursor::new(at, text.len(), true).is_boundary(text, 0) == Ok(false)
    };

    let before = format!("{}{JOINER}", &shown[start..]);
    let is_accent = is_whole(&format!("a{next}"), 1);
    !is_accent && is_whole(&format!("{before}{next}"), before.len())
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

    /// A family, a pirate's flag, a health worker with a skin, a judge without the emoji form, and
    /// a conjunct of Devanagari.
    const JOINED: [&str; 5] = [
        "👩\u{200d}👩\u{200d}👧",
        "🏴\u{200d}☠\u{fe0f}",
        "👩🏽\u{200d}⚕\u{fe0f}",
        "👨\u{200d}⚖",
        "क\u{94d}\u{200d}ष",
    ];

    #[test]
    fn joined_characters_stay_whole() {
        for joined in JOINED {
            assert_eq!(escaped(joined), joined);
            assert_eq!(escaped(&format!("a{joined} b\r")), format!("a{joined} b\\u{{d}}"));
        }
        // A terminal that does not join them draws three.
        assert_eq!(columns(JOINED[0]), 6);
        let text = format!("{0}{0}", JOINED[0]);
        assert_eq!(cut(&text, 12), text);
        for limit in 7..12 {
            assert_eq!(cut(&text, limit), format!("{}…", JOINED[0]), "{limit}");
        }
        for limit in 1..=6 {
            assert_eq!(cut(&text, limit), "…", "{limit}");
        }
        // Nor is a skin, a flag or an accent torn off.
        for (text, limit, expected) in
            [("👍🏽👍🏽", 5, "👍🏽…"), ("🇩🇪🇫🇷", 3, "🇩🇪…"), ("e\u{301}xy", 2, "e\u{301}…")]
        {
            assert_eq!(cut(text, limit), expected);
        }
    }

    #[test]
    fn a_joiner_that_joins_nothing_is_shown() {
        for (text, expected) in [
            ("\u{200d}", "\\u{200d}"),
            ("a\u{200d}b", "a\\u{200d}b"),
            ("👩\u{200d}", "👩\\u{200d}"),
            ("👩\u{200d}a", "👩\\u{200d}a"),
            ("a\u{200d}👩", "a\\u{200d}👩"),
            ("👩\u{200d}\u{200d}👩", "👩\\u{200d}\\u{200d}👩"),
            ("👩\u{200d}\u{301}", "👩\\u{200d}\u{301}"),
            ("👩\u{200b}\u{200d}👩", "👩\\u{200b}\\u{200d}👩"),
            ("👩\u{e0061}\u{200d}👩", "👩\\u{e0061}\\u{200d}👩"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }

    #[test]
    fn a_chain_without_end_costs_no_more_than_its_length() {
        let chain = "👩\u{200d}".repeat(100_000) + "👩";
        assert_eq!(escaped(&chain), chain);
        assert_eq!(cut(&chain, 80), "…");
        assert_eq!(columns(&chain), 200_002);
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
        fn escaped_text_is_harmless(text in "\\PC*|[\\x00-\\u{ff}]*|(.|\\n){0,40}|[👩🏽⚕\u{200d}\u{fe0f}\u{301}\u{e0061}\u{94d}कa🇩]{0,12}") {
            let shown = escaped(&text);
            prop_assert!(!shown.contains(char::is_control));
            prop_assert_eq!(first_unsafe(&shown), None);
            prop_assert_eq!(escaped(&shown), shown.as_ref());
        }

        #[test]
        fn no_cut_is_wider_than_asked(text in "(.|\\n){0,40}|[👩🏽⚕\u{200d}\u{fe0f}\u{301}कa🇩日]{0,12}", limit in 0_usize..60) {
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
