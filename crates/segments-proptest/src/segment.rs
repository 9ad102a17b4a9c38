use proptest::collection::{SizeRange, vec};
use proptest::prelude::*;
use segments_core::{ListRequest, Page, Segment};

use crate::text::text;

/// A segment with any content: see [`text()`](crate::text()) for its name and tags.
///
/// Its id is mostly a UUID, as in every recorded answer, and at times any other text, because
/// nothing documents a form. Shrinks to `Segment::new("a", "", false, [])`.
///
/// ```
/// use proptest::prelude::*;
/// use segments_core::Segment;
/// use segments_proptest::segment;
///
/// proptest!(|(segment in segment())| {
///     let json = serde_json::to_string(&segment)?;
///     prop_assert_eq!(serde_json::from_str::<Segment>(&json)?, segment);
/// });
/// ```
pub fn segment() -> impl Strategy<Value = Segment> + Clone {
    draft().prop_map(|draft| draft.segment(0))
}

/// Segments with ids of their own, as many as `size` says. Shrinks to the fewest, with the ids `a`,
/// `b`, `c`.
///
/// ```
/// use std::collections::HashSet;
/// use proptest::prelude::*;
/// use segments_proptest::segments;
///
/// proptest!(|(segments in segments(2..=5))| {
///     let ids: HashSet<&str> = segments.iter().map(|segment| segment.id()).collect();
///     prop_assert!((2..=5).contains(&ids.len()));
///     prop_assert_eq!(ids.len(), segments.len());
/// });
/// ```
pub fn segments(size: impl Into<SizeRange>) -> impl Strategy<Value = Vec<Segment>> + Clone {
    vec(draft(), size).prop_map(|drafts| {
        drafts.iter().enumerate().map(|(index, draft)| draft.segment(index)).collect()
    })
}

/// A page: mostly of a few segments, at times full with
/// [`ListRequest::PAGE_SIZE`] of them. Shrinks to an empty one.
///
/// ```
/// use proptest::prelude::*;
/// use segments_core::ListRequest;
/// use segments_proptest::page;
///
/// proptest!(|(page in page())| {
///     prop_assert!(page.len() <= ListRequest::PAGE_SIZE);
///     let body = String::from_utf8(page.to_http().into_body())?;
///     prop_assert!(body.contains("success"));
/// });
/// ```
pub fn page() -> impl Strategy<Value = Page> + Clone {
    let most = ListRequest::PAGE_SIZE;
    // A few segments with any content, and plain ones behind them: what matters is how many there
    // are, and a hundred of any content would shrink for a long time. Half of the long pages are
    // full.
    let plain = (0..=2 * most).prop_map(move |count| count.min(most));
    let plain = prop_oneof![9 => Just(0), 1 => plain];
    (plain, vec(draft(), 0..=4))
        .prop_map(move |(plain, mut drafts)| {
            drafts.resize((drafts.len() + plain).min(most), Draft::default());
            drafts.iter().enumerate().map(|(index, draft)| draft.segment(index)).collect()
        })
        .boxed()
}

/// The name of number `index` in a series: `a` to `z`, `aa`, `ab` and so on.
pub(crate) fn letters(index: usize) -> String {
    let letter = char::from(b"abcdefghijklmnopqrstuvwxyz"[index % 26]);
    match (index / 26).checked_sub(1) {
        Some(before) => letters(before) + letter.encode_utf8(&mut [0; 4]),
        None => letter.to_string(),
    }
}

/// A segment before it has a place in a list, which makes its id one of its own.
#[derive(Debug, Clone, Default)]
struct Draft {
    id: Id,
    name: String,
    tracking: bool,
    tags: Vec<String>,
}

#[derive(Debug, Clone, Default)]
enum Id {
    #[default]
    Letters,
    Uuid(u64, u32),
    Text(String),
}

impl Draft {
    fn segment(&self, index: usize) -> Segment {
        let id = self.id.at(index);
        Segment::new(id, &self.name, self.tracking, &self.tags).expect("no id here is empty")
    }
}

impl Id {
    /// Different for each index, whatever the form: letters have neither a hyphen nor a slash, and
    /// what follows the last of them is made of the index.
    fn at(&self, index: usize) -> String {
        match self {
            Self::Letters => letters(index),
            Self::Uuid(high, low) => {
                let groups = (high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 16);
                let last = (low & 0xffff, index & 0xffff_ffff);
                format!(
                    "{:08x}-{:04x}-{:04x}-{:04x}-{:04x}{:08x}",
                    groups.0, groups.1, groups.2, groups.3, last.0, last.1
                )
            }
            Self::Text(text) => format!("{text}/{}", letters(index)),
        }
    }
}

fn draft() -> impl Strategy<Value = Draft> + Clone {
    let id = prop_oneof![
        3 => Just(Id::Letters),
        6 => any::<(u64, u32)>().prop_map(|(high, low)| Id::Uuid(high, low)),
        1 => text().prop_map(Id::Text),
    ];
    let tags = vec(text(), 0..4);
    (id, text(), any::<bool>(), tags)
        .prop_map(|(id, name, tracking, tags)| Draft { id, name, tracking, tags })
        .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_behind_z() {
        let names = [0, 1, 25, 26, 27, 701, 702].map(letters);
        assert_eq!(names, ["a", "b", "z", "aa", "ab", "zz", "aaa"]);
    }
}
