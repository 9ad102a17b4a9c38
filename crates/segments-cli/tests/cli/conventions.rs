//! What people expect of any command-line program, and the tests that show it.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use segments_core::Segment;
use segments_emulator::{Fault, Script};

use crate::support::{KEY, emulator, export, finish, names, program};

/// Each convention, and its tests as `module::name`.
const CONVENTIONS: [(&str, &[&str]); 23] = [
    (
        "without arguments it says what is missing",
        &["config::c1_without_anything_the_demo_is_named"],
    ),
    (
        "a table on a terminal, NDJSON in a pipe, else by the name of the file or by --format",
        &[
            "message_format::c7_colours_are_for_terminals_that_want_them",
            "output::a_file_names_its_format",
            "output::o14_an_ending_of_another_format_is_refused_and_nothing_is_sent",
            "output::devices_are_written_to_directly",
        ],
    ),
    (
        "fields have one order, and another on request; tags in a cell are JSON",
        &[
            "output::o3_fields_are_those_that_were_asked_for_in_their_order",
            "output::o11_quotes_and_line_ends_are_part_of_a_cell",
            "formats::o3_every_format_as_it_is_and_without_its_header",
            "schema::a_row_has_the_fields_and_types_of_its_schema",
        ],
    ),
    (
        "standard output has data only; a reader may leave; a closed one is no success",
        &[
            "conventions::standard_output_has_nothing_but_data",
            "output::o1_a_reader_that_leaves_is_no_failure",
            "output::o1_help_is_read_with_head",
            "files::o7_a_closed_standard_output_is_74_and_the_other_streams_are_dispensable",
        ],
    ),
    (
        "a summary on standard error; -q is quiet, -v logs requests, --log-format json",
        &[
            "output::quiet_is_quiet_and_verbose_tells_no_headers",
            "message_format::c5_a_log_can_be_lines_of_json",
        ],
    ),
    (
        "progress only on a terminal that can show it, erased before a message",
        &[
            "conventions::progress_is_for_terminals_and_gone_before_a_message",
            "terminal::o8_a_wait_is_seen_however_narrow_the_terminal_is",
        ],
    ),
    (
        "colours: --color, NO_COLOR, CLICOLOR_FORCE, for each stream",
        &[
            "message_format::c7_colours_are_for_terminals_that_want_them",
            "formats::c7_data_has_no_colours_whatever_is_asked_for",
        ],
    ),
    (
        "a key comes from a file, a command, a variable or a profile, and never from an argument",
        &[
            "config::c1_a_key_in_an_argument_is_refused_unseen",
            "config::c2_key_files_say_what_is_wrong_with_them",
            "config::c2_line_ends_are_cut_off_wherever_a_value_comes_from",
            "config::c1_a_key_that_is_none_is_refused_unseen",
            "key_command::c9_the_command_of_a_flag_goes_before_the_variable",
            "key_command::o5_a_signal_ends_the_command_too",
        ],
    ),
    (
        "a flag goes before a variable, that before a profile; the program shows which",
        &[
            "profiles::c9_a_flag_goes_before_a_variable_and_a_variable_before_a_profile",
            "profiles::c9_the_configuration_can_be_shown_with_its_origins",
            "profiles::c9_the_path_is_that_of_the_platform",
            "config::an_instance_has_many_names",
        ],
    ),
    (
        "a dashboard's address is told from an endpoint",
        &["config::c6_hosts_that_are_not_rest_name_the_one_that_is"],
    ),
    (
        "a request can be looked at without being sent, and without the key",
        &[
            "request::c11_a_request_is_printed_without_the_key_and_not_sent",
            "request::c11_a_shell_can_run_what_is_printed",
        ],
    ),
    (
        "each cause of a failure has its exit code",
        &[
            "goals::every_goal_gives_the_list_in_its_order",
            "diff::the_exit_code_says_whether_anything_has_changed",
            "config::c10_what_contradicts_itself_is_refused",
            "goals::an_unproven_list_is_3_and_does_not_come_out",
            "failures::a_refused_key_is_4_and_names_the_permission",
            "failures::a_far_rate_limit_is_5_at_once",
            "failures::lasting_server_errors_are_6",
            "failures::no_connection_is_7",
            "failures::what_is_no_page_is_8",
            "failures::a_passed_deadline_is_9",
            "output::o2_a_full_disk_is_74",
            "signals::o5_each_signal_has_its_code_and_leaves_whole_lines",
        ],
    ),
    (
        "Ctrl-C ends it behind a whole line, with its state saved; twice, at once",
        &[
            "signals::o5_each_signal_has_its_code_and_leaves_whole_lines",
            "signals::o5_a_full_pipe_does_not_hold_it",
            "checkpoint::o5_an_interrupted_export_goes_on_from_every_page",
        ],
    ),
    (
        "a file appears whole or not at all; devices and pipes are written to",
        &[
            "files::o3_a_disk_that_fills_up_leaves_the_old_file",
            "files::o4_a_link_is_followed_and_stays_one",
            "failures::a_failure_leaves_nothing_behind",
            "killed::o6_a_killed_export_leaves_the_old_file_and_is_gone_on_with",
            "output::devices_are_written_to_directly",
        ],
    ),
    (
        "a JSON array is whole, or there is none",
        &[
            "failures::a_failed_walk_streams_whole_lines_only",
            "partial::a_file_keeps_its_name_for_a_whole_list",
        ],
    ),
    (
        "a state to resume from holds no key, and fits one endpoint and order",
        &[
            "checkpoint::p12_a_failed_export_goes_on_from_every_page",
            "checkpoint::p13_a_file_of_something_else_is_2",
            "canary::no_other_failure_shows_it",
        ],
    ),
    (
        "limits are flags, and say what they are",
        &[
            "config::c9_numbers_and_times_must_make_sense",
            "timeouts::t3_the_message_says_which_limit_ended_the_attempt",
            "max_items::a_cut_list_is_written_and_is_3",
            "failures::an_endless_list_has_an_end",
        ],
    ),
    (
        "an error says what, where, why and what next, in two lines or as JSON",
        &[
            "messages::messages_of_the_command_line",
            "message_format::c18_an_error_can_be_one_line_of_json",
        ],
    ),
    (
        "completions, a manual page, and the word that was meant",
        &[
            "message_format::completions_and_the_manual_page_are_generated",
            "message_format::c19_a_name_that_is_wrong_is_told_with_the_one_that_is_meant",
        ],
    ),
    (
        "a path need not be UTF-8; lines end with LF unless CR LF is asked for",
        &["conventions::a_path_may_be_any_bytes", "formats::o3_flags_of_one_format_go_together"],
    ),
    (
        "no locale changes the output, and times are UTC",
        &[
            "terminal::o13_every_locale_gets_the_same_bytes",
            "message_format::c5_a_log_can_be_lines_of_json",
        ],
    ),
    (
        "the same list gives the same bytes",
        &["conventions::the_same_list_gives_the_same_bytes", "demo::it_is_the_same_every_time"],
    ),
    ("no telemetry", &["conventions::nothing_is_sent_anywhere_else"]),
];

