//! The content of the file of `--checkpoint`, and of the state of a connector.
//!
//! It never holds the key, only a salted hash that tells whether a key is another one.

use std::fmt;
use std::io::{self, Write};

use segments_core::export::ResumeError;
use segments_core::{Api, Checkpoint, Export, List, Plan};
use serde::{Deserialize, Serialize};

use crate::config::KeyHash;
use crate::files::{sealed_content, sealed_head, write_sealed};

/// The version of this file. The checkpoint of the core in it has a version of its own.
pub(super) const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Head {
    segments_checkpoint: u32,
}

#[derive(Serialize, Deserialize)]
struct Content<C, L> {
    key: KeyHash,
    checkpoint: C,
    list: L,
}

/// Why an export is not resumed from a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Unusable {
    Foreign,
    Version(u32),
    Damaged,
    /// It was made with another key.
    Key,
    /// The core refuses it.
    Export(ResumeError),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => f.write_str("it is not a checkpoint"),
            Self::Version(found) => {
                write!(f, "it has version {found}, and this program reads {VERSION}")
            }
            Self::Damaged => f.write_str("it is damaged"),
            Self::Key => f.write_str("it was made with another key"),
            Self::Export(why) => why.fmt(f),
        }
    }
}

/// Writes an export, without a copy of the list in between.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write(
    to: &mut impl Write,
    api: &Api,
    checkpoint: &Checkpoint,
    list: &List,
    salt: u64,
) -> io::Result<()> {
    let content = Content { key: KeyHash::new(api, salt), checkpoint, list };
    write_sealed(to, &Head { segments_checkpoint: VERSION }, &content)
}

/// Reads a file, and resumes its export.
///
/// # Errors
/// [`Unusable`] if it is damaged, or belongs to another export.
pub(crate) fn read(bytes: &[u8], api: &Api, plan: &Plan) -> Result<(Export, List), Unusable> {
    let head: Head = sealed_head(bytes).ok_or(Unusable::Foreign)?;
    if head.segments_checkpoint != VERSION {
        return Err(Unusable::Version(head.segments_checkpoint));
    }

    let content: Option<Content<Checkpoint, List>> = sealed_content(bytes);
    let Content { key, checkpoint, list } = content.ok_or(Unusable::Damaged)?;
    // One host serves many workspaces, and their lists must not be mixed.
    if !key.fits(api) {
        return Err(Unusable::Key);
    }
    let export = Export::resume(api.clone(), plan.clone(), checkpoint).map_err(Unusable::Export)?;
    Ok((export, list))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use segments_core::{ApiKey, Endpoint, Goal, Page, Segment, SortDirection, Step};

    use super::*;
    use segments_core::Batch;

    fn api(url: &str, key: &str) -> Api {
        Api::new(Endpoint::new(url).unwrap(), ApiKey::new(key).unwrap())
    }

    fn own() -> Api {
        api("https://rest.example", "CANARY-75480f9a-4db8")
    }

    /// An export that has read two pages, and its file.
    fn saved() -> (List, String) {
        let mut export = Export::new(own(), Plan::default());
        let mut list = List::default();
        for page in [["a", "b"], ["c", "d"]] {
            let Ok(Step::Send(fetch)) = export.poll(Duration::ZERO) else { panic!("a request") };
            let segment = |id| Segment::new(id, "=\u{1f}日", true, ["t"]).unwrap();
            let page: Page = page.map(segment).into_iter().collect();
            export.handle_response(&fetch, Duration::ZERO, &page.to_http());
            while let Ok(Step::Batch(Batch::Segments(batch))) = export.poll(Duration::ZERO) {
                list.extend(batch);
            }
        }
        let mut text = Vec::new();
        write(&mut text, &own(), &export.checkpoint(Duration::ZERO), &list, 7).unwrap();
        (list, String::from_utf8(text).unwrap())
    }

    #[test]
    fn what_was_saved_is_read() {
        let (list, text) = saved();
        let (export, found) = read(text.as_bytes(), &own(), &Plan::default()).unwrap();
        assert_eq!(found, list);
        assert_eq!(export.report().segments, 4);
        assert!(!text.contains("CANARY") && !text.contains("75480f9a"));
    }

    // See the first lines of the core's `tests/golden.rs`, whose command writes this one too.
    #[test]
    fn a_file_that_was_kept_is_read_and_written_alike() {
        let (list, text) = saved();
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/complete.checkpoint");
        if std::env::var_os("SEGMENTS_WRITE_GOLDEN").is_some() {
            std::fs::write(file, &text).unwrap();
        }
        let kept = std::fs::read(file).unwrap();
        assert_eq!(read(&kept, &own(), &Plan::default()).unwrap().1, list);
        assert!(kept == text.as_bytes(), "a checkpoint is another one now");
    }

    #[test]
    fn what_is_not_its_own_is_refused() {
        let (_, text) = saved();
        let refusal = |api: &Api, plan: &Plan| read(text.as_bytes(), api, plan).unwrap_err();
        let plan = Plan::default();
        assert_eq!(refusal(&api("https://rest.example", "another"), &plan), Unusable::Key);
        let elsewhere = api("https://rest.other", "CANARY-75480f9a-4db8");
        assert_eq!(refusal(&elsewhere, &plan), Unusable::Export(ResumeError::Endpoint));
        let walk = Plan::new(Goal::Walk);
        assert!(matches!(refusal(&own(), &walk), Unusable::Export(ResumeError::Goal { .. })));
        let mut desc = Plan::default();
        desc.sort_direction = SortDirection::Desc;
        let refused = refusal(&own(), &desc);
        assert!(matches!(refused, Unusable::Export(ResumeError::SortDirection { .. })));
        let later = text.replacen(":2}", ":3}", 1);
        assert_eq!(read(later.as_bytes(), &own(), &plan).unwrap_err(), Unusable::Version(3));
    }

    proptest! {
        #[test]
        fn no_damage_is_overlooked(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let (_, text) = saved();
            let (at, mut bytes) = (at.index(text.len()), text.into_bytes());
            prop_assert!(read(&bytes[..at], &own(), &Plan::default()).is_err());
            bytes[at] ^= 1 << bit;
            prop_assert!(read(&bytes, &own(), &Plan::default()).is_err());
        }
    }
}
