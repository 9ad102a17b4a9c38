//! `cargo xtask spreadsheet`: what LibreOffice makes of names that would be formulas.
//!
//! Exports them with the program, converts the CSV without a window, and looks into the result for
//! a formula. Needs `soffice`, so CI does not run it. What came out last stands in `docs/faults.md`.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::programs::{self, KEY, Server};
use crate::step::Steps;

/// What a spreadsheet might run, or take for something else than text.
const NAMES: [&str; 33] = [
    "=1+1",
    "=HYPERLINK(\"http://127.0.0.1:1/\",\"open\")",
    "=cmd|' /C calc'!A0",
    "=WEBSERVICE(\"http://127.0.0.1:1/\")",
    "=DDE(\"soffice\";\"x\";\"y\")",
    "@SUM(1,1)",
    "+1+1",
    "-1+1",
    "-10% Coupon Holders",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "'=1+1",
    "''",
    "\"=1+1\"",
    "a\",=1+1",
    "a\n=1+1",
    "a;=1+1",
    "\u{feff}=1+1",
    "\u{200b}=1+1",
    "\u{a0}=1+1",
    "\u{3000}@SUM(1,1)",
    "\t =1+1",
    "\nplain",
    " plain",
    "\u{ff1d}1+1",
    "\u{ff0b}1+1",
    "\u{ff0d}1+1",
    "\u{ff20}SUM(1,1)",
    "=\u{1}1+1",
    "plain",
    "日本 \u{202e}=1+1",
];

pub(crate) fn run(root: &Path) -> bool {
    let mut steps = Steps::new(root);
    if !steps.works("soffice --version") {
        steps.skip("LibreOffice", "soffice is missing: apt-get install libreoffice-calc");
        return steps.finish();
    }
    let ready = steps.check("a folder of our own", || programs::prepare(root))
        && steps.run("cargo build --locked --package segments-cli");
    if ready {
        for (name, raw) in [("guarded", false), ("with --csv-raw, to see that it sees", true)] {
            steps.check(name, || {
                judge(root, raw).unwrap_or_else(|error| Err(vec![error.to_string()]))
            });
        }
    }
    steps.finish()
}

/// Unguarded there must be formulas, or this would see none where some are.
fn judge(root: &Path, raw: bool) -> io::Result<Result<(), Vec<String>>> {
    let folder = programs::folder(root);
    let sheet = convert(&folder, &export(root, &folder, raw)?)?;
    let formulas = sheet.matches("table:formula=").count();
    println!("{} names, {formulas} formulas", NAMES.len());
    let texts = texts(&sheet);
    let changed: Vec<_> =
        NAMES.iter().filter(|name| !raw && !texts.contains(&expected(name))).collect();
    Ok(match (raw, formulas) {
        (true, 0) => Err(vec!["no formula where there must be some".to_owned()]),
        (false, 1..) => Err(vec![format!("{formulas} formulas")]),
        _ if !changed.is_empty() => Err(vec![format!("changed: {changed:?}")]),
        _ => Ok(()),
    })
}

/// The names as CSV, read from `segments serve` by `segments export`.
fn export(root: &Path, folder: &Path, raw: bool) -> io::Result<PathBuf> {
    let (list, csv) = (folder.join("names.ndjson"), folder.join("names.csv"));
    fs::write(&list, (0..).zip(NAMES).map(|(id, name)| segment(id, name)).collect::<String>())?;
    let program = programs::segments(root, "debug");
    let mut serve = Command::new(&program);
    serve.args(["serve", "--listen", "127.0.0.1:0", "--api-key-file"]).arg(folder.join("key"));
    serve.arg("--load").arg(&list);
    let server = Server::run(serve)?;
    let mut export = Command::new(&program);
    export.args(["export", "--quiet", "--base-url", &server.url, "--output"]).arg(&csv);
    export.args(raw.then_some("--csv-raw")).env("BRAZE_API_KEY", KEY).stdin(Stdio::null());
    if export.status()?.success() { Ok(csv) } else { Err(io::Error::other("the export failed")) }
}

fn segment(id: usize, name: &str) -> String {
    let name: String = name.chars().map(json).collect();
    let rest = "\"analytics_tracking_enabled\":true,\"tags\":[]";
    format!("{{\"id\":\"id-{id}\",\"name\":\"{name}\",{rest}}}\n")
}

fn json(c: char) -> String {
    match c {
        '"' | '\\' => format!("\\{c}"),
        '\0'..='\u{1f}' => format!("\\u{:04x}", u32::from(c)),
        _ => c.to_string(),
    }
}

/// The sheet as flat XML, made by a LibreOffice with a profile of its own.
fn convert(folder: &Path, csv: &Path) -> io::Result<String> {
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    // Separated by commas, quoted, UTF-8, from the first line on; then every column as it likes to
    // read it, formulas evaluated.
    let filter = "--infilter=CSV:44,34,76,1,,0,false,true,false,false,false,-1,true";
    let mut command = Command::new("soffice");
    command.args([&profile, "--headless", filter, "--convert-to", "fods", "--outdir"]);
    command.arg(folder).arg(csv).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if !command.status()?.success() {
        return Err(io::Error::other("soffice failed"));
    }
    fs::read_to_string(csv.with_extension("fods"))
}

/// The texts of the cells.
fn texts(sheet: &str) -> HashSet<String> {
    sheet.split("<table:table-cell").skip(1).map(text).collect()
}

/// The text of a cell: paragraphs are its lines.
fn text(cell: &str) -> String {
    let cell = cell.split("</table:table-cell>").next().unwrap_or_default();
    let cell = cell.replace("<text:p/>", "<text:p></text:p>");
    let lines = cell.split("<text:p>").skip(1).map(|line| line.split("</text:p>").next());
    lines.map(|line| plain(line.unwrap_or_default())).collect::<Vec<_>>().join("\n")
}

fn plain(xml: &str) -> String {
    let xml = xml.replace("<text:tab/>", "\t").replace("<text:s/>", " ");
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    entities.iter().fold(xml, |text, (entity, plain)| text.replace(entity, plain))
}

/// How a guarded name should look in a sheet, which keeps no control characters.
fn expected(name: &str) -> String {
    let hidden = |c: char| c.is_whitespace() || c.is_control() || "\u{feff}\u{200b}".contains(c);
    let starts = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    let runs = name.trim_start_matches(hidden).starts_with(starts)
        || name.starts_with(|c: char| c == '\'' || c.is_control());
    let text = format!("{}{name}", if runs { "'" } else { "" }).replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || ['\n', '\t'].contains(c)).collect()
}
