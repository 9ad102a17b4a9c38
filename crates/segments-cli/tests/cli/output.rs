//! Formats and places of the output.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use segments_core::Segment;
use segments_emulator::{Script, sample};
use segments_tests::properties::output::{begins_a_formula, fields};

use crate::support::{emulator, export, finish, names, program, run, wait};

/// The cells of CSV or TSV, the header's first, as a reader finds them that is not ours.
fn cells(text: &str, format: &str) -> Vec<Vec<String>> {
    if format == "tsv" {
        return text.strip_suffix('\n').unwrap().split('\n').map(fields).collect();
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| row.iter().map(str::to_owned).collect()).collect()
}

fn read(text: &str) -> Vec<Segment> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_format_holds_the_whole_list() {
    let server = emulator(250, Script::new());
    let expected = sample(250, 1);
    let run = |format| export(&server.url(), &["--format", format]).expect(0).stdout;
    assert_eq!(read(&run("ndjson")), expected);
    assert_eq!(serde_json::from_str::<Vec<Segment>>(&run("json")).unwrap(), expected);
    assert_eq!(run("table").lines().count(), 251);
    for format in ["csv", "tsv"] {
        let rows = cells(&run(format), format);
        assert_eq!(rows[0], ["id", "name", "analytics_tracking_enabled", "tags"]);
        assert!(rows[1..].iter().map(|row| &row[0]).eq(expected.iter().map(Segment::id)));
    }
    assert_eq!(read(&export(&server.url(), &[]).expect(0).stdout), expected);
    let newest = read(&export(&server.url(), &["--sort", "desc"]).expect(0).stdout);
    assert!(newest.iter().eq(expected.iter().rev()));
}

#[test]
fn p14_an_empty_workspace_is_a_valid_output() {
    let server = emulator(0, Script::new());
    for (format, expected) in
        [("ndjson", ""), ("json", "[]\n"), ("csv", "id,name,analytics_tracking_enabled,tags\n")]
    {
        assert_eq!(export(&server.url(), &["--format", format]).expect(0).stdout, expected);
    }
}

#[test]
fn o10_formulas_are_guarded_and_counted() {
    let server = emulator(0, Script::new());
    let formulas = [
        "=HYPERLINK(\"http://evil\")",
        "@SUM(1)",
        "+1",
        "-1",
        "\t=1",
        "\r=1",
        "\n=1",
        "\0=1",
        "＝1",
        "＋1",
        "－1",
        "＠SUM(1)",
        " =1",
        "\u{a0}\u{3000}@SUM(1)",
        "\u{feff}=1",
    ];
    server.emulator().with(|workspace| {
        for (id, name) in formulas.iter().enumerate() {
            let segment = Segment::new(id.to_string(), name, true, ["=1"]).unwrap();
            workspace.create(segment).unwrap();
        }
        workspace.create(Segment::new("=id", "plain", true, ["a"]).unwrap()).unwrap();
    });
    for format in ["csv", "tsv"] {
        let cells = |args: &[&str]| {
            let run = export(&server.url(), &[&["--format", format], args].concat()).expect(0);
            let rows = cells(&run.stdout, format).into_iter().skip(1);
            let cells = rows.map(|row| [0, 1, 3].map(|at| row[at].clone()));
            (cells.collect::<Vec<_>>(), run.stderr)
        };
        let (guarded, said) = cells(&[]);
        assert!(said.contains("16 cells guarded"), "{said}");
        assert!(!guarded.iter().flatten().any(|cell| begins_a_formula(cell)), "{guarded:?}");
        let (raw, said) = cells(&["--csv-raw"]);
        assert!(!said.contains("guard"), "{said}");
        for (row, name) in raw.iter().zip(formulas) {
            assert_eq!((row[1].as_str(), row[2].as_str()), (name, "[\"=1\"]"));
        }
        let unguarded =
            guarded.iter().flatten().map(|cell| cell.strip_prefix('\'').unwrap_or(cell));
        assert!(unguarded.eq(raw.iter().flatten()));
    }
}

