//! Lists with names that readers get wrong.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};

use crate::server::Server;

const KEY: &str = "key-of-the-emulator";

/// A list, as the endpoint serves it.
#[derive(Debug)]
pub(super) struct List {
    pub(super) name: String,
    segments: Vec<Value>,
}

/// Those of a file, which has names and tags only.
pub(super) fn all(path: &Path) -> Result<Vec<List>> {
    let lists: Map<String, Value> = serde_json::from_str(&fs::read_to_string(path)?)?;

    let list = |(name, rows): (String, Value)| {
        let rows = rows.as_array().context("a list is an array")?;
        let segments = rows.iter().zip(0..).map(|(row, number)| segment(row, number)).collect();
        Ok(List { name, segments })
    };
    lists.into_iter().map(list).collect()
}

fn segment(row: &Value, number: u32) -> Value {
    json!({
        "id": format!("{number:08x}-0000-4000-8000-000000000000"),
        "name": row["name"],
        "analytics_tracking_enabled": number % 2 == 0,
        "tags": row["tags"],
    })
}

impl List {
    /// Serves the list, and exports it into a new folder.
    pub(super) fn export(&self, program: &Path, folder: &Path) -> Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        fs::write(folder.join("list.json"), serde_json::to_vec(&self.segments)?)?;
        fs::write(folder.join("key"), KEY)?;

        let mut serve = Command::new(program);
        serve.args(["serve", "--listen", "127.0.0.1:0", "--load", "list.json"]);
        serve.args(["--api-key-file", "key"]).current_dir(folder);
        let server = Server::run(serve)?;

        let outputs: [&[&str]; 3] =
            [&["segments.ndjson"], &["segments.json"], &["segments.csv", "--csv-raw"]];
        for output in outputs {
            let mut export = Command::new(program);
            export.args(["export", "--quiet", "--base-url", &server.url, "--output"]).args(output);
            export.current_dir(folder).env("BRAZE_API_KEY", KEY);
            ensure!(export.status()?.success(), "{}: not exported", self.name);
        }
        Ok(())
    }
}
