//! The tables of docs/faults.md.

/// The letters of the sections.
pub(crate) const SECTIONS: [&str; 7] = ["T", "H", "J", "P", "C", "E", "O"];

/// One fault.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) fault: String,
    /// The layers that can see it; none if there is nothing to test, which the page explains.
    pub(crate) layers: Vec<&'static str>,
}

/// The rows, in order, and what is wrong with them.
pub(crate) fn read(text: &str, layers: &[&'static str]) -> (Vec<Row>, Vec<String>) {
    let (mut rows, mut complaints) = (Vec::<Row>::new(), Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        let cells = cells(line);
        let Some(id) = cells.first().filter(|cell| is_id(cell)) else { continue };
        let [_, fault, gets, seen] = &cells[..] else {
            complaints.push(format!("line {number}: {id} has {} cells, not 4", cells.len()));
            continue;
        };
        if fault.is_empty() || gets.is_empty() {
            complaints.push(format!("line {number}: {id} has an empty cell"));
        }
        if rows.iter().any(|row| row.id == *id) {
            complaints.push(format!("line {number}: {id} is there twice"));
        }
        let mut row = Row { id: id.clone(), fault: fault.clone(), layers: Vec::new() };
        for name in seen.split(',').map(str::trim).filter(|name| *name != "–") {
            match layers.iter().find(|layer| **layer == name) {
                Some(layer) => row.layers.push(layer),
                None => complaints.push(format!("line {number}: {id}: no layer {name:?}")),
            }
        }
        rows.push(row);
    }
    (rows, complaints)
}

/// The cells of a line of a table; in them a bar is written `\|`.
fn cells(line: &str) -> Vec<String> {
    let Some(inner) = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
        return Vec::new();
    };
    let kept = inner.replace("\\|", "\0");
    kept.split('|').map(|cell| cell.trim().replace('\0', "|")).collect()
}

fn is_id(cell: &str) -> bool {
    let Some(letter) = cell.get(..1) else { return false };
    let number = &cell[1..];
    SECTIONS.contains(&letter) && !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYERS: [&str; 2] = ["core", "program"];

    #[test]
    fn rows_are_read_and_the_rest_is_passed_over() {
        let text = "# H\n| id | fault | what it gets | layers |\n|---|---|---|---|\n\
                    | H1 | a \\| b | an error | core, program |\n| H2 | none | nothing | – |\n";
        let (rows, complaints) = read(text, &LAYERS);
        assert_eq!(complaints, [""; 0]);
        let row = |id: &str, fault: &str, layers: &[&'static str]| Row {
            id: id.into(),
            fault: fault.into(),
            layers: layers.to_vec(),
        };
        assert_eq!(rows, [row("H1", "a | b", &["core", "program"]), row("H2", "none", &[])]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let text = "| H1 | a | b | core |\n| H1 | a |  | code |\n| H3 | a |";
        let (_, complaints) = read(text, &LAYERS);
        assert_eq!(
            complaints,
            [
                "line 2: H1 has an empty cell",
                "line 2: H1 is there twice",
                "line 2: H1: no layer \"code\"",
                "line 3: H3 has 2 cells, not 4",
            ]
        );
    }
}
