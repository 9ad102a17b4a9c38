//! What a walk through the page needs.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xshell::{Shell, cmd};

use super::devtools::Browser;
use crate::server::{Server, target_directory};

const KEY: &str = "a-key-of-the-emulator";

/// A server, a browser, and a folder for what they leave.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) browser: Browser,
    pub(super) server: Server,
    pub(super) folder: PathBuf,
    segments: PathBuf,
}

impl Stage {
    pub(super) fn set(sh: &Shell, program: &str) -> Result<Self> {
        let target = target_directory(sh);
        let folder = target.join("browser");
        let profile = folder.join("profile");
        sh.remove_path(&profile)?;
        sh.create_dir(&folder)?;
        sh.write_file(folder.join("key"), KEY)?;
        sh.write_file(
            folder.join("faults.json"),
            r#"[{"page":7,"kind":{"status":{"code":503}}}]"#,
        )?;

        // A name that leads to this machine, as that of an attacker may.
        let mut options = vec!["--host-resolver-rules=MAP attacker.example 127.0.0.1".to_owned()];
        // Chromium has no sandbox for root. It opens nothing but our page.
        if cmd!(sh, "id -u").quiet().read()? == "0" {
            options.push("--no-sandbox".to_owned());
        }

        let segments = target.join("debug/segments");
        let server = serve(&segments, &folder)?;
        let browser = Browser::start(program, &profile, &options)?;
        Ok(Self { browser, server, folder, segments })
    }

    /// The listed segments, as the admin routes give them to a client that is no browser.
    pub(super) fn listed(&self) -> Result<Vec<Value>> {
        let mut stream = TcpStream::connect(self.server.url.trim_start_matches("http://"))?;
        let head =
            "GET /_emulator/segments HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(head.as_bytes())?;
        let mut response = String::new();
        stream.read_to_string(&mut response)?;

        let (_, body) = response.split_once("\r\n\r\n").context("no response")?;
        let mut all: Value = serde_json::from_str(body)?;
        let rows = all["segments"].as_array_mut().context("no segments")?;
        Ok(rows.drain(..).filter(|row| row["archived"] == false).collect())
    }

    /// The ids that a command of the program prints.
    pub(super) fn ids(&self, arguments: &[&str]) -> Result<Vec<String>> {
        let mut command = Command::new(&self.segments);
        command.args(arguments).args(["--base-url", &self.server.url, "--format", "ndjson"]);
        command.env("BRAZE_API_KEY", KEY).stderr(Stdio::inherit());

        let output = command.output()?;
        ensure!(output.status.success(), "{arguments:?}: {}", output.status);
        let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let id = |line| {
            let row: Value = serde_json::from_slice(line)?;
            Ok(row["id"].as_str().context("no id")?.to_owned())
        };
        lines.map(id).collect()
    }
}

fn serve(segments: &Path, folder: &Path) -> Result<Server> {
    let mut command = Command::new(segments);
    command.args(["serve", "--listen", "127.0.0.1:0", "--segments", "250"]);
    command.arg("--api-key-file").arg(folder.join("key"));
    command.arg("--faults").arg(folder.join("faults.json"));
    Server::run(command)
}