#[test]
fn o11_quotes_and_line_ends_are_part_of_a_cell() {
    let server = emulator(0, Script::new());
    let names = [
        "a \"quoted\" name",
        "a, b",
        "two\nlines",
        "cr\rlf\r\n",
        "\"",
        ";\t|",
        "a\u{2028}b",
        "\\t\\",
    ];
    server.emulator().with(|workspace| {
        for (id, name) in names.iter().enumerate() {
            let segment = Segment::new(id.to_string(), name, true, [name]).unwrap();
            workspace.create(segment).unwrap();
        }
    });
    for format in ["csv", "tsv"] {
        let text = export(&server.url(), &["--format", format, "--csv-raw"]).expect(0).stdout;
        let rows = cells(&text, format);
        assert_eq!(rows.len(), 1 + names.len());
        for (row, name) in rows[1..].iter().zip(names) {
            let tags: Vec<String> = serde_json::from_str(&row[3]).unwrap();
            assert_eq!((row[1].as_str(), tags[0].as_str()), (name, name));
        }
        // In TSV a line is a record, whatever the names hold.
        assert!(format == "csv" || text.lines().count() == rows.len(), "{text}");
    }
    let lines = export(&server.url(), &[]).expect(0).stdout;
    assert_eq!(lines.matches('\n').count(), names.len());
    assert!(read(&lines).iter().map(Segment::name).eq(names));
}

#[test]
fn a_file_names_its_format() {
    let directory = tempfile::tempdir().unwrap();
    let server = emulator(3, Script::new());
    for (name, start) in [("a.csv", "id,"), ("a.tsv", "id\t"), ("a.json", "[\n"), ("a", "{\"id\"")]
    {
        let path = directory.path().join(name);
        let run = export(&server.url(), &["-o", path.to_str().unwrap()]).expect(0);
        assert_eq!(run.stdout, "");
        assert!(fs::read_to_string(path).unwrap().starts_with(start), "{name}");
    }
    assert_eq!(names(directory.path()).len(), 4);
}

#[test]
fn csv_has_the_delimiter_and_the_mark_that_are_asked_for() {
    let server = emulator(0, Script::new());
    server.emulator().with(|workspace| {
        workspace.create(Segment::new("1", "a,b;c|d\te", true, ["x"]).unwrap()).unwrap();
    });
    for (given, delimiter) in
        [(",", ','), (";", ';'), ("|", '|'), ("tab", '\t'), ("\\t", '\t'), ("\t", '\t')]
    {
        for bom in [false, true] {
            let mut args = vec!["--format", "csv", "--csv-delimiter", given];
            args.extend(bom.then_some("--csv-bom"));
            let text = export(&server.url(), &args).expect(0).stdout;
            let header = ["id", "name", "analytics_tracking_enabled", "tags"];
            let header = header.join(&delimiter.to_string());
            let mark = if bom { "\u{feff}" } else { "" };
            assert!(text.starts_with(&format!("{mark}{header}\n")), "{text:?}");
            let mut reader =
                csv::ReaderBuilder::new().delimiter(delimiter as u8).from_reader(text.as_bytes());
            let row = reader.records().next().unwrap().unwrap();
            assert_eq!(row, vec!["1", "a,b;c|d\te", "true", "[\"x\"]"]);
        }
    }
    for delimiter in ["", ":", "a", "1", " ", "\"", "'", "\n", ",,", "\u{2502}", "-", "="] {
        let run = export(&server.url(), &["--format", "csv", "--csv-delimiter", delimiter]);
        assert!(run.expect(2).stderr.contains("tab"), "{delimiter:?}");
    }
}

const FORMATS: [&str; 7] = ["csv", "tsv", "json", "ndjson", "table", "markdown", "ids"];

