//! The ids in what a client printed.

use serde_json::Value;

/// What separates the columns of a table with a header.
const DELIMITERS: [u8; 4] = *b",;|\t";

/// The ids of an output, in its order: an id a line, NDJSON with `id`, a JSON array, or CSV with a
/// column `id`. A line that is none of these counts as an id, because the client printed it.
pub(crate) fn printed_ids(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    let text = text.trim_start_matches('\u{feff}').trim();

    if text.starts_with('[') {
        if let Ok(values) = serde_json::from_str::<Vec<Value>>(text) {
            return values.iter().filter_map(id_of).collect();
        }
    }
    if let Some(ids) = column(text) {
        return ids;
    }

    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(id_in_line).collect()
}

fn id_in_line(line: &str) -> String {
    let value = match line.as_bytes()[0] {
        b'{' | b'"' => serde_json::from_str::<Value>(line).ok(),
        _ => None,
    };
    value.as_ref().and_then(id_of).unwrap_or_else(|| line.to_owned())
}

/// A string, or the `id` of an object.
fn id_of(value: &Value) -> Option<String> {
    let id = value.get("id").unwrap_or(value);
    match id {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// The column `id`, if the first line is a header with it.
fn column(text: &str) -> Option<Vec<String>> {
    let header = text.lines().next()?;
    let named = |delimiter: u8| {
        let mut names = header.split(char::from(delimiter));
        names.position(|name| name.trim().trim_matches('"') == "id")
    };
    let (delimiter, column) = DELIMITERS.iter().find_map(|one| Some((*one, named(*one)?)))?;

    let mut reader = csv::ReaderBuilder::new();
    // TSV has escapes in place of quotes.
    reader.delimiter(delimiter).quoting(delimiter != b'\t').flexible(true);
    let mut reader = reader.from_reader(text.as_bytes());
    let rows = reader.records().map_while(Result::ok);
    Some(rows.map(|row| row.get(column).unwrap_or_default().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_the_same_ids() {
        for output in [
            "a\nb c\n",
            "a\r\n\r\nb c\r\n",
            "{\"id\":\"a\",\"name\":\"x\"}\n{\"id\":\"b c\"}\n",
            "\"a\"\n\"b c\"",
            "[\"a\", \"b c\"]",
            "[{\"id\": \"a\"}, {\"id\": \"b c\"}]",
            "id\na\nb c\n",
            "\u{feff}id,name\na,x\n\"b c\",\"y\nz\"\n",
            "name;id\n\"x;y\";a\nz;b c\n",
            "id\tname\na\t\"\nb c\ty\n",
        ] {
            assert_eq!(printed_ids(output.as_bytes()), ["a", "b c"], "{output}");
        }
    }

    #[test]
    fn what_is_no_id_is_not_dropped() {
        assert_eq!(
            printed_ids(b"Done: 250 segments\n{\"id\":"),
            ["Done: 250 segments", "{\"id\":"]
        );
        assert_eq!(printed_ids(b"{\"id\":7}\n007\n"), ["7", "007"]);
        assert_eq!(printed_ids(b" \n"), [""; 0]);
    }
}
