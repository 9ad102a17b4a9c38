//! The configuration file: its profiles, what goes before them, and what is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use segments_emulator::{Script, ServerThread};

use crate::support::{KEY, emulator, finish, program};

/// A home with a configuration file.
struct Home {
    directory: tempfile::TempDir,
}

impl Home {
    fn new(config: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("segments")).unwrap();
        let home = Self { directory };
        home.write("config.toml", config);
        home
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.directory.path().join("segments").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join("segments").join(name).to_str().unwrap().to_owned()
    }

    /// The program, without a key in its environment.
    fn program(&self, args: &[&str]) -> Command {
        let mut command = program(args);
        command.env_remove("BRAZE_API_KEY").env("XDG_CONFIG_HOME", self.directory.path());
        command.env("PATH", "/usr/bin:/bin").current_dir(self.directory.path());
        command
    }

    #[track_caller]
    fn error(&self, args: &[&str]) -> String {
        finish(self.program(args)).expect(2).error()
    }
}

/// A configuration with a profile for each place of the key.
fn three_places(server: &ServerThread) -> Home {
    let url = server.url();
    let home = Home::new(&format!(
        r#"
[profile.default]
base_url = "{url}"
api_key_file = "key"

[profile.variable]
base_url = "{url}"
api_key_env = "KEY_OF_A_WORKSPACE"

[profile.command]
base_url = "{url}"
api_key_command = ["cat", "segments/key"]

[profile.elsewhere]
instance = "eu-01"
api_key_file = "missing"
"#
    ));
    home.write("key", &format!("{KEY}\n"));
    home
}

#[test]
fn c9_a_profile_says_where_to_read_and_where_the_key_is() {
    let server = emulator(3, Script::new());
    let home = three_places(&server);
    for (profile, variable) in [
        (None, None),
        (Some("default"), None),
        (Some("variable"), None),
        (Some("command"), None),
        (None, Some("command")),
        // A flag goes before a variable.
        (Some("variable"), Some("nonsense")),
    ] {
        let mut command = home.program(&["export"]);
        command.args(profile.map(|name| format!("--profile={name}")));
        command.envs(variable.map(|name| ("SEGMENTS_PROFILE", name)));
        command.env("KEY_OF_A_WORKSPACE", KEY);
        let run = finish(command).expect(0);
        assert_eq!(run.stdout.lines().count(), 3);
        assert!(!run.stderr.contains("Warning"), "{run:?}");
    }

    let error = home.error(&["get", "--profile", "variable"]);
    assert!(error.contains("KEY_OF_A_WORKSPACE is not set"), "{error}");
    let error = home.error(&["get", "--profile", "elsewhere"]);
    assert!(error.contains("segments/missing"), "{error}");
    let error = home.error(&["get", "--profile", "defualt"]);
    assert!(error.contains("Did you mean `default`?"), "{error}");
    let error = home.error(&["get", "--profile", "x"]);
    assert!(error.contains("It has command, default, elsewhere, variable."), "{error}");
    finish(home.program(&["export", "--demo", "--profile", "default"])).expect(2);
}

#[test]
fn c9_a_flag_goes_before_a_variable_and_a_variable_before_a_profile() {
    let server = emulator(3, Script::new());
    let home = three_places(&server);
    let url = server.url();

    for (flags, key, base_url, warning) in [
        (&["--profile", "elsewhere", "--base-url", &*url][..], Some(KEY), None, "nothing of"),
        (&["--profile", "elsewhere"], Some(KEY), Some(&*url), "BRAZE_BASE_URL and BRAZE_API_KEY"),
        (&["--base-url", &url], None, Some("https://rest.iad-01.braze.com"), "that of --base-url"),
        (&["--api-key-file", "segments/key"], Some("another"), None, "that of --api-key-file"),
        (&[], Some(KEY), None, "that of BRAZE_API_KEY"),
        // Nothing of a profile that nobody named is no surprise.
        (&[], Some(KEY), Some(&*url), ""),
    ] {
        let mut command = home.program(&["export"]);
        command.args(flags);
        command.envs(key.map(|key| ("BRAZE_API_KEY", key)));
        command.envs(base_url.map(|url| ("BRAZE_BASE_URL", url)));
        let run = finish(command).expect(0);
        assert_eq!(run.stdout.lines().count(), 3);
        assert_eq!(run.stderr.contains("Warning"), !warning.is_empty(), "{run:?}");
        assert!(run.stderr.contains(warning), "{warning}: {run:?}");
    }
}