#[test]
fn every_convention_has_its_tests() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli");
    for (convention, tests) in CONVENTIONS {
        assert!(!tests.is_empty());
        for test in tests {
            let (module, name) = test.split_once("::").unwrap();
            let source = fs::read_to_string(directory.join(format!("{module}.rs"))).unwrap();
            let is_there = source.contains(&format!("#[test]\nfn {name}() {{"));
            assert!(is_there, "{convention}: there is no test {test}");
        }
    }
}

#[test]
fn standard_output_has_nothing_but_data() {
    let server = emulator(0, Script::new());
    server.emulator().with(|workspace| {
        for id in 0..250 {
            workspace.create(Segment::new(id.to_string(), "=1+1", true, [""; 0]).unwrap()).unwrap();
        }
    });
    let rate_limit = || Script::new().then(Fault::rate_limited(Duration::from_secs(1)).after(1));
    let failure = || Script::new().then(Fault::status(400).page(1).forever());

    for (faults, code, rows) in [(rate_limit as fn() -> Script, 0, 250), (failure, 8, 100)] {
        for messages in [&["-vv"][..], &["-vv", "--log-format", "json"], &["-q"]] {
            server.emulator().with(|workspace| workspace.set_faults(faults()));
            let args = ["--goal", "walk", "--window", "1", "--format", "tsv", "--no-headers"];
            let run = export(&server.url(), &[&args[..], messages].concat()).expect(code);
            assert!(messages == ["-q"] || !run.stderr.is_empty());
            let expected = (0..rows).map(|id| format!("{id}\t'=1+1\ttrue\t[]"));
            assert!(run.stdout.lines().eq(expected), "{messages:?} {run:?}");
        }
    }
}

