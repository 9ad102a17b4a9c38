//! `--print-request`: what would be sent, without the key and without sending it.

use std::process::{Command, Stdio};

use segments_emulator::Script;

use crate::support::{KEY, emulator, finish, program, run};

#[test]
fn c11_a_request_is_printed_without_the_key_and_not_sent() {
    let server = emulator(3, Script::new());
    let url = server.url();
    let host = url.trim_start_matches("http://");

    for (args, query) in [
        (&["export"][..], "?sort_direction=asc"),
        (&["export", "--sort", "desc", "--goal", "walk"], "?sort_direction=desc"),
        (&["get", "--page", "3"], "?page=3"),
    ] {
        let print = |how| run(&[args, &["--base-url", &url, "--print-request", how]].concat());
        let printed = print("http").expect(0).stdout;
        let begins = format!("GET /segments/list{query} HTTP/1.1\nhost: {host}\n");
        assert!(printed.starts_with(&begins), "{printed}");
        assert!(printed.contains("authorization: Bearer $BRAZE_API_KEY\n"), "{printed}");

        let printed = print("CURL").expect(0).stdout;
        assert!(printed.contains(&format!("'{url}/segments/list{query}'")), "{printed}");
        assert!(printed.contains("\"authorization: Bearer $BRAZE_API_KEY\""), "{printed}");
    }
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 0);

    // It needs no key, and an endpoint.
    let mut command = program(&["get", "--instance", "us-01", "--print-request", "curl"]);
    command.env_remove("BRAZE_API_KEY");
    let printed = finish(command).expect(0).stdout;
    assert!(printed.contains("'https://rest.iad-01.braze.com/segments/list'"), "{printed}");
    let error = run(&["export", "--print-request", "curl"]).expect(2).error();
    assert!(error.contains("--base-url"), "{error}");
    run(&["export", "--demo", "--print-request", "curl"]).expect(2);
}

#[test]
fn c11_a_shell_can_run_what_is_printed() {
    let server = emulator(3, Script::new());
    let args = ["export", "--base-url", &server.url(), "--print-request", "curl"];
    let printed = run(&args).expect(0).stdout;
    let mut shell = Command::new("sh");
    shell.args(["-c", &printed]).env("BRAZE_API_KEY", KEY).stdin(Stdio::null());
    let run = finish(shell).expect(0);
    assert!(run.stdout.contains("\"segments\":["), "{run:?}");
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 1);
}
