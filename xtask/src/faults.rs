//! `cargo xtask faults`: the catalogue of faults, and whether each has its tests.
//!
//! A test belongs to a row of docs/faults.md by its name: its function, or the module around it,
//! begins with the row's id (`h13_redirect`). Its layer follows from where it is.

mod catalogue;
mod suite;

use std::collections::BTreeMap;
use std::path::Path;

use catalogue::Row;
use suite::{Ended, Suite};

const CATALOGUE: &str = "docs/faults.md";

/// The layers, in the order of their columns.
const LAYERS: [&str; 5] = ["core", "hyper", "blocking", "program", "emulator"];

/// How much of a fault's words stands in the table.
const WORDS: usize = 44;

/// What the tests say of one row in one layer.
type Found = BTreeMap<(String, &'static str), Vec<Ended>>;

/// Runs the tests of the catalogue and prints it; false if one failed or is missing.
pub(crate) fn run(root: &Path) -> bool {
    report(root).unwrap_or_else(|error| {
        eprintln!("{error}");
        false
    })
}

/// The same without running them: whether every row has its tests.
pub(crate) fn list(root: &Path) -> bool {
    let complaints = check(root).err().unwrap_or_default();
    for complaint in &complaints {
        println!("{complaint}");
    }
    if complaints.is_empty() {
        println!("every row of {CATALOGUE} has its tests");
    }
    complaints.is_empty()
}

/// What is missing: tests of rows, and rows of tests.
pub(crate) fn check(root: &Path) -> Result<(), Vec<String>> {
    let complaints = catalogue(root).and_then(|(rows, mut complaints)| {
        let well = |_: &Suite, names: &[String]| {
            Ok(names.iter().map(|name| (name.clone(), Ended::Well)).collect())
        };
        let (found, strays) = collect(&rows, &Suite::all(root)?, well)?;
        complaints.extend(strays);
        complaints.extend(open(&rows, &found));
        Ok(complaints)
    });
    match complaints {
        Ok(complaints) if complaints.is_empty() => Ok(()),
        Ok(complaints) => Err(complaints),
        Err(error) => Err(vec![error]),
    }
}

fn report(root: &Path) -> Result<bool, String> {
    let (rows, mut complaints) = catalogue(root)?;
    let suites = Suite::all(root)?;
    let (found, strays) = collect(&rows, &suites, Suite::run)?;
    complaints.extend(strays);
    print(&rows, &found);
    complaints.extend(open(&rows, &found));
    let failed = found.values().flatten().filter(|ended| **ended == Ended::Failed).count();
    for complaint in &complaints {
        println!("{complaint}");
    }
    let tests: usize = found.values().map(Vec::len).sum();
    println!("{} rows, {tests} tests, {failed} failed", rows.len());
    Ok(complaints.is_empty() && failed == 0)
}

fn catalogue(root: &Path) -> Result<(Vec<Row>, Vec<String>), String> {
    let text = std::fs::read_to_string(root.join(CATALOGUE))
        .map_err(|error| format!("{CATALOGUE}: {error}"))?;
    let (rows, complaints) = catalogue::read(&text, &LAYERS);
    Ok((rows, complaints.into_iter().map(|what| format!("{CATALOGUE}: {what}")).collect()))
}

/// The tests of every row, and complaints about those that belong to none.
fn collect(
    rows: &[Row],
    suites: &[Suite],
    run: impl Fn(&Suite, &[String]) -> Result<Vec<(String, Ended)>, String>,
) -> Result<(Found, Vec<String>), String> {
    let (mut found, mut strays) = (Found::new(), Vec::new());
    for suite in suites {
        let mut names = suite.list()?;
        names.retain(|name| id(name).is_some());
        if names.is_empty() {
            continue;
        }
        for (name, ended) in run(suite, &names)? {
            let id = id(&name).unwrap_or_default();
            let layer = suite.layer(&name);
            match (rows.iter().find(|row| row.id == id), layer) {
                (Some(row), Some(layer)) => {
                    if !row.layers.contains(&layer) {
                        strays.push(format!("{name}: row {id} does not name the layer {layer}"));
                    }
                    found.entry((id, layer)).or_default().push(ended);
                }
                (None, _) => strays.push(format!("{name}: there is no row {id}")),
                (_, None) => strays.push(format!("{name}: of no layer ({})", suite.package())),
            }
        }
    }
    Ok((found, strays))
}

/// The rows and layers without a test.
fn open(rows: &[Row], found: &Found) -> Vec<String> {
    let mut open = Vec::new();
    for row in rows {
        for layer in &row.layers {
            if !found.contains_key(&(row.id.clone(), *layer)) {
                open.push(format!("{}: no test of the layer {layer}", row.id));
            }
        }
    }
    open
}

fn print(rows: &[Row], found: &Found) {
    print!("{:<4} {:<WORDS$}", "id", "fault");
    for layer in LAYERS {
        print!("  {layer:<8}");
    }
    println!();
    for row in rows {
        let mut words: String = row.fault.chars().take(WORDS).collect();
        if words.len() < row.fault.len() {
            words.pop();
            words.push('…');
        }
        print!("{:<4} {words:<WORDS$}", row.id);
        for layer in LAYERS {
            let cell = match found.get(&(row.id.clone(), layer)) {
                Some(ended) if ended.contains(&Ended::Failed) => "FAILED",
                Some(_) => "ok",
                None if row.layers.contains(&layer) => "OPEN",
                None => "–",
            };
            print!("  {cell:<8}");
        }
        println!();
    }
}

/// The id in the name of a test, if its function or its innermost module begins with one.
fn id(name: &str) -> Option<String> {
    name.rsplit("::").take(2).find_map(|part| {
        let (head, _) = part.split_once('_').unwrap_or((part, ""));
        let (letter, number) = (head.get(..1)?, head.get(1..)?);
        let known = catalogue::SECTIONS.contains(&letter.to_ascii_uppercase().as_str())
            && letter.chars().all(|c| c.is_ascii_lowercase());
        let numbered = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        (known && numbered).then(|| head.to_ascii_uppercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_belongs_to_the_row_that_its_name_begins_with() {
        for (name, expected) in [
            ("core::h13_redirect", Some("H13")),
            ("shared::t12_certificates::expired", Some("T12")),
            ("h13", Some("H13")),
            ("x13_unknown_section", None),
            ("h_13", None),
            ("height_13", None),
            ("h13_far::away::test", None),
            ("ok", None),
        ] {
            assert_eq!(id(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_layer_that_is_named_and_has_no_test_is_open() {
        let text = "| H1 | a fault | an error | core, program |";
        let (rows, complaints) = catalogue::read(text, &LAYERS);
        assert_eq!(complaints, [""; 0]);
        let found = Found::from([(("H1".to_owned(), "core"), vec![Ended::Well])]);
        assert_eq!(open(&rows, &found), ["H1: no test of the layer program"]);
    }
}