#[test]
fn o14_flags_of_one_format_are_refused_with_another_before_anything_is_sent() {
    let server = emulator(3, Script::new());
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let flags: [(&[&str], &[&str]); 6] = [
        (&["--csv-bom"], &["csv"]),
        (&["--csv-delimiter", ";"], &["csv"]),
        (&["--csv-raw"], &["csv", "tsv"]),
        (&["--crlf"], &["csv", "tsv"]),
        (&["--no-headers"], &["csv", "tsv", "table"]),
        (&["--fields", "name"], &["csv", "tsv", "table", "json", "ndjson", "markdown"]),
    ];
    for (flag, formats) in flags {
        for format in FORMATS {
            let code = if formats.contains(&format) { 0 } else { 2 };
            for command in ["export", "get"] {
                let args = [&[command, "--base-url", &server.url(), "--format", format], flag];
                let run = run(&args.concat()).expect(code);
                assert!(code == 0 || run.error().contains(flag[0]), "{run:?}");
            }
        }
        if flag[0] == "--fields" {
            continue;
        }
        // A file's name chooses too, and so does its absence.
        let file = path("list.json");
        let run = export(&server.url(), &[&["-o", &file][..], flag].concat()).expect(2);
        assert!(run.error().contains("json"), "{run:?}");
        let run = export(&server.url(), flag).expect(2);
        assert!(run.error().contains("ndjson"), "{run:?}");
    }
    assert!(names(directory.path()).is_empty());
    let asked = |workspace: &mut segments_emulator::Workspace| workspace.log().total();
    let before = server.emulator().with(asked);
    export(&server.url(), &["--csv-bom"]).expect(2);
    assert_eq!(server.emulator().with(asked), before);
}

#[test]
fn o14_an_ending_of_another_format_is_refused_and_nothing_is_sent() {
    let server = emulator(3, Script::new());
    let directory = tempfile::tempdir().unwrap();
    for (name, formats, part) in [
        ("list.xlsx", &[None, Some("csv")][..], ".csv"),
        ("list.PARQUET", &[None, Some("ndjson")], "convert"),
        ("list.csv.gz", &[None, Some("csv")], "| gzip"),
        ("list.json.zst", &[None, Some("json")], "gzip"),
        ("list.sqlite", &[None], "convert"),
        ("list.pdf", &[None, Some("table")], ".txt"),
        ("list.yaml", &[None], "--format"),
    ] {
        for format in formats {
            let path = directory.path().join(name);
            let mut args = vec!["-o", path.to_str().unwrap()];
            args.extend(format.iter().flat_map(|format| ["--format", format]));
            let run = export(&server.url(), &args).expect(2);
            assert!(run.error().contains(name) && run.error().contains(part), "{run:?}");
        }
    }
    assert!(names(directory.path()).is_empty());
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 0);
    // JSON is YAML, and a format that is named is meant. A name that promises nothing is free.
    for (name, format) in [("a.yaml", Some("json")), ("a.log", None), ("a.json", Some("csv"))] {
        let path = directory.path().join(name);
        let mut args = vec!["-o", path.to_str().unwrap()];
        args.extend(format.iter().flat_map(|format| ["--format", format]));
        export(&server.url(), &args).expect(0);
    }
}

#[test]
fn formats_are_named_in_any_case() {
    let server = emulator(3, Script::new());
    for (given, start) in [("CSV", "id,"), ("Tsv", "id\t"), ("JSON", "[\n"), ("NdJson", "{")] {
        let run = export(&server.url(), &["--format", given]).expect(0);
        assert!(run.stdout.starts_with(start), "{run:?}");
    }
}

