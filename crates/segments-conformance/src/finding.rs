//! The verdict on a run, with its reasons.

use std::collections::HashSet;
use std::process::ExitStatus;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::case::Case;
use crate::child::{End, Ended};
use crate::printed::printed_ids;
use crate::situation::Facts;
use crate::verdict::Verdict;

/// So many characters of the key in a row are a leak. The last few may be shown, as many programs
/// do.
const PIECE: usize = 16;

/// The most characters of a text of the client that are repeated.
const MOST_QUOTED: usize = 100;

/// What a client made of a case.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The case; in JSON its name.
    #[serde(serialize_with = "name")]
    pub case: Case,
    /// The verdict.
    pub verdict: Verdict,
    /// How many of the expected segments were found.
    pub found: usize,
    /// How many segments were listed all the time.
    pub expected: usize,
    /// How many requests the emulator answered.
    pub requests: u64,
    /// How long the command ran; in JSON in seconds.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub time: Duration,
    /// The exit code; `None` if a signal ended the command.
    pub exit_code: Option<i32>,
    /// What the verdict is founded on; empty for [`Verdict::Whole`].
    pub detail: String,
}

impl Finding {
    /// Whether the client did right: it had the whole list, or failed and said so. Where nothing
    /// went wrong, only the former is right.
    pub fn is_right(&self) -> bool {
        match self.verdict {
            Verdict::Whole => true,
            Verdict::Loud => !self.case.is_ordinary(),
            _ => false,
        }
    }

    /// Judges a run.
    pub(crate) fn of(case: Case, key: &str, facts: &Facts, ended: &Ended) -> Self {
        let printed = printed_ids(&ended.stdout);
        let distinct: HashSet<&str> = printed.iter().map(String::as_str).collect();
        let found = facts.stable.iter().filter(|id| distinct.contains(id.as_str())).count();

        let (verdict, detail) = leak(key, facts, ended)
            .or_else(|| failure(case, &ended.end, &ended.stderr))
            .or_else(|| invention(facts, &printed))
            .or_else(|| loss(facts, &distinct))
            .or_else(|| duplicate(&printed))
            .unwrap_or((Verdict::Whole, String::new()));

        let exit_code = match ended.end {
            End::Exited(status) => status.code(),
            End::TimedOut(_) | End::TooMuchOutput => None,
        };
        let (requests, time) = (facts.requests, ended.took);
        let expected = facts.stable.len();
        Self { case, verdict, found, expected, requests, time, exit_code, detail }
    }
}

type Judged = Option<(Verdict, String)>;

fn leak(key: &str, facts: &Facts, ended: &Ended) -> Judged {
    let place = if facts.key_went_elsewhere {
        "the key was sent to another host"
    } else if has_piece(key, &ended.stdout) {
        "the key is in the standard output"
    } else if has_piece(key, &ended.stderr) {
        "the key is in the standard error"
    } else {
        return None;
    };
    Some((Verdict::LeakedKey, place.to_owned()))
}

fn has_piece(key: &str, text: &[u8]) -> bool {
    let text = text.to_ascii_lowercase();
    let pieces: HashSet<_> = key.as_bytes().windows(PIECE).collect();
    text.windows(PIECE).any(|window| pieces.contains(window))
}

/// Did not end by itself, or not with exit code 0.
fn failure(case: Case, end: &End, stderr: &[u8]) -> Judged {
    match end {
        End::TimedOut(time) => {
            Some((Verdict::Hung, format!("it did not end within {} s", time.as_secs_f64())))
        }
        End::TooMuchOutput => Some((Verdict::Hung, "it printed more than 8 MiB".to_owned())),
        End::Exited(status) if status.success() => None,
        End::Exited(status) => {
            let mut detail = ending(*status);
            // Where nothing went wrong, a reader needs to know why.
            if case.is_ordinary() {
                let text = String::from_utf8_lossy(stderr);
                let last = text.lines().rev().find(|line| !line.trim().is_empty());
                detail += &last.map_or_else(String::new, |line| format!(": {}", quoted(line)));
            }
            Some((Verdict::Loud, detail))
        }
    }
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => "ended by a signal".to_owned(),
    }
}

