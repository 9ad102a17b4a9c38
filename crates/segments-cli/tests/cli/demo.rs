//! The demonstration needs nothing and reaches nobody.

use crate::support::{KEY, Raw, finish, program};

#[test]
fn no_proxy_and_no_environment_counts() {
    let trap = Raw::body("{}");
    let mut command = program(&["export", "--demo"]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, &trap.url).env(name.to_lowercase(), &trap.url);
    }
    command.env("BRAZE_BASE_URL", &trap.url).env("BRAZE_API_KEY", KEY);
    let run = finish(command).expect(0);
    assert_eq!(run.stdout.lines().count(), 250);
    assert_eq!(trap.connections(), 0);
}

#[test]
fn it_is_the_same_every_time() {
    let run = |args: &[&str]| {
        let mut command = program(&[&["export", "--demo"], args].concat());
        command.env_remove("BRAZE_API_KEY");
        finish(command).expect(0).stdout
    };
    for format in ["ndjson", "json", "csv", "tsv", "table"] {
        let first = run(&["--format", format]);
        assert_eq!(first, run(&["--format", format, "--window", "1"]));
    }
}

#[test]
fn it_needs_no_root_certificates() {
    let mut command = program(&["export", "--demo"]);
    command.env("SSL_CERT_FILE", "/nonexistent").env("SSL_CERT_DIR", "/nonexistent");
    assert_eq!(finish(command).expect(0).stdout.lines().count(), 250);
}
