//! `cargo xtask clients`: programs of other people against `segments serve`, and ours beside them.
//!
//! Needs npm, Python 3 and the network, so CI does not run it. What came out last stands in
//! `docs/clients.md`.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::step::Steps;

const BRAZE_API: &str = "braze-api@2.13.4";
const DLT: &str = "dlt==1.31.0";

/// What the emulator is told, and what a right answer is.
const SCENARIOS: [Scenario; 11] = [
    Scenario::new("nothing goes wrong", 250, "[]"),
    Scenario::new("the last page is full", 200, "[]"),
    Scenario::new("no segments", 0, "[]"),
    Scenario::new("page 1: 503 once", 250, r#"[{"page":1,"kind":{"status":{"code":503}}}]"#),
    Scenario::new(
        "page 1: 429, resets in 3 s",
        250,
        r#"[{"page":1,"kind":{"rate_limited":{"reset_in":3}}}]"#,
    ),
    Scenario::new("page 1: cut after 1000 bytes, once", 250, r#"[{"page":1,"kind":{"cut":1000}}]"#),
    Scenario::new(
        "page 1: HTML with 200, always",
        250,
        r#"[{"page":1,"times":null,"kind":"html"}]"#,
    ),
    Scenario::new(
        "page 1: no key `segments`, once",
        250,
        r#"[{"page":1,"kind":"missing_segments"}]"#,
    ),
    Scenario::new(
        "page 1: empty, once",
        250,
        r#"[{"page":1,"kind":{"body":"{\"segments\":[],\"message\":\"success\"}"}}]"#,
    ),
    Scenario::new(
        "page 1: another `message` and no segments",
        250,
        r#"[{"page":1,"times":null,"kind":{"body":"{\"segments\":[],\"message\":\"Internal error\"}"}}]"#,
    ),
    Scenario::new("`page` is ignored", 250, r#"[{"times":null,"kind":"ignore_page"}]"#),
];

/// After this a program is taken to have no end.
const PATIENCE: Duration = Duration::from_secs(40);

struct Scenario {
    name: &'static str,
    segments: usize,
    faults: &'static str,
}

impl Scenario {
    const fn new(name: &'static str, segments: usize, faults: &'static str) -> Self {
        Self { name, segments, faults }
    }
}

/// A program under test.
struct Client {
    name: String,
    program: PathBuf,
    arguments: &'static [&'static str],
    /// Ours must be right or fail; of others it is only noted.
    ours: bool,
}

pub(crate) fn run(root: &Path) -> bool {
    let mut steps = Steps::new(root);
    let folder = root.join("target/clients");
    let python = folder.join("venv/bin/python");
    let ready = steps.check("a folder of our own", || prepare(root, &folder))
        && steps.run("cargo build --package segments-cli")
        && steps
            .run(&format!("npm install --no-audit --no-fund --prefix target/clients {BRAZE_API}"))
        && (python.exists() || steps.run("python3 -m venv target/clients/venv"))
        && steps.run(&format!("{} -m pip install --quiet {DLT}", python.display()));
    if ready {
        let segments = target_directory(root).join("debug/segments");
        let clients = [
            Client {
                name: "segments, hyper".into(),
                program: segments.clone(),
                arguments: &["export"],
                ours: true,
            },
            Client {
                name: "segments, blocking".into(),
                program: segments.clone(),
                arguments: &["export", "--transport", "blocking"],
                ours: true,
            },
            Client {
                name: BRAZE_API.into(),
                program: "node".into(),
                arguments: &["braze-api.mjs"],
                ours: false,
            },
            Client {
                name: DLT.into(),
                program: python,
                arguments: &["dlt_source.py"],
                ours: false,
            },
        ];
        steps.check("scenarios", || compare(&folder, &segments, &clients));
    }
    steps.finish()
}

fn prepare(root: &Path, folder: &Path) -> Result<(), Vec<String>> {
    let copy = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for script in ["braze-api.mjs", "dlt_source.py"] {
            fs::copy(root.join("xtask/clients").join(script), folder.join(script))?;
        }
        fs::write(folder.join("key"), "a-key-of-the-emulator\n")?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(folder.join("key"), fs::Permissions::from_mode(0o600))?;
        }
        Ok(())
    };
    copy().map_err(|error| vec![error.to_string()])
}

