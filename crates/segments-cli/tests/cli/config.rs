//! Where the key and the endpoint come from, and what is refused.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use segments_emulator::{Emulator, Fault, Script, Server, Workspace, sample};

use crate::support::{KEY, Raw, emulator, finish, names, program, run, signal, until, wait};

fn key_file(directory: &Path, text: &str, mode: u32) -> String {
    let path = directory.join("key");
    let _ = fs::remove_file(&path);
    File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn c1_without_anything_the_demo_is_named() {
    let mut command = program(&["export"]);
    let run = finish({
        command.env_remove("BRAZE_API_KEY");
        command
    })
    .expect(2);
    for part in ["BRAZE_API_KEY", "BRAZE_BASE_URL", "segments export --demo"] {
        assert!(run.error().contains(part), "{run:?}");
    }
    let run = self::run(&["export"]).expect(2);
    assert!(run.error().contains("--base-url") && !run.error().contains("BRAZE_API_KEY"));
}

#[test]
fn c1_a_key_that_is_none_is_refused_unseen() {
    let directory = tempfile::tempdir().unwrap();
    let long = format!("{KEY}{}", "x".repeat(1 << 20));
    for (key, part) in [
        ("", "BRAZE_API_KEY"),
        (" ", "blank"),
        ("two words", "blank"),
        ("line\nend", "line break"),
        ("gr\u{fc}n", "visible"),
        ("\u{1b}[2Jkey", "visible"),
        (long.as_str(), "bytes"),
    ] {
        let mut command = program(&["export", "--instance", "us-01"]);
        // One variable of a mebibyte is more than a process can be given.
        let file = key_file(directory.path(), key, 0o600);
        match key.len() {
            0..100 => command.env("BRAZE_API_KEY", key),
            _ => command.args(["--api-key-file", &file]),
        };
        let run = finish(command).expect(2);
        assert!(run.error().contains(part), "{part} {run:?}");
        let shown = key.trim();
        assert!(shown.is_empty() || !run.stderr.contains(shown), "{run:?}");
    }
}

#[test]
fn c1_what_was_pasted_in_place_of_a_key_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let utf16: Vec<u8> = KEY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (key, part) in [
        (format!("Bearer {KEY}").into_bytes(), "`Bearer`"),
        (format!("Authorization: Bearer {KEY}").into_bytes(), "`Bearer`"),
        (format!("\"{KEY}\"").into_bytes(), "quotation marks"),
        (format!("“{KEY}”").into_bytes(), "quotation marks"),
        (format!("BRAZE_API_KEY={KEY}").into_bytes(), "name of a variable"),
        (format!("export BRAZE_API_KEY='{KEY}'\n").into_bytes(), "name of a variable"),
        (b"<your-key>\n".to_vec(), "placeholder"),
        (b"$BRAZE_API_KEY".to_vec(), "placeholder"),
        (b"https://rest.iad-01.braze.com".to_vec(), "is a URL"),
        (format!("\u{feff}{KEY}\r\n").into_bytes(), "byte order mark"),
        ([b"\xff\xfe", &*utf16].concat(), "UTF-16"),
        (utf16, "UTF-16"),
        (format!(" {KEY}").into_bytes(), "blank"),
        (format!("{KEY} \n").into_bytes(), "blank"),
    ] {
        let file = directory.path().join("key");
        fs::write(&file, &key).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let mut from_file = program(&["export", "--instance", "us-01", "--api-key-file"]);
        from_file.arg(&file);
        assert!(finish(from_file).expect(2).error().contains(part), "{part}");
        // No variable can hold a zero.
        let Some(key) = Some(OsString::from_vec(key)).filter(|key| !key.as_bytes().contains(&0))
        else {
            continue;
        };
        let mut from_variable = program(&["export", "--instance", "us-01"]);
        from_variable.env("BRAZE_API_KEY", key);
        assert!(finish(from_variable).expect(2).error().contains(part), "{part}");
    }
}