#[test]
fn c9_the_configuration_can_be_shown_with_its_origins() {
    let server = emulator(3, Script::new());
    let home = three_places(&server);
    let url = server.url();
    let show = |args: &[&str], environment: &[(&str, &str)]| {
        let mut command = home.program(&[&["config", "show"], args].concat());
        command.envs(environment.iter().copied());
        finish(command).expect(0).stdout
    };

    assert_eq!(
        show(&["--origin"], &[]),
        format!(
            "profile = \"default\"  # default\n\
             base_url = \"{url}\"  # profile default: base_url, line 3\n\
             api_key_file = \"{}\"  # profile default: api_key_file, line 4\n",
            home.path("key")
        )
    );
    // An argument of a command can be a key, as in `echo KEY`.
    assert_eq!(
        show(&["--profile", "command", "--origin"], &[]),
        format!(
            "profile = \"command\"  # --profile\n\
             base_url = \"{url}\"  # profile command: base_url, line 11\n\
             api_key_command = [\"cat\", \"***\"]  # profile command: api_key_command, line 12\n"
        )
    );
    assert_eq!(
        show(
            &["--instance", "us-01", "--origin"],
            &[("BRAZE_API_KEY", KEY), ("SEGMENTS_PROFILE", "variable")]
        ),
        "profile = \"variable\"  # SEGMENTS_PROFILE\n\
         base_url = \"https://rest.iad-01.braze.com\"  # --instance\n\
         api_key_env = \"BRAZE_API_KEY\"  # BRAZE_API_KEY\n"
    );
    assert!(!show(&[], &[]).contains('#'));

    let empty = Home::new("");
    let run = finish(empty.program(&["config", "show"])).expect(0);
    let missing = "# no endpoint: --instance us-01, --base-url URL or BRAZE_BASE_URL\n\
                   # no key: BRAZE_API_KEY, --api-key-file PATH or --api-key-command COMMAND\n";
    assert_eq!(run.stdout, missing);
    fs::remove_file(empty.path("config.toml")).unwrap();
    let run = finish(empty.program(&["config", "show"])).expect(0);
    let no_file = "# no configuration file: `segments config path` prints where it would be\n";
    assert_eq!(run.stdout, format!("{no_file}{missing}"));
    assert!(empty.error(&["get", "--profile", "eu"]).contains("does not exist"));
}

#[test]
fn c9_the_path_is_that_of_the_platform() {
    let home = Home::new("");
    let run = finish(home.program(&["config", "path"])).expect(0);
    assert_eq!(run.stdout.trim_end(), home.path("config.toml"));

    let mut command = home.program(&["config", "path"]);
    command.env_remove("XDG_CONFIG_HOME").env("HOME", "/home/somebody");
    if cfg!(target_os = "linux") {
        let path = "/home/somebody/.config/segments/config.toml\n";
        assert_eq!(finish(command).expect(0).stdout, path);
    }
    // A path from the current directory could be anybody's.
    let mut command = home.program(&["config", "path"]);
    command.env_remove("XDG_CONFIG_HOME").env("HOME", "relative");
    assert!(finish(command).expect(2).error().contains("HOME"));
}