fn target_directory(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// Prints a table, and complains where ours is silently wrong, or another fails without a fault.
fn compare(folder: &Path, segments: &Path, clients: &[Client]) -> Result<(), Vec<String>> {
    let mut complaints = Vec::new();
    let names: Vec<_> = clients.iter().map(|client| client.name.as_str()).collect();
    println!("| | {} |\n|---|{}", names.join(" | "), "---|".repeat(clients.len()));
    for scenario in SCENARIOS {
        let mut cells = Vec::new();
        for client in clients {
            let seen = observe(folder, segments, client, &scenario)
                .map_err(|error| vec![format!("{}: {error}", client.name)])?;
            let right = seen.is(scenario.segments);
            let fair = right || client.ours && seen.failed_with_nothing();
            if !fair && (client.ours || scenario.faults == "[]") {
                complaints.push(format!("{}: {}: {}", client.name, scenario.name, seen.words()));
            }
            cells.push(if right || seen.failed() {
                seen.words()
            } else {
                format!("**{}**", seen.words())
            });
        }
        println!("| {} | {} |", scenario.name, cells.join(" | "));
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

/// How a program ended, and what it had.
struct Seen {
    status: Option<ExitStatus>,
    counts: Option<(usize, usize)>,
}

impl Seen {
    fn is(&self, segments: usize) -> bool {
        self.succeeded() && self.counts == Some((segments, segments))
    }

    fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    fn failed(&self) -> bool {
        self.status.is_some_and(|status| !status.success())
    }

    fn failed_with_nothing(&self) -> bool {
        self.failed() && self.counts.is_none_or(|(rows, _)| rows == 0)
    }

    fn words(&self) -> String {
        let rows = match self.counts {
            None => "no result".to_owned(),
            Some((rows, distinct)) if rows == distinct => format!("{rows}"),
            Some((rows, distinct)) => format!("{rows}, {distinct} distinct"),
        };
        match self.status {
            None => format!("no end in {} s", PATIENCE.as_secs()),
            Some(status) if status.success() => format!("{rows}, exit 0"),
            Some(status) => format!("error, exit {}", status.code().unwrap_or(-1)),
        }
    }
}

fn observe(
    folder: &Path,
    segments: &Path,
    client: &Client,
    scenario: &Scenario,
) -> io::Result<Seen> {
    let (faults, output) = (folder.join("faults.json"), folder.join("output"));
    fs::write(&faults, scenario.faults)?;
    let mut server = Server::start(folder, segments, scenario.segments, &faults)?;
    let url = server.url()?;
    let mut program = Command::new(&client.program)
        .args(client.arguments)
        .current_dir(folder)
        .env("BRAZE_BASE_URL", url)
        .env("BRAZE_API_KEY", "a-key-of-the-emulator")
        .stdin(Stdio::null())
        .stdout(File::create(&output)?)
        .stderr(File::create(folder.join("errors"))?)
        .spawn()?;
    let status = wait(&mut program)?;
    let output = fs::read_to_string(output)?;
    Ok(Seen { status, counts: if client.ours { Some(lines(&output)) } else { stated(&output) } })
}

fn wait(program: &mut Child) -> io::Result<Option<ExitStatus>> {
    #[allow(clippy::disallowed_methods)]
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(status) = program.try_wait()? {
            return Ok(Some(status));
        }
        sleep(Duration::from_millis(20));
    }
    program.kill()?;
    program.wait()?;
    Ok(None)
}

/// Rows of NDJSON.
fn lines(output: &str) -> (usize, usize) {
    let distinct: HashSet<_> = output.lines().collect();
    (output.lines().count(), distinct.len())
}

/// `rows 250 distinct 250`, in the last line.
fn stated(output: &str) -> Option<(usize, usize)> {
    let words: Vec<_> = output.lines().last()?.split(' ').collect();
    match words[..] {
        ["rows", rows, "distinct", distinct] => Some((rows.parse().ok()?, distinct.parse().ok()?)),
        _ => None,
    }
}

/// A running `segments serve`, stopped when dropped.
struct Server(Child);

impl Server {
    fn start(folder: &Path, segments: &Path, count: usize, faults: &Path) -> io::Result<Self> {
        let mut command = Command::new(segments);
        command.args(["serve", "--listen", "127.0.0.1:0", "--segments", &count.to_string()]);
        command.arg("--api-key-file").arg(folder.join("key")).arg("--faults").arg(faults);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map(Self)
    }

    /// The base URL, which is its first line.
    fn url(&mut self) -> io::Result<String> {
        let output = self.0.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