fn invention(facts: &Facts, printed: &[String]) -> Judged {
    let invented: Vec<_> = printed.iter().filter(|id| !facts.listed.contains(*id)).collect();
    examples(Verdict::Invented, "never listed", &invented)
}

fn loss(facts: &Facts, distinct: &HashSet<&str>) -> Judged {
    let missing = facts.stable.iter().filter(|id| !distinct.contains(id.as_str()));
    let mut missing: Vec<_> = missing.collect();
    missing.sort();
    examples(Verdict::SilentLoss, "missing", &missing)
}

fn duplicate(printed: &[String]) -> Judged {
    let mut seen = HashSet::new();
    let repeated: Vec<_> = printed.iter().filter(|id| !seen.insert(*id)).collect();
    examples(Verdict::Duplicated, "printed again", &repeated)
}

/// A verdict that is founded on these ids, if there are any.
fn examples(verdict: Verdict, what: &str, ids: &[&String]) -> Judged {
    let (first, rest) = ids.split_first()?;
    let more = match rest.len() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Some((verdict, format!("{what}: {}{more}", quoted(first))))
}

/// The beginning of a text, in which nothing controls a terminal.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for c in text.chars().take(MOST_QUOTED) {
        if c.is_control() {
            quoted.extend(c.escape_default());
        } else {
            quoted.push(c);
        }
    }

    let is_cut = text.chars().nth(MOST_QUOTED).is_some();
    if is_cut { quoted + "…" } else { quoted }
}

fn name<S: Serializer>(case: &Case, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(case.name())
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let millis = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    serializer.serialize_f64(f64::from(millis) / 1000.0)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    const KEY: &str = "75480f9a-4db8-4057-8b7e-4d59bfd73709";

    fn judged(name: &str, code: i32, stdout: &str, stderr: &str) -> Verdict {
        let ids = |ids: &str| ids.chars().map(String::from).collect();
        let facts = Facts { stable: ids("abc"), listed: ids("abcd"), ..Facts::default() };
        let ended = Ended {
            end: End::Exited(ExitStatus::from_raw(code << 8)),
            stdout: stdout.into(),
            stderr: stderr.into(),
            took: Duration::ZERO,
        };
        Finding::of(Case::named(name).unwrap(), KEY, &facts, &ended).verdict
    }

    #[test]
    fn a_list_is_whole_or_something_else() {
        assert_eq!(judged("archived", 0, "a\nb\nc\n", ""), Verdict::Whole);
        assert_eq!(judged("archived", 0, "c\nd\nb\na\n", "a warning"), Verdict::Whole);
        assert_eq!(judged("archived", 0, "a\nb\nd\n", ""), Verdict::SilentLoss);
        assert_eq!(judged("archived", 0, "a\nb\nc\nb\n", ""), Verdict::Duplicated);
        assert_eq!(judged("archived", 0, "a\nb\nc\ne\n", ""), Verdict::Invented);
        assert_eq!(judged("archived", 1, "a\ne\n", "no"), Verdict::Loud);
    }

    #[test]
    fn a_leak_comes_before_all_else() {
        assert_eq!(judged("plain", 0, "a\nb\nc\n", KEY), Verdict::LeakedKey);
        assert_eq!(
            judged("plain", 1, "", &format!("no {}", KEY.to_uppercase())),
            Verdict::LeakedKey
        );
        assert_eq!(judged("plain", 1, &KEY[3..3 + PIECE], ""), Verdict::LeakedKey);
        assert_eq!(judged("plain", 0, "a\nb\nc\n", "key ********bfd73709"), Verdict::Whole);
    }

    #[test]
    fn texts_of_the_client_are_harmless_and_short() {
        assert_eq!(quoted("a\u{1b}[2J"), "a\\u{1b}[2J");
        assert_eq!(quoted(&"x".repeat(101)), "x".repeat(100) + "…");
    }
}
