//! Where the key and the endpoint come from, and what is refused.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use segments_emulator::Script;

use crate::support::{KEY, Raw, emulator, finish, program, run, wait};

fn key_file(directory: &Path, text: &str, mode: u32) -> String {
    let path = directory.join("key");
    let _ = fs::remove_file(&path);
    File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn without_anything_the_demo_is_named() {
    let mut command = program(&["export"]);
    let run = finish({
        command.env_remove("BRAZE_API_KEY");
        command
    })
    .expect(2);
    for part in ["BRAZE_API_KEY", "BRAZE_BASE_URL", "segments export --demo"] {
        assert!(run.error().contains(part), "{run:?}");
    }
}

#[test]
fn a_missing_half_is_named() {
    let run = run(&["export"]).expect(2);
    assert!(run.error().contains("--base-url") && !run.error().contains("BRAZE_API_KEY"));
    for key in ["", "two words", "line\nend", "gr\u{fc}n"] {
        let mut command = program(&["export", "--instance", "us-01"]);
        command.env("BRAZE_API_KEY", key);
        let run = finish(command).expect(2);
        assert!(key.is_empty() || !run.stderr.contains(key), "{run:?}");
    }
}

#[test]
fn a_key_in_an_argument_is_refused_unseen() {
    for args in [
        &["export", "--api-key", KEY][..],
        &["export", &format!("--api-key={KEY}")],
        &["export", "--token", KEY],
        &["export", "--demo", "--api-key", KEY],
        &["export", KEY],
        &["get", "--api-key", KEY],
        &["serve", "--api-key", KEY],
        &["export", "--api-key-file", "75480f9a-4db8-4057-8b7e-4d59bfd73709"],
        &["export", "--base-url", &format!("https://user:{KEY}@rest.iad-01.braze.com")],
    ] {
        let run = run(args).expect(2);
        assert!(!run.error().is_empty());
    }
}

#[test]
fn hosts_that_are_not_rest_are_refused() {
    for (url, part) in [
        ("https://dashboard-01.braze.com", "https://rest.iad-01.braze.com"),
        ("https://sdk.fra-01.braze.eu", "https://rest.fra-01.braze.eu"),
        ("http://rest.iad-01.braze.com", "--allow-insecure-http"),
        ("rest.iad-01.braze.com", "https://"),
        ("ftp://rest.iad-01.braze.com", "https://"),
        ("https://rest.iad-01.braze.com/segments", "https://host"),
        ("https://rest.iad-01.braze.com:99999", ""),
    ] {
        let run = run(&["export", "--base-url", url]).expect(2);
        assert!(run.error().contains(part), "{run:?}");
        let mut command = program(&["export"]);
        command.env("BRAZE_BASE_URL", url);
        finish(command).expect(2);
    }
}

#[test]
fn odd_arguments_are_refused() {
    for args in [
        &["export", "--timeout", "10"][..],
        &["export", "--timeout", "-1s"],
        &["export", "--deadline", "0s"],
        &["export", "--window", "0"],
        &["export", "--max-attempts", "0"],
        &["export", "--instance", "us-09"],
        &["export", "--instance", "us-01", "--base-url", "https://rest.iad-01.braze.com"],
        &["export", "--sort", "ASC"],
        &["export", "--nonsense"],
        &["nonsense"],
        &[],
    ] {
        run(args).expect(2);
    }
}

#[test]
fn the_environment_is_enough_and_arguments_come_first() {
    let server = emulator(3, Script::new());
    let mut command = program(&["export"]);
    command.env("BRAZE_BASE_URL", server.url());
    assert_eq!(finish(command).expect(0).stdout.lines().count(), 3);
    let directory = tempfile::tempdir().unwrap();
    let file = key_file(directory.path(), &format!("{KEY}\r\n"), 0o600);
    let mut command = program(&["export", "--base-url", &server.url(), "--api-key-file", &file]);
    command.env("BRAZE_BASE_URL", "http://127.0.0.1:9").env("BRAZE_API_KEY", "another");
    let run = finish(command).expect(0);
    assert!(!run.stderr.contains("Warning"), "{run:?}");
}

#[test]
fn key_files_say_what_is_wrong_with_them() {
    let server = emulator(3, Script::new());
    let directory = tempfile::tempdir().unwrap();
    let with = |file: &str| run(&["export", "--base-url", &server.url(), "--api-key-file", file]);

    let file = key_file(directory.path(), &format!("{KEY}\n"), 0o644);
    assert!(with(&file).expect(0).stderr.contains("Warning: others can open"));
    let file = key_file(directory.path(), "\n", 0o600);
    assert!(with(&file).expect(2).error().contains("empty"));
    let file = key_file(directory.path(), &"x".repeat(100_000), 0o600);
    assert!(with(&file).expect(2).error().contains("bytes"));
    assert!(with(directory.path().to_str().unwrap()).expect(2).error().contains("directory"));
    assert!(with("/nowhere/key").expect(2).error().contains("No such file"));
}

#[test]
fn a_key_comes_from_standard_input_too() {
    let server = emulator(3, Script::new());
    let mut command = program(&["export", "--base-url", &server.url(), "--api-key-file", "-"]);
    command.env_remove("BRAZE_API_KEY").stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{KEY}").unwrap();
    assert_eq!(wait(child).expect(0).stdout.lines().count(), 3);
}

#[test]
fn a_proxy_is_used_towards_other_hosts_only() {
    for name in ["HTTPS_PROXY", "https_proxy"] {
        for transport in ["hyper", "blocking"] {
            let proxy = Raw::answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            let host = "https://rest.nowhere.invalid";
            let args = [
                "export",
                "--base-url",
                host,
                "--max-attempts",
                "1",
                "--transport",
                transport,
                "--window",
                "1",
            ];
            let mut command = program(&args);
            command.env(name, &proxy.url).env("SSL_CERT_FILE", certificates());
            finish(command).expect(7);
            assert_eq!(proxy.connections(), 1);

            let mut command = program(&args);
            command.env(name, &proxy.url).env("NO_PROXY", ".nowhere.invalid");
            command.env("SSL_CERT_FILE", certificates());
            finish(command).expect(7);
            assert_eq!(proxy.connections(), 1);
        }
    }
    let mut command = program(&["export", "--instance", "us-01"]);
    command.env("HTTPS_PROXY", "socks5://user:CANARY@127.0.0.1:1");
    let run = finish(command).expect(2);
    assert!(run.error().contains("HTTPS_PROXY"), "{run:?}");
}

#[test]
fn no_proxy_is_used_towards_this_machine() {
    let server = emulator(3, Script::new());
    let trap = Raw::body("{}");
    for url in [server.url(), server.url().replace("127.0.0.1", "localhost")] {
        for transport in ["hyper", "blocking"] {
            let mut command = program(&["export", "--base-url", &url, "--transport", transport]);
            for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
                command.env(name, &trap.url).env(name.to_lowercase(), &trap.url);
            }
            assert_eq!(finish(command).expect(0).stdout.lines().count(), 3);
        }
    }
    assert_eq!(trap.connections(), 0);
}

fn certificates() -> std::ffi::OsString {
    std::env::var_os("SSL_CERT_FILE").unwrap_or_default()
}

#[test]
fn a_ca_file_must_hold_certificates() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ca.pem");
    let path = path.to_str().unwrap();
    run(&["export", "--instance", "us-01", "--ca-file", path]).expect(2);
    fs::write(path, "nothing").unwrap();
    for transport in ["hyper", "blocking"] {
        let args = ["export", "--instance", "us-01", "--ca-file", path, "--transport", transport];
        run(&args).expect(2);
    }
}
