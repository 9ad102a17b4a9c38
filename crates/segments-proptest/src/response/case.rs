use std::fmt;
use std::time::Duration;

use http::Response;
use segments_core::Segment;

/// A response, and what a right client makes of it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Case {
    /// The response, with its whole body.
    pub response: Response<Vec<u8>>,
    /// What a right client makes of it.
    pub expected: Expected,
    /// What is special about it, in a few words: `truncated`, `HTML`.
    pub form: &'static str,
}

/// What a right client makes of a response.
///
/// The claims are those of Braze's documentation and of the RFCs for HTTP and JSON. Where these
/// leave a choice, it is [`Expected::PageOrError`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// A page with these segments, in this order.
    Page(Vec<Segment>),
    /// A page with these segments or an error, as the client is strict or not: a byte order mark,
    /// nesting without end, a status such as 203. No other page.
    PageOrError(Vec<Segment>),
    /// No page, and the same request may have one later: 408, 425, 429, most of 5xx, a body that
    /// ends too early.
    Retry {
        /// How long the server asks to wait at least, where it says so beyond doubt.
        after: Option<Duration>,
    },
    /// No page, because of the key or its permissions: 401, 403. Another attempt would not help.
    Refused,
    /// No page, for any other reason.
    Error,
}

impl Expected {
    /// The segments of the page, if there may be one.
    pub fn segments(&self) -> Option<&[Segment]> {
        match self {
            Self::Page(segments) | Self::PageOrError(segments) => Some(segments),
            _ => None,
        }
    }
}

impl Case {
    pub(crate) fn new(body: impl Into<Vec<u8>>, form: &'static str, expected: Expected) -> Self {
        let mut case = Self { response: Response::new(body.into()), expected, form };
        case = case.header("content-type", "application/json");
        case
    }

    /// With this header in place of others of its name.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = value.parse().expect("the value of a header");
        self.response.headers_mut().insert(name, value);
        self
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        *self.response.status_mut() = status.try_into().expect("a status");
        self
    }

    /// Holds what a parser made of the response against what is expected.
    ///
    /// What kind of error it was is not looked at: match on [`Case::expected`] for that.
    ///
    /// # Errors
    /// [`Mismatch`] if a page was read where there is none, or other segments than those of the
    /// page, or if there was an error in place of a page.
    ///
    /// ```
    /// use proptest::prelude::*;
    /// use segments_core::Segment;
    /// use segments_proptest::response;
    ///
    /// /// Reads nothing, which is right for every empty page.
    /// fn read(_: &[u8]) -> Result<Vec<Segment>, &'static str> {
    ///     Ok(Vec::new())
    /// }
    ///
    /// let mut runner = proptest::test_runner::TestRunner::deterministic();
    /// let strategy = response::truncated();
    /// let found = runner.run(&strategy, |case| Ok(case.check(read(case.response.body()))?));
    /// assert!(found.unwrap_err().to_string().starts_with("Test failed: truncated: a page was read"));
    /// ```
    pub fn check<E: fmt::Display>(&self, read: Result<Vec<Segment>, E>) -> Result<(), Mismatch> {
        let mismatch = |text: String| Err(Mismatch { text: format!("{}: {text}", self.form) });
        match (read, &self.expected) {
            (Ok(read), Expected::Page(page) | Expected::PageOrError(page)) => {
                let row = (0..page.len().max(read.len())).find(|at| read.get(*at) != page.get(*at));
                let Some(row) = row else { return Ok(()) };
                mismatch(format!("row {row} is {:?}, was {:?}", read.get(row), page.get(row)))
            }
            (Ok(read), expected) => mismatch(format!(
                "a page was read, of {}, where a right client has {expected:?}",
                count(&read)
            )),
            (Err(error), Expected::Page(page)) => {
                mismatch(format!("a page of {} was refused: {error}", count(page)))
            }
            (Err(_), _) => Ok(()),
        }
    }
}

fn count(segments: &[Segment]) -> String {
    match segments.len() {
        1 => "1 segment".to_owned(),
        count => format!("{count} segments"),
    }
}

/// One line for status and headers, one for the body.
impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, expected {:?}", self.form, self.expected)?;
        write!(f, "{}", self.response.status().as_u16())?;
        for (name, value) in self.response.headers() {
            write!(f, ", {name}: {}", value.as_bytes().escape_ascii())?;
        }
        match std::str::from_utf8(self.response.body()) {
            Ok(text) => write!(f, "\n{}", text.escape_debug().to_string().replace("\\\"", "\"")),
            Err(_) => write!(f, "\n{}", self.response.body().escape_ascii()),
        }
    }
}

/// How a parser's result differs from what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    text: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Mismatch {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_segment_is_no_plural() {
        let page = |len: usize| {
            let ids = (0..len).map(|at| at.to_string());
            ids.map(|id| Segment::new(&id, "n", false, [""; 0]).unwrap()).collect::<Vec<_>>()
        };
        for (len, expected) in [(0, "0 segments"), (1, "1 segment"), (2, "2 segments")] {
            let case = Case::new("", "form", Expected::Page(page(len)));
            let refused = case.check(Err("why")).unwrap_err().to_string();
            assert_eq!(refused, format!("form: a page of {expected} was refused: why"));

            let case = Case::new("", "form", Expected::Error);
            let read = case.check::<&str>(Ok(page(len))).unwrap_err().to_string();
            let expected = format!("form: a page was read, of {expected}, where ");
            assert!(read.starts_with(&expected), "{read}");
        }
    }
}
