//! The example `restate`: two workers behind one address, one killed and replaced.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::fleet::{Fleet, assert_keyless};
use super::place::Place;
use super::process::{Process, curl, free_port, listening, post, until};

pub(super) fn run(place: &Place, server: &Path) -> Result<()> {
    let folder = place.folder.join("restate");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;

    let [ingress, admin, node, address] = [free_port()?, free_port()?, free_port()?, free_port()?];
    let mut command = Command::new(server);
    command.args(["--no-logo", "--base-dir"]).arg(folder.join("data"));
    command.env("RESTATE_BIND_IP", "127.0.0.1").env("RESTATE_LISTEN_MODE", "tcp");
    command.env("RESTATE_INGRESS__BIND_PORT", ingress.to_string());
    command.env("RESTATE_ADMIN__BIND_PORT", admin.to_string());
    command.env("RESTATE_BIND_PORT", node.to_string()).env("DO_NOT_TRACK", "1");
    let _server = Process::start(command.stderr(Stdio::null()))?;
    listening(admin)?;
    until(|| Ok(curl(&[&format!("http://127.0.0.1:{admin}/health")]).is_ok()))?;
    listening(ingress)?;

    let mut fleet = Fleet::start(&place.segments, &folder)?;
    let mut work = Command::new(place.worker("restate"));
    work.env("LISTEN", format!("127.0.0.1:{address}")).env("WORKSPACES", &fleet.folder);
    let mut workers = [Process::start(&mut work)?, Process::start(&mut work)?];
    listening(address)?;
    let deployment = json!({ "uri": format!("http://127.0.0.1:{address}") }).to_string();
    post(&format!("http://127.0.0.1:{admin}/deployments"), &deployment, &[])?;

    #[allow(clippy::disallowed_methods)]
    let started = Instant::now();
    let service = Service { ingress };
    let jobs = fleet.jobs("today");
    let invocations = jobs.iter().map(|job| service.send(job)).collect::<Result<Vec<_>>>()?;

    // The system decides which of the two gets a connection.
    until(|| Ok(workers.iter().map(begun).sum::<usize>() >= 20 && fleet.requests()? > 60))?;
    let [first, second] = &workers;
    let busier = usize::from(begun(second) > begun(first));
    workers[busier].kill()?;
    fleet.edit()?;
    let replacement = Process::start(&mut work)?;

    let results = jobs.iter().zip(&invocations).map(|((name, _), id)| service.result(name, id));
    let results = results.collect::<Result<Vec<_>>>()?;
    let took = started.elapsed();
    fleet.judge(&results)?;
    let url = format!("http://127.0.0.1:{admin}/query");
    let query = json!({ "query": "SELECT raw FROM sys_journal" }).to_string();
    assert_keyless(post(&url, &query, &["--header", "accept: application/json"])?.as_bytes())?;

    // Sent again, as a scheduler may do, they are the same invocations.
    for (job, invocation) in jobs.iter().zip(&invocations) {
        ensure!(service.send(job)? == *invocation, "another invocation of {}", job.0);
    }
    let after = begun(&workers[1 - busier]) + begun(&replacement);
    println!(
        "{} of 20 proven complete in {:.1} s, {} requests; the killed worker had begun {}, the others began or replayed {after}",
        results.len(),
        took.as_secs_f64(),
        fleet.requests()?,
        begun(&workers[busier]),
    );
    Ok(())
}

fn begun(worker: &Process) -> usize {
    worker.count(": begun")
}

/// The service of the example, as Restate serves it.
struct Service {
    ingress: u16,
}

impl Service {
    /// Sends a job, once however often it is sent, and gives its invocation.
    fn send(&self, (name, job): &(String, String)) -> Result<String> {
        let url = format!("http://127.0.0.1:{}/Exports/export/send", self.ingress);
        let once = format!("idempotency-key: today.{name}");
        let answer: Value = serde_json::from_str(&post(&url, job, &["--header", &once])?)?;
        Ok(answer["invocationId"].as_str().context("no invocation")?.to_owned())
    }

    /// Waits for the result of an invocation.
    fn result(&self, name: &str, invocation: &str) -> Result<Value> {
        let url =
            format!("http://127.0.0.1:{}/restate/invocation/{invocation}/attach", self.ingress);
        let mut result: Value = serde_json::from_str(&curl(&[&url])?)?;
        result["name"] = name.into();
        Ok(result)
    }
}
