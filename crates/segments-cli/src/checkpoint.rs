//! The file of `--checkpoint`: an export at rest, and the segments that it has collected.
//!
//! One line of JSON about the file, then one with the content. It never holds the key, only a
//! salted hash by which another one is told.

use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use http::header::AUTHORIZATION;
use segments_core::{Api, Checkpoint, Export, List, ListRequest, Plan, ResumeError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::exit::{Problem, plain};
use crate::files::lock_of;
use crate::lock::LockFile;
use crate::sink::Sink;

/// The version of the file around the core's own, which has one of its own.
const VERSION: u32 = 1;

const ANEW: &str = "Name another file, or remove this one to begin anew";

/// A place for a checkpoint, which is this process's alone as long as it lives.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    _lock: LockFile,
    existed: bool,
    /// When the export was put to rest that was found here.
    rested_at: Option<SystemTime>,
    saved: bool,
}

#[derive(Serialize, Deserialize)]
struct Head {
    segments_checkpoint: u32,
    sha256: String,
}

#[derive(Deserialize)]
struct Content {
    key: KeyMark,
    checkpoint: Checkpoint,
    list: List,
}

/// Tells whether a key is the same, and nothing else about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeyMark {
    salt: u64,
    hash: String,
}

impl Store {
    /// Opens the place, and takes the export up again that rests there, if one does.
    pub(crate) fn open(
        path: &Path,
        api: &Api,
        plan: &Plan,
    ) -> Result<(Self, Option<(Export, List)>), Problem> {
        let refused = |why| Err(refused(path, why));
        let mut rested_at = None;
        let there = match fs::metadata(path) {
            _ if Sink::is_stdout(path) => return refused(Refusal::NoFile),
            Ok(old) if !old.is_file() => return refused(Refusal::NoFile),
            Ok(old) => {
                rested_at = old.modified().ok();
                true
            }
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(unreadable(path, &error)),
        };
        let lock = LockFile::take(&lock_of(path)).map_err(|error| unwritable(path, &error))?;
        let Some(lock) = lock else { return refused(Refusal::Busy) };

        // Whether it can be written is to be known before an hour's work.
        drop(Sink::create_private(path)?);
        let found = match fs::read(path) {
            Ok(bytes) => match take_up(&bytes, api, plan) {
                Ok(found) => Some(found),
                Err(why) => return refused(why),
            },
            Err(error) if error.kind() == ErrorKind::NotFound && !there => None,
            Err(error) => return Err(unreadable(path, &error)),
        };
        let (path, existed) = (path.to_owned(), found.is_some());
        Ok((Self { path, _lock: lock, existed, rested_at, saved: false }, found))
    }

    /// Puts an export to rest, in place of what was there.
    pub(crate) fn save(
        &mut self,
        api: &Api,
        checkpoint: &Checkpoint,
        list: &List,
        salt: u64,
    ) -> Result<(), Problem> {
        let text = write(api, checkpoint, list, salt);
        let mut sink = Sink::create_private(&self.path)?;
        sink.write_all(text.as_bytes()).map_err(|error| sink.problem(&error))?;
        sink.finish()?;
        self.saved = true;
        Ok(())
    }

    /// Removes what is there: the export is done.
    pub(crate) fn remove(self) -> Result<(), Problem> {
        if !self.existed && !self.saved {
            return Ok(());
        }
        // Where a link leads, so that nothing old is found through it.
        let removed = fs::canonicalize(&self.path).and_then(fs::remove_file);
        removed.map_err(|error| {
            let what = format!("cannot remove {}: {}", self.path.display(), plain(&error));
            Problem::Output { what, advice: "remove it: the export in it is done" }
        })
    }

    /// How long the export was at rest; `None` if nothing was there, or its time is in the future.
    pub(crate) fn age(&self) -> Option<Duration> {
        SystemTime::now().duration_since(self.rested_at?).ok()
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether something was there.
    pub(crate) fn existed(&self) -> bool {
        self.existed
    }

    /// Whether this process has put something there.
    pub(crate) fn saved(&self) -> bool {
        self.saved
    }
}

impl KeyMark {
    fn new(api: &Api, salt: u64) -> Self {
        let request = api.request(ListRequest::default());
        let key = request.headers().get(AUTHORIZATION).map_or(&[][..], |value| value.as_bytes());
        // Cut short: enough to tell keys apart.
        let hash =
            hex(&Sha256::new().chain_update(salt.to_le_bytes()).chain_update(key).finalize());
        Self { salt, hash: hash[..16].to_owned() }
    }
}

/// Why a file is not taken up.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Refusal {
    NoFile,
    Busy,
    Foreign,
    Version(u32),
    Damaged,
    Key,
    Core(ResumeError),
}

fn write(api: &Api, checkpoint: &Checkpoint, list: &List, salt: u64) -> String {
    #[derive(Serialize)]
    struct Content<'a> {
        key: KeyMark,
        checkpoint: &'a Checkpoint,
        list: &'a List,
    }
    let content = Content { key: KeyMark::new(api, salt), checkpoint, list };
    let content = serde_json::to_string(&content).expect("its keys are strings");
    let head = Head { segments_checkpoint: VERSION, sha256: hex(&Sha256::digest(&content)) };
    let head = serde_json::to_string(&head).expect("its keys are strings");
    format!("{head}\n{content}\n")
}

