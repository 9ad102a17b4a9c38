use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// What is wrong with a JSON text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonError {
    message: String,
    /// Line and column, both counted from 1, the column in bytes.
    location: Option<(usize, usize)>,
}

impl JsonError {
    /// From an error of `serde_json`, with the path to the value if there is one.
    pub(crate) fn new(error: &serde_json::Error, path: Option<&str>) -> Self {
        let location = Some((error.line(), error.column())).filter(|(line, _)| *line > 0);

        // serde_json puts the location behind its text; here it comes first.
        let text = error.to_string();
        let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
        let text = match (error.classify(), text) {
            (Category::Eof, _) => "the text ends too early",
            (_, "expected value") => "this is not JSON",
            (_, text) => text,
        };

        // Some texts name the field already, such as "id is missing".
        let message = match path.filter(|path| !text.starts_with(path)) {
            Some(path) => format!("{path}: {text}"),
            None => text.to_owned(),
        };
        Self { message, location }
    }

    /// An error of the text as a whole.
    pub(crate) fn without_location(message: String) -> Self {
        Self { message, location: None }
    }

    pub(crate) fn location(&self) -> Option<(usize, usize)> {
        self.location
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.location {
            write!(f, "line {line}, column {column}: ")?;
        }

        f.write_str(&self.message)
    }
}

/// The path to the value at which parsing `text` as a `T` fails, such as `[2].kind.status.code`.
/// `None` if parsing succeeds, or fails for the text as a whole.
///
/// This parses the text a second time, which only an error that is shown is worth.
pub(crate) fn path_to_error<T: DeserializeOwned>(text: &str) -> Option<String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let error = serde_path_to_error::deserialize::<_, T>(&mut deserializer).err()?;

    let path = error.path().to_string();
    (path != ".").then_some(path)
}
