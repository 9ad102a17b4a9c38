//! The body of a response: a page of segments as JSON.

mod body;
mod context;
mod decode;
mod invalid_text;
mod json_error;
mod json_path;
mod outline;
mod scan;
mod strings;
pub(crate) mod table;

use crate::message::json::context::Context;
use crate::message::json::table::{Table, TableBuilder};

pub(crate) use body::Body;
pub(crate) use decode::{segment, whole_page};
pub use json_error::{JsonError, JsonErrorKind};
pub use json_path::{Field, JsonPath};

/// Decodes a page: by the scanner, or from the start by `serde_json` if the scanner gives up.
pub(crate) fn page(body: &[u8]) -> Result<Body, JsonError> {
    let mut builder = TableBuilder::for_body(body.len());
    let scanned = scan::page(body, &mut builder).and_then(|()| builder.finish());
    if let Some(table) = scanned {
        return Ok(Body { table, ..Body::default() });
    }

    let text = std::str::from_utf8(body).map_err(|error| not_utf8(body, error))?;
    strict(text, TableBuilder::for_body(text.len()), &Context::default())
}

/// Decodes a page again that failed with `error`, with U+FFFD in place of invalid text in names and
/// tags.
#[cold]
pub(crate) fn page_replacing(body: &[u8], error: JsonError) -> Result<Body, JsonError> {
    if !error.kind().is_invalid_text() {
        return Err(error);
    }
    // A mark, because U+FFFD itself is valid in a name.
    let Some(mark) = invalid_text::unused_mark(body) else { return Err(error) };

    let text = invalid_text::replace(body, mark);
    let context = Context { mark: Some(mark), ..Context::default() };
    strict(&text, TableBuilder::for_body(text.len()), &context)
}

#[cold]
fn strict(text: &str, mut builder: TableBuilder, context: &Context) -> Result<Body, JsonError> {
    let mut body = decode::page(text, &mut builder, context)?;

    // `serde_json` does not apply its limit to the values that are skipped.
    if context.skipped.get() && outline::depth(text) > outline::MAX_DEPTH {
        return Err(JsonError::new(JsonPath::Page, JsonErrorKind::TooDeep));
    }

    body.table = finish(builder)?;
    body.replaced = context.replaced.take();
    if body.segments_missing {
        body.other_list = outline::first_container_key(text);
    }
    Ok(body)
}

#[inline]
fn finish(builder: TableBuilder) -> Result<Table, JsonError> {
    builder.finish().ok_or_else(|| JsonError::new(JsonPath::Page, JsonErrorKind::TooLarge))
}

/// Where a body stops being UTF-8. An incomplete character at its very end is a truncation.
#[cold]
fn not_utf8(body: &[u8], error: std::str::Utf8Error) -> JsonError {
    if error.error_len().is_none() {
        return JsonError::new(JsonPath::Page, JsonErrorKind::Truncated { offset: body.len() });
    }

    // Decoding what comes before ends early, and leaves the path to that place in the context.
    let offset = error.valid_up_to();
    let before = String::from_utf8_lossy(&body[..offset]);
    let context = Context::default();
    let _ = strict(&before, TableBuilder::default(), &context);
    JsonError::new(context.path.get(), JsonErrorKind::Utf8 { offset })
}
