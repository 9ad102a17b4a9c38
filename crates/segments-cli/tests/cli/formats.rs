//! What each flag does to each format that it belongs to, and that it does nothing else.

use segments_core::Segment;
use segments_emulator::{Script, ServerThread};

use crate::support::{emulator, export, names};

/// Two segments, with what a format may have to escape.
fn server() -> ServerThread {
    let server = emulator(0, Script::new());
    server.emulator().with(|workspace| {
        for (id, name, tags) in [("1", "=1+1", &["a|b"][..]), ("2", "two\r\nlines", &[])] {
            workspace.create(Segment::new(id, name, true, tags).unwrap()).unwrap();
        }
    });
    server
}

#[test]
fn o3_every_format_as_it_is_and_without_its_header() {
    let server = server();
    let table = "id  name                analytics_tracking_enabled  tags\n";
    let rows = "1   =1+1                true                        a|b\n\
                2   two\\u{d}\\u{a}lines  true\n";
    let tracked = "analytics_tracking_enabled";
    for (format, header, rows) in [
        (
            "csv",
            &*format!("id,name,{tracked},tags\n"),
            "1,'=1+1,true,\"[\"\"a|b\"\"]\"\n2,\"two\r\nlines\",true,[]\n",
        ),
        (
            "tsv",
            &format!("id\tname\t{tracked}\ttags\n"),
            "1\t'=1+1\ttrue\t[\"a|b\"]\n2\ttwo\\r\\nlines\ttrue\t[]\n",
        ),
        (
            "markdown",
            &format!("| id | name | {tracked} | tags |\n| --- | --- | --- | --- |\n"),
            "| 1 | =1+1 | true | a\\|b |\n| 2 | two\\\\u{d}\\\\u{a}lines | true |  |\n",
        ),
        ("ids", "", "1\n2\n"),
        ("table", table, rows),
    ] {
        let plain = export(&server.url(), &["--format", format]).expect(0).stdout;
        assert_eq!(plain, [header, rows].concat(), "{format}");

        if ["csv", "tsv"].contains(&format) {
            let args = ["--format", format, "--no-headers"];
            assert_eq!(export(&server.url(), &args).expect(0).stdout, rows);
        }
    }

    // Columns of a table are as wide as what is in them.
    let args = ["--format", "table", "--no-headers", "--fields", "id,tags,name"];
    let expected = "1  a|b  =1+1\n2       two\\u{d}\\u{a}lines\n";
    assert_eq!(export(&server.url(), &args).expect(0).stdout, expected);

    // An id is escaped as in TSV, so that a line is an id.
    server.emulator().with(|workspace| {
        workspace.create(Segment::new("a\n\\", "x", true, [""; 0]).unwrap()).unwrap();
    });
    let ids = export(&server.url(), &["--format", "ids"]).expect(0).stdout;
    assert_eq!(ids, "1\n2\na\\n\\\\\n");
}

#[test]
fn o3_flags_of_one_format_go_together() {
    let server = server();
    for bom in [false, true] {
        for (delimiter, d) in [(None, ","), (Some(";"), ";"), (Some("tab"), "\t")] {
            for raw in [false, true] {
                for header in [false, true] {
                    for crlf in [false, true] {
                        let mut args = vec!["--format", "csv", "--fields", "name,id"];
                        args.extend(bom.then_some("--csv-bom"));
                        args.extend(delimiter.iter().flat_map(|d| ["--csv-delimiter", d]));
                        args.extend(raw.then_some("--csv-raw"));
                        args.extend((!header).then_some("--no-headers"));
                        args.extend(crlf.then_some("--crlf"));

                        let (mark, guard) =
                            (if bom { "\u{feff}" } else { "" }, if raw { "" } else { "'" });
                        let end = if crlf { "\r\n" } else { "\n" };
                        let header = if header { format!("name{d}id{end}") } else { String::new() };
                        // The line end in a name is the name's.
                        let rows = format!("{guard}=1+1{d}1{end}\"two\r\nlines\"{d}2{end}");
                        let written = export(&server.url(), &args).expect(0).stdout;
                        assert_eq!(written, [mark, &header, &rows].concat(), "{args:?}");
                    }
                }
            }
        }
    }

    for (args, expected) in [
        (&["--crlf"][..], "id\tname\r\n1\t'=1+1\r\n2\ttwo\\r\\nlines\r\n"),
        (&["--crlf", "--no-headers"], "1\t'=1+1\r\n2\ttwo\\r\\nlines\r\n"),
        (&["--csv-raw", "--no-headers"], "1\t=1+1\n2\ttwo\\r\\nlines\n"),
    ] {
        let args = [&["--format", "tsv", "--fields", "id,name"], args].concat();
        assert_eq!(export(&server.url(), &args).expect(0).stdout, expected);
    }
}

#[test]
fn p14_an_empty_list_has_the_header_that_was_asked_for() {
    let server = emulator(0, Script::new());
    for (args, expected) in [
        (&["--format", "csv", "--no-headers"][..], ""),
        (&["--format", "csv", "--no-headers", "--csv-bom"], "\u{feff}"),
        (&["--format", "csv", "--crlf", "--fields", "id"], "id\r\n"),
        (&["--format", "tsv", "--no-headers"], ""),
        (&["--format", "table", "--no-headers"], ""),
        (&["--format", "markdown", "--fields", "id"], "| id |\n| --- |\n"),
        (&["--format", "ids"], ""),
    ] {
        assert_eq!(export(&server.url(), args).expect(0).stdout, expected, "{args:?}");
    }
}

// Colours are for tables and messages. What other programs read never has any.
#[test]
fn c7_data_has_no_colours_whatever_is_asked_for() {
    let server = server();
    for format in ["csv", "tsv", "json", "ndjson", "markdown", "ids", "table"] {
        let written = |color| {
            let args = ["--format", format, "--color", color];
            export(&server.url(), &args).expect(0).stdout
        };
        let plain = written("never");
        assert_eq!(written("auto"), plain);
        assert_eq!(written("always") == plain, format != "table", "{format}");
    }
}

#[test]
fn a_markdown_file_is_one() {
    let server = server();
    let directory = tempfile::tempdir().unwrap();
    for name in ["list.md", "list.Markdown"] {
        let path = directory.path().join(name);
        export(&server.url(), &["-o", path.to_str().unwrap()]).expect(0);
        assert!(std::fs::read_to_string(path).unwrap().starts_with("| id | name |"));
    }
    assert_eq!(names(directory.path()).len(), 2);
}
