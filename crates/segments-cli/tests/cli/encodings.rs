//! Files that other programs write: with a byte order mark, or not in UTF-8.

use std::fs;
use std::path::Path;

use segments_emulator::{Script, ServerThread};
use tempfile::TempDir;

use crate::support::{KEY, Run, emulator, finish, program};

/// A file that is read, by one of the commands that read it.
struct Case {
    file: &'static str,
    args: &'static [&'static str],
}

const CASES: [Case; 10] = [
    Case { file: "segments/config.toml", args: &["check"] },
    Case { file: "list.toml", args: &["check", "--workspaces", "list.toml"] },
    Case { file: "list.ndjson", args: &["check", "--workspaces", "list.ndjson"] },
    Case { file: "list.ndjson", args: &["check", "--workspaces", "-"] },
    Case { file: "tap.json", args: &["tap", "--config", "tap.json"] },
    Case {
        file: "catalog.json",
        args: &["tap", "--config", "tap.json", "--catalog", "catalog.json"],
    },
    Case { file: "state.json", args: &["tap", "--config", "tap.json", "--state", "state.json"] },
    Case { file: "list.json", args: &["diff", "list.json", "list.json"] },
    Case {
        file: "report.json",
        args: &["diff", "list.json", "list.json", "--report", "report.json"],
    },
    Case { file: "old.report.json", args: &DIFF_WITH_BOTH_REPORTS },
];

const DIFF_WITH_BOTH_REPORTS: [&str; 7] = [
    "diff",
    "list.json",
    "list.json",
    "--report",
    "report.json",
    "--old-report",
    "old.report.json",
];

/// A directory with all of them, in UTF-8 without a mark.
fn directory(server: &ServerThread) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    let url = server.url();
    let endpoint = format!("base_url = \"{url}\"\napi_key_env = \"BRAZE_API_KEY\"\n");

    fs::create_dir(directory.path().join("segments")).unwrap();
    write("segments/config.toml", &format!("[profile.default]\n{endpoint}"));
    write("list.toml", &format!("[workspace.a]\n{endpoint}"));
    write(
        "list.ndjson",
        &format!(r#"{{"name":"a","base_url":"{url}","api_key_env":"BRAZE_API_KEY"}}"#),
    );
    write("tap.json", &format!(r#"{{"base_url":"{url}","api_key":"{KEY}"}}"#));
    write("catalog.json", r#"{"streams":[{"stream":"segments"}]}"#);
    write("state.json", r#"{"bookmarks":{}}"#);
    for report in ["old.report.json", "report.json"] {
        let args = ["export", "--base-url", &url, "--output", "list.json", "--report", report];
        run(directory.path(), &args, None).expect(0);
    }
    directory
}

fn run(directory: &Path, args: &[&str], stdin: Option<&str>) -> Run {
    let mut command = program(args);
    command.current_dir(directory).env("XDG_CONFIG_HOME", directory);
    if let Some(file) = stdin {
        command.stdin(fs::File::open(directory.join(file)).unwrap());
    }
    finish(command)
}

#[test]
fn c14_a_byte_order_mark_is_skipped_and_utf_16_is_refused() {
    let server = emulator(3, Script::new());
    for Case { file, args } in CASES {
        let directory = directory(&server);
        let path = directory.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        let run = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            run(directory.path(), args, Some(file))
        };

        let plain = run(text.as_bytes()).expect(0);
        let text = format!("\u{feff}{text}");
        let marked = run(text.as_bytes()).expect(0);
        assert_eq!(marked.stdout.lines().count(), plain.stdout.lines().count(), "{args:?}");
        let warnings = |run: &Run| run.stderr.matches("Warning").count();
        assert_eq!(warnings(&marked), warnings(&plain), "{args:?} {marked:?}");

        let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let refused = run(&utf16).expect(2);
        assert!(refused.error().contains("UTF-8"), "{args:?} {refused:?}");
    }
}

#[test]
fn c14_the_files_of_a_server_are_read_alike() {
    let directory = tempfile::tempdir().unwrap();
    let taken = emulator(0, Script::new());
    let address = taken.url().replace("http://", "");
    for flag in ["--load", "--faults"] {
        let path = directory.path().join("file");
        let serve = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            run(directory.path(), &["serve", "--listen", &address, flag, "file"], None)
        };

        // It gets as far as the address, which is in use.
        let marked = serve("\u{feff}[]".as_bytes());
        assert!(marked.error().contains(&address), "{flag} {marked:?}");
        let refused = serve(b"\xff\xfe[\0").expect(2);
        assert!(refused.error().contains("UTF-8"), "{flag} {refused:?}");
    }
}
