use serde::de::DeserializeOwned;
use serde_path_to_error::deserialize;

/// Where reading `text` as a `T` fails, such as `[2].kind.status.code`; nothing if it does not, or
/// if it fails as a whole.
///
/// A second reading, for the sake of the one error that is shown.
pub(crate) fn path_to_error<T: DeserializeOwned>(text: &str) -> Option<String> {
    let read = deserialize::<_, T>(&mut serde_json::Deserializer::from_str(text));
    let path = read.err()?.path().to_string();
    (path != ".").then_some(path)
}