fn take_up(bytes: &[u8], api: &Api, plan: &Plan) -> Result<(Export, List), Refusal> {
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let head: Head =
        lines.next().and_then(|head| serde_json::from_slice(head).ok()).ok_or(Refusal::Foreign)?;
    if head.segments_checkpoint != VERSION {
        return Err(Refusal::Version(head.segments_checkpoint));
    }
    let content = lines.next().and_then(|rest| rest.strip_suffix(b"\n"));
    let content = content
        .filter(|content| head.sha256 == hex(&Sha256::digest(content)))
        .ok_or(Refusal::Damaged)?;
    let Content { key, checkpoint, list } =
        serde_json::from_slice(content).map_err(|_| Refusal::Damaged)?;
    // The same host serves many workspaces, and their lists must not be mixed.
    if key != KeyMark::new(api, key.salt) {
        return Err(Refusal::Key);
    }
    let export = Export::resume(api.clone(), plan.clone(), checkpoint).map_err(Refusal::Core)?;
    Ok((export, list))
}

fn refused(path: &Path, why: Refusal) -> Problem {
    let path = path.display();
    let (what, advice) = match why {
        Refusal::NoFile => (format!("--checkpoint {path} is not a file"), "Name another"),
        Refusal::Busy => (
            format!("--checkpoint {path} is in use by another export"),
            "Wait until that has ended, or name another file",
        ),
        Refusal::Foreign => (format!("--checkpoint {path} is there, and is no checkpoint"), ANEW),
        Refusal::Version(found) => (
            format!("--checkpoint {path} has version {found}, and this program reads {VERSION}"),
            ANEW,
        ),
        Refusal::Damaged | Refusal::Core(ResumeError::Damaged) => {
            (format!("--checkpoint {path} is damaged"), ANEW)
        }
        Refusal::Key => (
            format!("--checkpoint {path} was made with another key"),
            "Use that key, or remove the file to begin anew: two workspaces must not be mixed",
        ),
        Refusal::Core(why) => {
            let same = "Use the same endpoint, --goal and --sort, or remove the file to begin anew";
            (format!("--checkpoint {path}: {why}"), same)
        }
    };
    Problem::usage(what, advice)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::unreadable("--checkpoint", path, error, ANEW)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::output(&path.display().to_string(), error)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use segments_core::{ApiKey, Endpoint, Goal, Page, Segment, SortDirection, Step};

    use super::*;

    fn api(url: &str, key: &str) -> Api {
        Api::new(Endpoint::new(url).unwrap(), ApiKey::new(key).unwrap())
    }

    fn own() -> Api {
        api("https://rest.example", "CANARY-75480f9a-4db8")
    }

    /// An export that has read one page, and its file.
    fn rest() -> (List, String) {
        let mut export = Export::new(own(), Plan::default());
        let mut list = List::default();
        for page in [["a", "b"], ["c", "d"]] {
            let Ok(Step::Send(fetch)) = export.next(Duration::ZERO) else { panic!("a request") };
            let segment = |id| Segment::new(id, "=\u{1f}日", true, ["t"]).unwrap();
            let page: Page = page.map(segment).into_iter().collect();
            export.receive(&fetch, Duration::ZERO, &page.to_http());
            while let Ok(Step::Segments(batch)) = export.next(Duration::ZERO) {
                list.extend(batch);
            }
        }
        let text = write(&own(), &export.checkpoint(Duration::ZERO), &list, 7);
        (list, text)
    }

    #[test]
    fn what_was_put_to_rest_is_taken_up() {
        let (list, text) = rest();
        let (export, read) = take_up(text.as_bytes(), &own(), &Plan::default()).unwrap();
        assert_eq!(read, list);
        assert_eq!(export.report().segments, 4);
        assert!(!text.contains("CANARY") && !text.contains("75480f9a"));
    }

    #[test]
    fn what_is_not_its_own_is_refused() {
        let (_, text) = rest();
        let refusal = |api: &Api, plan: &Plan| take_up(text.as_bytes(), api, plan).unwrap_err();
        let plan = Plan::default();
        assert_eq!(refusal(&api("https://rest.example", "another"), &plan), Refusal::Key);
        let elsewhere = api("https://rest.other", "CANARY-75480f9a-4db8");
        assert_eq!(refusal(&elsewhere, &plan), Refusal::Core(ResumeError::Endpoint));
        let walk = Plan::new(Goal::Walk);
        assert!(matches!(refusal(&own(), &walk), Refusal::Core(ResumeError::Goal { .. })));
        let mut desc = Plan::default();
        desc.sort_direction = SortDirection::Desc;
        let refused = refusal(&own(), &desc);
        assert!(matches!(refused, Refusal::Core(ResumeError::SortDirection { .. })));
        let later = text.replacen(":1,", ":2,", 1);
        assert_eq!(take_up(later.as_bytes(), &own(), &plan).unwrap_err(), Refusal::Version(2));
    }

    proptest! {
        #[test]
        fn no_damage_is_overlooked(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let (_, text) = rest();
            let (at, mut bytes) = (at.index(text.len()), text.into_bytes());
            prop_assert!(take_up(&bytes[..at], &own(), &Plan::default()).is_err());
            bytes[at] ^= 1 << bit;
            prop_assert!(take_up(&bytes, &own(), &Plan::default()).is_err());
        }
    }
}