#[test]
fn c2_line_ends_are_cut_off_wherever_a_value_comes_from() {
    let server = emulator(3, Script::new());
    for end in ["\n", "\r\n"] {
        let mut command = program(&["export"]);
        command.env("BRAZE_API_KEY", format!("{KEY}{end}"));
        command.env("BRAZE_BASE_URL", format!("{}{end}", server.url()));
        finish(command).expect(0);
        run(&["export", "--base-url", &format!("{}{end}", server.url())]).expect(0);
    }
}

#[test]
fn c1_a_key_in_an_argument_is_refused_unseen() {
    for args in [
        &["export", "--api-key", KEY][..],
        &["export", &format!("--api-key={KEY}")],
        &["export", "--token", KEY],
        &["export", "--demo", "--api-key", KEY],
        &["export", KEY],
        &["get", "--api-key", KEY],
        &["serve", "--api-key", KEY],
        &["export", "--api-key-file", "75480f9a-4db8-4057-8b7e-4d59bfd73709"],
        &["export", "--api-key-file", &format!("BRAZE_API_KEY={KEY}")],
        &["export", "--api-key-file", &format!("Bearer {KEY}")],
        &["export", "--base-url", &format!("https://user:{KEY}@rest.iad-01.braze.com")],
    ] {
        let run = run(args).expect(2);
        assert!(!run.error().is_empty());
    }
}

#[test]
fn c4_a_base_url_is_scheme_host_port_and_path() {
    for (url, part) in [
        ("", "missing"),
        ("rest.iad-01.braze.com", "https://"),
        ("ftp://rest.iad-01.braze.com", "https://"),
        ("https://user@rest.iad-01.braze.com", "user"),
        ("https://https://rest.iad-01.braze.com", "twice"),
        (" https://rest.iad-01.braze.com", "blank"),
        ("\"https://rest.iad-01.braze.com\"", "quotation marks"),
        ("BRAZE_BASE_URL=https://rest.iad-01.braze.com", "name of a variable"),
        ("https://rest.<instance>.braze.com", "placeholder"),
        ("\u{feff}https://rest.iad-01.braze.com", "byte order mark"),
        ("https://rest.iad-01.braze.com/segments", "no path"),
        ("https://rest.iad-01.braze.com/segments/list", "/segments/list"),
        ("https://gateway.example/a/../b", ".."),
        ("https://gateway.example/%2e%2e", "path"),
        ("https://rest.iad-01.braze.com?x=1", "https://host"),
        ("https://rest.iad-01.braze.com#x", "https://host"),
        ("https://rest.iad-01.braze.com:0", "port"),
        ("https://rest.iad-01.braze.com:99999", "port"),
        ("https://br\u{e4}ze.com", "host"),
        ("https://rest.iad-01.braze.com.", "host"),
        ("https://rest iad.braze.com", "blank"),
        ("https://evil.example\\@rest.iad-01.braze.com", "host"),
        ("https://rest%2eiad.braze.com", "host"),
    ] {
        let mut command = program(&["export"]);
        command.env("BRAZE_BASE_URL", url);
        let error = finish(command).expect(2).error();
        assert!(error.contains(part), "{url}: {error}");
        if !url.is_empty() {
            let error = run(&["export", "--base-url", url]).expect(2).error();
            assert!(error.contains(part), "{url}: {error}");
        }
    }
    let server = emulator(3, Script::new());
    let url = server.url().replace("http:", "HTTP:") + "/";
    run(&["export", "--base-url", &url]).expect(0);
}

#[test]
fn c5_plain_http_is_for_this_machine() {
    for host in [
        "rest.iad-01.braze.com",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "[::ffff:127.0.0.1]",
        "braze_mock:8080",
    ] {
        let run = run(&["export", "--base-url", &format!("http://{host}")]).expect(2);
        assert!(run.error().contains("--allow-insecure-http"), "{run:?}");
    }
}

#[test]
fn c6_hosts_that_are_not_rest_name_the_one_that_is() {
    for (url, part) in [
        ("https://dashboard-01.braze.com", "https://rest.iad-01.braze.com"),
        ("https://sdk.fra-01.braze.eu", "https://rest.fra-01.braze.eu"),
        ("https://rest.us-01.braze.com", "https://rest.iad-01.braze.com"),
        ("https://customer.iad-03.braze.com", "https://rest.iad-03.braze.com"),
        ("https://dashboard-01.braze.eu/engagement/segments", "https://rest.fra-01.braze.eu"),
    ] {
        let run = run(&["export", "--base-url", url]).expect(2);
        assert!(run.error().contains(part), "{run:?}");
    }
}