#[test]
fn progress_is_for_terminals_and_gone_before_a_message() {
    const ERASE: &str = "\r\u{1b}[K";
    let server = emulator(3, Script::new());
    let url = server.url();
    let binary = env!("CARGO_BIN_EXE_segments");
    let shown_within = |delay: Duration, environment: &[(&str, &str)], flags: &str| {
        let line = format!("exec '{binary}' export --base-url {url} -o /dev/null {flags}");
        let faults = Script::new().then(Fault::delay(delay).page(0));
        server.emulator().with(|workspace| workspace.set_faults(faults));
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).env_clear().env("BRAZE_API_KEY", KEY);
        command.env("PATH", "/usr/bin:/bin").env("XDG_CONFIG_HOME", "/nonexistent");
        command.envs(environment.iter().copied()).stdin(Stdio::null());
        finish(command).expect(0).stdout
    };

    // It is drawn after 0.2 s; a busy machine may come to it later.
    let drawn =
        |environment: &[(&str, &str)]| shown_within(Duration::from_secs(2), environment, "");
    let shown = |environment: &[(&str, &str)], flags: &str| {
        shown_within(Duration::from_millis(900), environment, flags)
    };

    let terminal = ("TERM", "xterm");
    let on_terminal = drawn(&[terminal]);
    assert!(on_terminal.contains(&format!("{ERASE}3 segments, proven")), "{on_terminal:?}");
    for (environment, flags) in [
        (&[terminal, ("CI", "true")][..], ""),
        (&[("TERM", "dumb")], ""),
        (&[], ""),
        (&[terminal], "-q"),
        (&[terminal], "--log-format json"),
        (&[terminal], "2>/dev/stdout | cat"),
    ] {
        let shown = shown(environment, flags);
        assert!(!shown.contains(ERASE), "{environment:?} {flags}: {shown:?}");
    }
    // An empty variable counts as missing.
    assert!(drawn(&[terminal, ("CI", "")]).contains(ERASE));
}

#[test]
fn a_path_may_be_any_bytes() {
    let server = emulator(3, Script::new());
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &[u8]| directory.path().join(OsStr::from_bytes(name));
    let [key, list, report] = [path(b"key\xff"), path(b"list\xff.csv"), path(b"report\xfe")];
    fs::write(&key, KEY).unwrap();

    let mut command = program(&["export", "--base-url", &server.url()]);
    for (flag, path) in [("--api-key-file", &key), ("-o", &list), ("--report", &report)] {
        command.arg(flag).arg(path);
    }
    command.arg("--checkpoint").arg(path(b"saved\xff")).env_remove("BRAZE_API_KEY");
    finish(command).expect(0);
    assert_eq!(fs::read_to_string(list).unwrap().lines().count(), 4);
    assert!(fs::read_to_string(report).unwrap().starts_with('{'));
    assert_eq!(directory.path().read_dir().unwrap().count(), 3);
}

#[test]
fn the_same_list_gives_the_same_bytes() {
    let servers = [emulator(250, Script::new()), emulator(250, Script::new())];
    for format in ["ndjson", "json", "csv", "tsv", "table", "markdown", "ids"] {
        let mut outputs = servers.iter().flat_map(|server| {
            ["walk", "complete", "snapshot"].into_iter().flat_map(move |goal| {
                ["1", "7"].map(|window| {
                    let args = ["--format", format, "--goal", goal, "--window", window];
                    export(&server.url(), &args).expect(0).stdout
                })
            })
        });
        let first = outputs.next().unwrap();
        assert!(first.lines().count() >= 250);
        assert!(outputs.all(|output| output == first), "{format}");
    }
}

// Whoever looks for telemetry looks for connections: there is one server in an export, and every
// request to it is one of the export.
#[test]
fn nothing_is_sent_anywhere_else() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let proxy = format!("http://{}", elsewhere.local_addr().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let report = directory.path().join("report.json");
    let server = emulator(250, Script::new());

    let mut command = program(&["export", "--base-url", &server.url(), "--report"]);
    command.arg(&report).env("HOME", directory.path());
    for variable in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
        command.env(variable, &proxy).env(variable.to_lowercase(), &proxy);
    }
    finish(command).expect(0);

    assert!(elsewhere.accept().is_err(), "something asked for another host");
    let report: serde_json::Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    let requests = server.emulator().with(|workspace| workspace.log().total());
    assert_eq!(report["requests"], requests);
    assert_eq!(names(directory.path()), ["report.json"]);

    let readme =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    assert!(readme.contains("There is no telemetry"));
}
