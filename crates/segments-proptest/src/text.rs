use proptest::prelude::*;
use proptest::sample::select;

const PLAIN: &[&str] = &[
    "A",
    "VIP",
    "email",
    "All Users",
    "Winback (US & Canada)",
    "Lapsed Users - 30 days",
    "onboarding_2024.v2",
    "50% off, today",
];

/// Texts that something has stumbled over: terminals, spreadsheets, CSV, JSON, HTML, URLs.
const AWKWARD: &[&str] = &[
    " ",
    "\"",
    "\\",
    "'",
    "a,b;c",
    "\n",
    "\t",
    "\r\n",
    "\u{0}",
    "\u{1b}[2J",
    "\u{7f}",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "é",
    "e\u{301}",
    "😀",
    "👩\u{200d}👧",
    "日本",
    "עברית",
    "\u{202e}gpj.exe",
    "\u{200b}",
    "\u{2028}",
    "\u{85}",
    "\u{feff}",
    "\u{fffd}",
    "\u{ffff}",
    "𝄞",
    "</script>",
    "%00",
    "null",
    "{\"segments\":[]}",
];

/// A text as people give names and tags: mostly plain, at times awkward, rarely up to 100 KB long.
///
/// Awkward are quotes, control characters, line ends, spreadsheet formulas, emoji, text from right
/// to left, and invisible characters. Shrinks to the empty text.
///
/// ```
/// use proptest::prelude::*;
/// use segments_proptest::text;
///
/// proptest!(|(name in text())| {
///     let json = serde_json::to_string(&name)?;
///     prop_assert_eq!(serde_json::from_str::<String>(&json)?, name);
/// });
/// ```
pub fn text() -> impl Strategy<Value = String> + Clone {
    let long = (select(vec!["a", "é", "\"", "\u{1}"]), 1_000_usize..=100_000)
        .prop_map(|(piece, bytes)| piece.repeat(bytes / piece.len()));
    prop_oneof![
        20 => Just(String::new()),
        200 => select(PLAIN).prop_map(str::to_owned),
        100 => select(AWKWARD).prop_map(str::to_owned),
        20 => any::<String>(),
        1 => long,
    ]
    .boxed()
}