/// As the networks of Docker name their hosts. Nothing resolves them here, so that a proxy tells
/// what it was asked for.
#[test]
fn c4_a_host_may_have_underscores() {
    let (sender, asked) = mpsc::channel();
    let proxy = Raw::serving(move |mut stream, head| {
        let _ = sender.send(head.lines().next().unwrap_or_default().to_owned());
        let _ = stream.write_all(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
    });
    let url = "https://braze_mock:8443";
    let mut command = program(&["export", "--base-url", url]);
    command.args(["--max-attempts", "1", "--window", "1"]);
    command.env("HTTPS_PROXY", &proxy.url).env("SSL_CERT_FILE", certificates());
    let error = finish(command).expect(7).error();
    assert!(error.contains(url), "{error}");
    assert_eq!(asked.recv().unwrap(), "CONNECT braze_mock:8443 HTTP/1.1");
}

/// A gateway that hands on what is asked for below its path, and nothing else.
fn gateway(path: &'static str, origin: &str) -> Raw {
    let origin = origin.trim_start_matches("http://").to_owned();
    Raw::serving(move |mut stream, head| {
        let Some(behind) = head.strip_prefix(&format!("GET {path}/")) else {
            let _ = stream.write_all(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
            return;
        };
        let mut onward = TcpStream::connect(&origin).unwrap();
        let head = behind.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        write!(onward, "GET /{head}").unwrap();
        let mut answer = Vec::new();
        onward.read_to_end(&mut answer).unwrap();
        let _ = stream.write_all(&answer);
    })
}

#[test]
fn c4_a_gateway_may_have_a_path() {
    let server = emulator(250, Script::new());
    let directory = tempfile::tempdir().unwrap();
    for path in ["/braze", "/v1/a%20b"] {
        let gateway = gateway(path, &server.url());
        for end in ["", "/"] {
            let url = format!("{}{path}{end}", gateway.url);
            let run = run(&["export", "--base-url", &url]).expect(0);
            assert_eq!(run.stdout.lines().count(), 250);
        }
        let error = run(&["export", "--base-url", &gateway.url]).expect(8).error();
        assert!(error.contains("404"), "{error}");
    }
    // Another path is another endpoint.
    let gateway = gateway("/braze", &server.url());
    let checkpoint = directory.path().join("saved");
    let export = |path: &str, more: &[&str]| {
        let url = format!("{}{path}", gateway.url);
        let saved = checkpoint.to_str().unwrap();
        run(&[&["export", "--base-url", &url, "--checkpoint", saved], more].concat())
    };
    server.emulator().with(|workspace| {
        workspace.set_faults(Script::new().then(Fault::status(503).after(2).forever()));
    });
    export("/braze", &["--max-attempts", "1", "--window", "1"]).expect(6);
    server.emulator().with(|workspace| workspace.set_faults(Script::new()));
    let error = export("/other", &[]).expect(2).error();
    assert!(error.contains("endpoint"), "{error}");
    let run = export("/braze/", &[]).expect(0);
    assert!(run.stderr.contains("Resuming"), "{run:?}");
}

#[test]
fn c8_no_home_is_needed_and_nothing_is_made_there() {
    let server = emulator(3, Script::new());
    let directory = tempfile::tempdir().unwrap();
    for (home, config) in [(None, None), (Some("/nonexistent"), Some("relative")), (Some(""), None)]
    {
        let mut command = program(&["export", "--base-url", &server.url()]);
        command.current_dir(directory.path());
        command.envs(home.map(|home| ("HOME", home)));
        command.envs(config.map(|config| ("XDG_CONFIG_HOME", config)));
        assert_eq!(finish(command).expect(0).stdout.lines().count(), 3);
        assert!(names(directory.path()).is_empty());
    }
}

#[test]
fn c9_numbers_and_times_must_make_sense() {
    for (flag, values) in [
        ("--timeout", &["10", "-1s", "0s", "", "99999999999999999999s", "1 parsec"][..]),
        ("--min-segments", &["0", "-1", "18446744073709551616"]),
        ("--deadline", &["0s", "-1s", "10"]),
        ("--max-wait", &["10", "-1s"]),
        ("--window", &["0", "-1", "65536", "x"]),
        ("--max-attempts", &["0", "4294967296"]),
        ("--max-pages", &["0", "4294967296"]),
        ("--max-requests", &["0", "18446744073709551616"]),
        ("--max-passes", &["0", "-1"]),
        ("--max-head", &["0", "x"]),
        ("--max-body", &["0", "-1", "1.5.5MiB", "4Mbit", "99999999999999999999", "17179869184GiB"]),
    ] {
        for value in values {
            run(&["export", "--demo", &format!("{flag}={value}")]).expect(2);
            // The same behind a blank, where a minus could begin a flag.
            let run = run(&["export", "--demo", flag, value]).expect(2);
            assert!(run.stderr.contains(&format!("for '{flag} <")), "{run:?}");
        }
    }
    let run = run(&["get", "--page", "-1"]).expect(2);
    assert!(run.stderr.contains("'-1' for '--page <N>'"), "{run:?}");
}

#[test]
fn what_people_write_is_taken() {
    for args in [
        &["--timeout", "1.5m", "--deadline", "2 Minutes", "--max-wait", "1h30m"][..],
        &["--max-body", "1.5MiB", "--max-head", "64K", "--max-memory", "40 mb"],
        &["--goal", "Walk", "--sort", "DESC"],
    ] {
        run(&[&["export", "--demo"], args].concat()).expect(0);
    }
}

/// Where it leads, a proxy tells.
#[test]
fn an_instance_has_many_names() {
    let (sender, asked) = mpsc::channel();
    let proxy = Raw::serving(move |mut stream, head| {
        let _ = sender.send(head.lines().next().unwrap_or_default().to_owned());
        let _ = stream.write_all(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    });
    for (name, host) in [
        ("us-01", "rest.iad-01.braze.com"),
        ("iad-01", "rest.iad-01.braze.com"),
        ("rest.fra-01.braze.eu", "rest.fra-01.braze.eu"),
        ("dashboard-03", "rest.iad-03.braze.com"),
        ("https://dashboard-02.braze.eu/engagement/segments?locale=en", "rest.fra-02.braze.eu"),
    ] {
        let mut command = program(&["export", "--instance", name, "--max-attempts", "1"]);
        command.args(["--window", "1"]);
        command.env("HTTPS_PROXY", &proxy.url).env("SSL_CERT_FILE", certificates());
        finish(command).expect(7);
        assert_eq!(asked.recv().unwrap(), format!("CONNECT {host}:443 HTTP/1.1"));
    }
    for (name, part) in [
        ("us-1", "did you mean US-01?"),
        ("iad1", "US-01?"),
        ("dashboard-01", "US-01 (dashboard-01.braze.com) or EU-01 (dashboard-01.braze.eu)?"),
        ("us-09", "the published ones are US-01, "),
    ] {
        let run = run(&["export", "--instance", name]).expect(2);
        assert!(run.stderr.contains(part), "{run:?}");
    }
}

#[test]
fn c10_what_contradicts_itself_is_refused() {
    for args in [
        &["export", "--instance", "us-01", "--base-url", "https://rest.iad-01.braze.com"][..],
        &["export", "--demo", "--instance", "us-01"],
        &["export", "--demo", "--api-key-file", "key"],
        &["export", "--instance", "us-01", "--instance", "us-02"],
        &["serve", "--segments", "1", "--load", "file"],
        &["export", "--instance", "us-09"],
        &["export", "--sort", "oldest"],
        &["export", "--demo", "--quiet", "--verbose"],
        &["export", "--nonsense"],
        &["nonsense"],
        &[],
    ] {
        run(args).expect(2);
    }
}

/// The clock of this machine, too, is only one of two: what counts is that they agree.
#[test]
fn c12_the_servers_clock_may_be_anywhere() {
    let check = |now| {
        let faults = Script::new().then(Fault::rate_limited(Duration::from_secs(1)));
        let workspace =
            Workspace::new().with_key(KEY).with_segments(sample(3, 1)).with_faults(faults);
        let emulator = Emulator::starting_at(workspace, Duration::from_secs(now));
        let server = Server::spawn(emulator).unwrap();
        let run = run(&["export", "--base-url", &server.url(), "--window", "1", "-v"]).expect(0);
        assert!(run.stderr.contains("1 retry"), "{run:?}");
        let (_, wait) = run.stderr.split_once("; retry in ").unwrap();
        let wait: f64 = wait.split_once(" s: ").unwrap().0.parse().unwrap();
        // A second, one for the seconds that the clock does not show, and what spreads clients.
        assert!((1.0..=5.0).contains(&wait), "{run:?}");
    };
    // 1970, 2100, and a quarter of an hour before what is taken for milliseconds.
    thread::scope(|scope| {
        for now in [0, 4_102_444_800, 99_999_999_100] {
            scope.spawn(move || check(now));
        }
    });
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
fn c2_key_files_say_what_is_wrong_with_them() {
    let server = emulator(3, Script::new());
    let directory = tempfile::tempdir().unwrap();
    let with = |file: &str| run(&["export", "--base-url", &server.url(), "--api-key-file", file]);

    let file = key_file(directory.path(), &format!("{KEY}\r\n"), 0o600);
    assert!(!with(&file).expect(0).stderr.contains("Warning"));
    let file = key_file(directory.path(), &format!("{KEY}\n"), 0o644);
    assert!(with(&file).expect(0).stderr.contains("Warning: other users can open"));
    let file = key_file(directory.path(), "\n", 0o600);
    assert!(with(&file).expect(2).error().contains("empty"));
    let file = key_file(directory.path(), &format!("{KEY}\n{KEY}\n"), 0o600);
    assert!(with(&file).expect(2).error().contains("line break"));
    assert!(with(directory.path().to_str().unwrap()).expect(2).error().contains("directory"));
    assert!(with("/nowhere/key").expect(2).error().contains("No such file"));
    // It opens for everybody, and nobody can read its beginning.
    assert!(with("/proc/self/mem").expect(2).error().contains("cannot read"));
}

#[test]
fn c2_a_key_comes_through_a_pipe() {
    let server = emulator(3, Script::new());
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let start = || {
        let args = ["export", "--base-url", &server.url(), "--api-key-file"];
        let mut command = program(&args);
        command.arg(&pipe).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let child = start();
    fs::write(&pipe, format!("{KEY}\n")).unwrap();
    assert_eq!(wait(child).expect(0).stdout.lines().count(), 3);
    // One that nobody writes to is waited for, as by `cat`, until somebody has enough of it.
    let child = start();
    let id = child.id();
    let status = || fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    until(|| status().contains("\nThreads:\t3"));
    signal(id, "INT");
    wait(child).expect(130);
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
        let proxy = Raw::answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        let host = "https://rest.nowhere.invalid";
        let args = ["export", "--base-url", host, "--max-attempts", "1", "--window", "1"];
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
    let mut command = program(&["export", "--instance", "us-01"]);
    command.env("HTTPS_PROXY", "socks5://user:CANARY@127.0.0.1:1");
    let run = finish(command).expect(2);
    assert!(run.error().contains("HTTPS_PROXY"), "{run:?}");
}

#[test]
fn t15_no_proxy_is_used_towards_this_machine() {
    let server = emulator(3, Script::new());
    let trap = Raw::body("{}");
    for url in [server.url(), server.url().replace("127.0.0.1", "localhost")] {
        let mut command = program(&["export", "--base-url", &url]);
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env(name, &trap.url).env(name.to_lowercase(), &trap.url);
        }
        assert_eq!(finish(command).expect(0).stdout.lines().count(), 3);
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
    let args = ["export", "--instance", "us-01", "--ca-file", path];
    run(&args).expect(2);
}
