//! Twenty emulated workspaces, as profiles of a configuration file.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::server::Server;

pub(super) const NUMBER: u32 = 20;

/// Its key is not the one that the server knows: exit code 4.
pub(super) const BAD_KEY: u32 = 7;
/// A server error on as many requests as the program makes: exit code 6.
pub(super) const FAILING: u32 = 5;
/// A 429 that lasts for longer than the program waits: exit code 5.
pub(super) const RATE_LIMITED: u32 = 11;
/// A 429 that the program waits for itself.
const PAUSED: u32 = 3;
/// Slow, so that its task can be killed while it exports.
pub(super) const KILLED: u32 = 13;

#[derive(Debug)]
pub(super) struct Workspaces {
    /// Stopped when dropped.
    _servers: Vec<Server>,
    /// For `XDG_CONFIG_HOME`.
    pub(super) config_home: PathBuf,
}

/// The profile of a workspace.
pub(super) fn name(number: u32) -> String {
    format!("w{number:02}")
}

/// How many segments it has.
pub(super) fn segments(number: u32) -> u32 {
    150 + 35 * number
}

impl Workspaces {
    /// Serves them on ports of their own.
    pub(super) fn serve(program: &Path, folder: &Path) -> Result<Self> {
        let config_home = folder.join("config");
        let folder = config_home.join("segments");
        fs::create_dir_all(&folder)?;

        let (mut servers, mut config) = (Vec::new(), String::new());
        for number in 1..=NUMBER {
            let name = name(number);
            let key = folder.join(format!("{name}.key"));
            fs::write(&key, &name)?;
            Command::new("chmod").arg("600").arg(&key).status()?;
            let accepted = if number == BAD_KEY { "another" } else { &name };
            fs::write(folder.join(format!("{name}.accepted")), accepted)?;
            fs::write(folder.join(format!("{name}.faults")), faults(number))?;

            let mut serve = Command::new(program);
            serve.args(["serve", "--listen", "127.0.0.1:0"]).current_dir(&folder);
            serve.arg(format!("--segments={}", segments(number)));
            serve.arg(format!("--api-key-file={name}.accepted"));
            serve.arg(format!("--faults={name}.faults"));
            let server = Server::run(serve)?;

            let url = &server.url;
            writeln!(
                config,
                "[profile.{name}]\nbase_url = \"{url}\"\napi_key_file = \"{name}.key\""
            )?;
            servers.push(server);
        }
        fs::write(folder.join("config.toml"), config)?;
        Ok(Self { _servers: servers, config_home })
    }
}

/// The faults of a workspace, for `--faults`.
fn faults(number: u32) -> &'static str {
    match number {
        FAILING => r#"[{"page": 1, "times": 5, "kind": {"status": {"code": 503}}}]"#,
        RATE_LIMITED => r#"[{"page": 1, "kind": {"rate_limited": {"reset_in": 900}}}]"#,
        PAUSED => r#"[{"page": 1, "kind": {"rate_limited": {"reset_in": 1}}}]"#,
        KILLED => r#"[{"times": 20, "delay_ms": 1500, "kind": "ordinary"}]"#,
        _ => "[]",
    }
}