#[test]
fn c8_what_is_wrong_in_the_file_is_named_with_its_line_and_no_value() {
    const PLACE: &str = "[profile.a]\ninstance = \"us-01\"\n";
    let with_key = |line: &str| format!("{PLACE}{line}\n");
    for (config, parts) in [
        (with_key(&format!("api_key = \"{KEY}\"")), &["line 3", "key", "api_key_env"][..]),
        (with_key(&format!("api_key_env = \"{KEY}\"")), &["line 3", "not a key"]),
        (with_key(&format!("api_key_file = \"{KEY}\"")), &["line 3", "not a key"]),
        (with_key(&format!("api_key_command = \"echo {KEY}\"")), &["line 3", "an array", "shell"]),
        (with_key(&format!("api_key_command = [\"echo\", {KEY}]")), &["line 3", "TOML"]),
        (with_key(&format!("api_key_file = {KEY}")), &["line 3", "TOML"]),
        (with_key("api_key_command = []"), &["line 3", "an array"]),
        (with_key("api_key_command = [\"\"]"), &["line 3", "an array"]),
        (with_key("api_key_command = [1]"), &["line 3", "an array"]),
        (with_key("api_key_env = \"\""), &["line 3", "a string"]),
        (with_key("api_key_env = 1"), &["line 3", "a string"]),
        (with_key("api_key_fiel = \"key\""), &["line 3", "did you mean `api_key_file`?"]),
        (with_key("colour = \"red\""), &["line 3", "`colour` is unknown", "base_url"]),
        (with_key(&format!("{} = 1", &KEY[7..])), &["line 3", "a key"]),
        (with_key("base_url = \"https://rest.iad-01.braze.com\""), &["line 1", "either"]),
        ("[profile.a]\napi_key_env = \"A\"\n".to_owned(), &["line 1", "either instance or"]),
        (with_key(""), &["line 1", "exactly one of"]),
        (with_key("api_key_env = \"A\"\napi_key_file = \"a\""), &["line 1", "exactly one of"]),
        ("[profile.a]\ninstance = \"us-1\"\n".to_owned(), &["line 2", "did you mean US-01?"]),
        (format!("[profile.a]\ninstance = \"{KEY}\"\n"), &["line 2", "instance"]),
        ("[profiles.a]\n".to_owned(), &["line 1", "did you mean `profile`?"]),
        ("profile = \"a\"\n".to_owned(), &["line 1", "must be a table"]),
        ("[profile]\na = \"a\"\n".to_owned(), &["line 2", "must be a table"]),
        ("[profile.a\n".to_owned(), &["line 1", "TOML"]),
        ("[profile.a]\n[profile.a]\n".to_owned(), &["line 2", "duplicate"]),
    ] {
        let home = Home::new(&config);
        // Also if nothing of it is needed: a mistake that nobody sees is the next surprise.
        let error = home.error(&["export", "--instance", "us-01"]);
        for part in [&["config.toml"], parts].concat() {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
    let home = Home::new("");
    fs::write(home.path("config.toml"), b"\xff").unwrap();
    assert!(home.error(&["get"]).contains("UTF-8"));
    let home = Home::new(&format!("{PLACE}api_key_file = \"~/key\"\n"));
    let mut command = home.program(&["config", "show", "--profile", "a"]);
    let run = finish({
        command.env("HOME", "/home/somebody");
        command
    });
    assert!(run.expect(0).stdout.contains("\"/home/somebody/key\""));
}

#[test]
fn c8_a_command_prints_the_key_or_is_named() {
    let command = |words: &str| {
        let config = format!("[profile.a]\ninstance = \"us-01\"\napi_key_command = [{words}]\n");
        Home::new(&config).error(&["get", "--profile", "a"])
    };
    for (words, part) in [
        (r#""false""#, "false failed (exit status: 1)"),
        (r#""true""#, "true printed nothing"),
        (r#""no-such-program""#, "no-such-program cannot be run"),
        (r#""echo", "two words""#, "blank"),
        // No shell runs it.
        (r#""echo $HOME""#, "cannot be run"),
    ] {
        let error = command(words);
        assert!(error.contains("profile a: api_key_command") && error.contains(part), "{error}");
    }
}

#[test]
fn c8_ctrl_c_does_not_wait_for_a_command() {
    let config = "[profile.a]\ninstance = \"us-01\"\napi_key_command = [\"sleep\", \"599\"]\n";
    let home = Home::new(config);
    let started = Instant::now();
    let mut command = Command::new("timeout");
    command.args(["--signal=INT", "1", env!("CARGO_BIN_EXE_segments"), "get", "--profile", "a"]);
    command.env_clear().env("PATH", "/usr/bin:/bin");
    command.env("XDG_CONFIG_HOME", home.directory.path());
    // What `timeout` itself says of it.
    finish(command).expect(124);
    assert!(started.elapsed() < Duration::from_secs(300));
}

#[test]
fn o_files_of_the_configuration_are_not_written() {
    let server = emulator(3, Script::new());
    let home = three_places(&server);
    for (name, part) in [("key", "api_key_file of the profile"), ("config.toml", "configuration")] {
        let path = home.path(name);
        let before = fs::read(&path).unwrap();
        let error = home.error(&["export", "--format", "csv", "--output", &path]);
        assert!(error.contains("same file") && error.contains(part), "{error}");
        assert_eq!(fs::read(Path::new(&path)).unwrap(), before);
    }
}