#[test]
fn o1_a_reader_that_leaves_is_no_failure() {
    let server = emulator(3000, Script::new());
    for format in ["ndjson", "csv", "json", "table"] {
        let mut command = program(&["export", "--base-url", &server.url(), "--format", format]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let run = wait(child).expect(0);
        assert!(!line.is_empty());
        assert_eq!(run.stderr, "", "{format}");
    }
}

#[test]
fn o2_a_full_disk_is_74() {
    let server = emulator(250, Script::new());
    for format in ["ndjson", "csv", "json", "table"] {
        let mut command = program(&["export", "--base-url", &server.url(), "--format", format]);
        let full = File::options().write(true).open("/dev/full").unwrap();
        let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let run = wait(child).expect(74);
        assert!(run.error().contains("No space left"), "{run:?}");
    }
    let run = export(&server.url(), &["-o", "/dev/full"]).expect(74);
    assert!(run.error().contains("/dev/full"), "{run:?}");
}

#[test]
fn devices_are_written_to_directly() {
    let server = emulator(3, Script::new());
    let run = export(&server.url(), &["--output", "/dev/stdout"]).expect(0);
    assert_eq!(run.stdout.lines().count(), 3);
    let run = export(&server.url(), &["--output", "-"]).expect(0);
    assert_eq!(run.stdout.lines().count(), 3);

    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command =
        program(&["export", "--base-url", &server.url(), "-o", pipe.to_str().unwrap()]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert_eq!(fs::read_to_string(&pipe).unwrap().lines().count(), 3);
    wait(child).expect(0);
    assert_eq!(names(directory.path()), ["pipe"]);
}

#[test]
fn quiet_is_quiet_and_verbose_tells_no_headers() {
    let server = emulator(250, Script::new());
    assert_eq!(export(&server.url(), &["-q"]).expect(0).stderr, "");
    let run = export(&server.url(), &["-vv"]).expect(0);
    assert!(run.stderr.contains("GET /segments/list?page=1&sort_direction=asc -> 200"), "{run:?}");
    assert!(!run.stderr.to_lowercase().contains("authorization"), "{run:?}");
    let last = run.stderr.lines().last().unwrap();
    assert!(last.starts_with("250 segments"), "{run:?}");
}

#[test]
fn help_begins_with_examples_and_fits_a_terminal() {
    for args in [&["--help"][..], &["export", "--help"], &["get", "-h"], &["serve", "--help"]] {
        let mut command = program(args);
        command.env("COLUMNS", "80");
        let help = finish(command).expect(0).stdout;
        let line = |start: &str| {
            let found = help.lines().position(|line| line.trim_start().starts_with(start));
            found.unwrap_or_else(|| panic!("{start}: {help}"))
        };
        assert!(line("Usage:") < line("Examples:") && line("Examples:") < line("-h, --help"));
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        if args[0] == "export" {
            assert!(line("Exit codes:") < line("130"));
            for part in ["FILE.partial", "--checkpoint", "complete  ", "Where to read:", "Limits:"]
            {
                assert!(help.contains(part), "{part}");
            }
        }
    }
}

#[test]
fn o1_help_is_read_with_head() {
    let mut child = program(&["export", "--help"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    wait(child).expect(0);
    for args in [&["completions", "bash"][..], &["completions", "zsh"], &["man"], &["--help"]] {
        let run = run(args).expect(0);
        assert!(run.stdout.len() > 500, "{args:?}");
    }
}

#[test]
fn o3_fields_are_those_that_were_asked_for_in_their_order() {
    let server = emulator(3, Script::new());
    let whole = export(&server.url(), &[]).expect(0).stdout;
    let first: serde_json::Value = serde_json::from_str(whole.lines().next().unwrap()).unwrap();
    let (id, name) = (first["id"].as_str().unwrap(), first["name"].as_str().unwrap());

    let run = |format: &str, fields: &str| {
        let run = export(&server.url(), &["--format", format, "--fields", fields]).expect(0);
        run.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(run("csv", "tags,id")[0], "tags,id");
    assert_eq!(run("csv", "tags,id")[1].rsplit(',').next(), Some(id));
    assert_eq!(run("tsv", "id,Tags")[0], "id\ttags");
    assert_eq!(run("tsv", "id")[1], id);
    let object = serde_json::json!({ "id": id }).to_string();
    assert_eq!(run("ndjson", "id")[0], object);
    assert_eq!(run("json", "id")[1], format!("{object},"));
    assert!(run("ndjson", "name,id")[0].starts_with("{\"name\":"));
    assert!(run("ndjson", "analytics_tracking_enabled")[0].contains("enabled\":"));
    let table = run("table", "name,id");
    assert!(table[0].starts_with("name ") && table[0].ends_with("  id"), "{table:?}");
    assert!(table[1].starts_with(name) && table[1].ends_with(id), "{table:?}");
    for all in ["ndjson", "csv", "tsv", "json", "table"] {
        let fields = "id,name,analytics_tracking_enabled,tags";
        let expected = export(&server.url(), &["--format", all]).expect(0).stdout;
        assert_eq!(run(all, fields), expected.lines().collect::<Vec<_>>());
    }

    let error = export(&server.url(), &["--fields", "id,name,id"]).expect(2).error();
    assert!(error.contains("--fields has id twice"), "{error}");
    let run = export(&server.url(), &["--fields", "id,nmae"]).expect(2);
    assert!(run.stderr.contains("'name'"), "{run:?}");
}
