//! Emulated workspaces, each with a list and a key of its own, which are edited while they are read.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::process::{curl, post};
use crate::server::Server;

const WORKSPACES: usize = 20;

/// Every key begins with it.
const KEY: &str = "key-of-";

/// Every page takes a while, page 1 fails once, and page 2 is rate limited once.
const FAULTS: &str = r#"[
    {"page": 1, "kind": {"status": {"code": 503}}},
    {"page": 2, "kind": {"rate_limited": {"reset_in": 1}}},
    {"kind": "ordinary", "delay_ms": 150, "times": null}
]"#;

#[derive(Debug)]
pub(super) struct Fleet {
    workspaces: Vec<Workspace>,
    /// A file for each, with its URL and its key.
    pub(super) folder: PathBuf,
}

#[derive(Debug)]
struct Workspace {
    name: String,
    server: Server,
    /// Ids that are listed all the time.
    stable: HashSet<String>,
    /// Ids that are listed at some time.
    listed: HashSet<String>,
    /// Archived before anything is read.
    archived: String,
}

impl Fleet {
    /// Serves lists of 157 to 860 segments.
    pub(super) fn start(segments: &Path, folder: &Path) -> Result<Self> {
        let (keys, files) = (folder.join("keys"), folder.join("workspaces"));
        fs::create_dir_all(&keys)?;
        fs::create_dir_all(&files)?;
        let faults = folder.join("faults.json");
        fs::write(&faults, FAULTS)?;

        let start = |number: usize| {
            let name = format!("workspace-{number:02}");
            let key = format!("{KEY}{name}");
            fs::write(keys.join(&name), &key)?;
            let mut command = Command::new(segments);
            command.args(["serve", "--listen", "127.0.0.1:0", "--segments"]);
            command.arg((157 + 37 * number).to_string());
            command.arg("--api-key-file").arg(keys.join(&name)).arg("--faults").arg(&faults);
            let server = Server::run(command)?;
            fs::write(files.join(&name), format!("{}\n{key}\n", server.url))?;
            Workspace::new(name, server)
        };
        let workspaces = (0..WORKSPACES).map(start).collect::<Result<_>>()?;
        Ok(Self { workspaces, folder: files })
    }

    /// The name of each, and a line of JSON with it and with `run`.
    pub(super) fn jobs(&self, run: &str) -> Vec<(String, String)> {
        let job = |workspace: &Workspace| {
            let job = json!({ "run": run, "name": workspace.name });
            (workspace.name.clone(), job.to_string())
        };
        self.workspaces.iter().map(job).collect()
    }

    /// In every list: archives an old segment, restores one and creates one.
    pub(super) fn edit(&mut self) -> Result<()> {
        self.workspaces.iter_mut().try_for_each(Workspace::edit)
    }

    /// How many requests have come.
    pub(super) fn requests(&self) -> Result<u64> {
        let mut requests = 0;
        for workspace in &self.workspaces {
            requests += workspace.admin("log")?["total"].as_u64().context("no total")?;
        }
        Ok(requests)
    }

    /// Each workspace has one result: a list that is proven complete, and is.
    pub(super) fn judge(&self, results: &[Value]) -> Result<()> {
        ensure!(results.len() == WORKSPACES, "{} results", results.len());
        for workspace in &self.workspaces {
            let Workspace { name, stable, listed, .. } = workspace;
            let mut own = results.iter().filter(|result| result["name"] == **name);
            let result = own.next().with_context(|| format!("{name}: no result"))?;
            ensure!(own.next().is_none(), "{name}: two results");

            let claim = &result["report"]["completeness"];
            ensure!(claim == "complete", "{name}: {claim}, {}", result["error"]);
            let ids = ids(result["segments"].as_array().context("no list")?);
            ensure!(stable.is_subset(&ids), "{name}: a segment is missing");
            ensure!(ids.is_subset(listed), "{name}: a segment was never listed");
        }
        Ok(())
    }
}

/// No key is in what an engine has stored, as text or in hexadecimal digits.
pub(super) fn assert_keyless(stored: &[u8]) -> Result<()> {
    let holds = |text: &str| {
        let digits = text.bytes().fold(String::new(), |all, byte| all + &format!("{byte:02x}"));
        [text, &digits]
            .iter()
            .any(|form| stored.windows(form.len()).any(|window| window == form.as_bytes()))
    };
    ensure!(!holds(KEY), "a key was stored");
    ensure!(holds("workspace-00"), "nothing was stored, or it is not found");
    Ok(())
}

impl Workspace {
    fn new(name: String, server: Server) -> Result<Self> {
        let archived = String::new();
        let (stable, listed) = (HashSet::new(), HashSet::new());
        let mut workspace = Self { name, server, stable, listed, archived };

        workspace.archived = workspace.id(5)?;
        workspace.change("archive", &json!({ "id": workspace.archived }))?;
        workspace.listed = workspace.ids()?;
        workspace.stable.clone_from(&workspace.listed);
        Ok(workspace)
    }

    fn edit(&mut self) -> Result<()> {
        let archived = self.id(3)?;
        self.change("archive", &json!({ "id": archived }))?;
        self.stable.remove(&archived);

        self.change("restore", &json!({ "id": self.archived }))?;
        let created = json!({
            "id": "created", "name": "New", "analytics_tracking_enabled": true, "tags": [],
        });
        self.change("create", &created)?;
        self.listed.extend([self.archived.clone(), "created".to_owned()]);
        Ok(())
    }

    fn id(&self, number: usize) -> Result<String> {
        let segments = self.admin("segments")?;
        let id = segments["segments"][number]["id"].as_str();
        Ok(id.context("no such segment")?.to_owned())
    }

    /// The ids that are listed now.
    fn ids(&self) -> Result<HashSet<String>> {
        let mut segments = self.admin("segments")?;
        let segments = segments["segments"].as_array_mut().context("no segments")?;
        segments.retain(|segment| segment["archived"] == false);
        Ok(ids(segments))
    }

    fn admin(&self, route: &str) -> Result<Value> {
        Ok(serde_json::from_str(&curl(&[&self.url(route)])?)?)
    }

    fn change(&self, route: &str, body: &Value) -> Result<()> {
        post(&self.url(route), &body.to_string(), &[]).map(drop)
    }

    fn url(&self, route: &str) -> String {
        format!("{}/_emulator/{route}", self.server.url)
    }
}

fn ids(segments: &[Value]) -> HashSet<String> {
    segments.iter().filter_map(|segment| Some(segment["id"].as_str()?.to_owned())).collect()
}
