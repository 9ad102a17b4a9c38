use segments_core::Segment;

use crate::random::{split_mix64, uuid};

/// Makes `count` segments that look like those of a real workspace, oldest first.
///
/// Invented. The result depends on the arguments only, and a larger `count` appends to the result
/// of a smaller one. Ids are unique within a seed and between seeds. One name in 25 is difficult to
/// print or to store: quotes, commas, emoji, non-Latin scripts, a right-to-left override, control
/// characters, and a leading `=` as in a spreadsheet formula.
///
/// ```
/// use segments_emulator::sample;
///
/// let segments = sample(300, 7);
/// assert_eq!(segments.len(), 300);
/// assert_eq!(segments, sample(300, 7));
/// assert_eq!(segments[..10], sample(10, 7));
/// assert_ne!(segments[0].id(), sample(1, 8)[0].id());
/// ```
pub fn sample(count: usize, seed: u64) -> Vec<Segment> {
    (0..count as u64).map(|number| segment(number, seed)).collect()
}

const THEMES: [&str; 20] = [
    "Lapsed Users",
    "User Onboarding",
    "Engaged Recent Users",
    "VIP Customers",
    "Cart Abandoners",
    "Newsletter Subscribers",
    "Push Opted In",
    "First Purchase",
    "Free Trial",
    "High Lifetime Value",
    "Churn Risk",
    "Loyalty Gold",
    "Email Openers",
    "App Update Pending",
    "Black Friday Shoppers",
    "Winback",
    "Location Opt-Ins",
    "Survey Respondents",
    "Referral Program",
    "All Users",
];

const DETAILS: [&str; 12] = [
    "7 days",
    "14 days",
    "30 days",
    "90 days",
    "First Week",
    "Second Week",
    "iOS",
    "Android",
    "Web",
    "EMEA",
    "US & Canada",
    "Control Group",
];

const DIFFICULT_NAMES: [&str; 14] = [
    "🎉 Launch Party 👩‍👩‍👧",
    "\"Quoted\" Segment",
    "Paris, Lyon, Marseille",
    "Käufer – Größe XL",
    "休眠ユーザー(30日)",
    "المستخدمون الجدد",
    "Пользователи без покупок",
    "=HYPERLINK(\"http://example.com\",\"click\")",
    "@SUM(1+1)",
    "-10% Coupon Holders",
    "Line one\nline two",
    "Tab\there",
    "Reverse \u{202e}txt.exe",
    "Bell\u{7} and \u{1b}[31mred\u{1b}[0m",
];

const TAGS: [&str; 12] = [
    "lifecycle",
    "email",
    "push",
    "vip",
    "Q4 2025",
    "test",
    "do not archive",
    "marketing, paid",
    "国際",
    "🔥",
    "retention",
    "onboarding",
];

// Every remainder is smaller than the length of an array.
#[allow(clippy::cast_possible_truncation)]
fn segment(number: u64, seed: u64) -> Segment {
    let mut bits = split_mix64(number ^ split_mix64(seed));
    let mut pick = |choices: usize| {
        bits = split_mix64(bits);
        (bits % choices as u64) as usize
    };

    let name = if number % 25 == 17 {
        // In turn, so that a few hundred segments contain all of them.
        DIFFICULT_NAMES[(number / 25 % DIFFICULT_NAMES.len() as u64) as usize].to_owned()
    } else {
        let (theme, detail) = (THEMES[pick(THEMES.len())], DETAILS[pick(DETAILS.len())]);
        match pick(4) {
            0 => theme.to_owned(),
            1 => format!("{theme} ({detail})"),
            _ => format!("{theme} - {detail}"),
        }
    };

    let tracking = pick(3) > 0;

    // Most segments have no tags. The recordings show at most one.
    let tag_count = [0, 0, 0, 1, 1, 3][pick(6)];
    let first_tag = pick(TAGS.len());
    let tags = TAGS.iter().cycle().skip(first_tag).take(tag_count);

    let id = uuid(split_mix64(split_mix64(seed) ^ number), number);
    Segment::new(id, name, tracking, tags).expect("the id is not empty")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_differ_and_have_the_recorded_shape() {
        let segments: Vec<_> = [sample(20_000, 1), sample(20_000, 2)].concat();
        let ids: HashSet<_> = segments.iter().map(Segment::id).collect();
        assert_eq!(ids.len(), 40_000);
        for id in ids {
            let parts: Vec<_> = id.split('-').map(str::len).collect();
            assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
            assert!(id.chars().all(|c| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c)));
        }
    }

    #[test]
    fn a_few_hundred_hold_what_guards_are_for_and_most_do_not() {
        let segments = sample(400, 1);
        let names = || segments.iter().map(Segment::name);
        assert!(names().any(|name| name.starts_with('=')));
        assert!(names().any(|name| name.contains(char::is_control)));
        assert!(names().any(|name| name.contains('\u{202e}')));
        assert!(
            names().filter(|name| name.is_ascii() && !name.contains(char::is_control)).count()
                > 380
        );

        let tracked = segments.iter().filter(|one| one.analytics_tracking_enabled()).count();
        assert!((220..310).contains(&tracked), "{tracked}");

        let tagged = segments.iter().filter(|one| one.tags().len() > 0).count();
        assert!((150..250).contains(&tagged), "{tagged}");
    }
}
