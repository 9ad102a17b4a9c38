use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::panic::resume_unwind;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::case::Case;
use crate::child;
use crate::finding::Finding;
use crate::situation::Situation;

/// A client and the cases that it is run through.
///
/// The command is started once for each case, without a shell, with `BRAZE_BASE_URL` and
/// `BRAZE_API_KEY` in its environment. It prints the ids of the list to standard output: one a
/// line, NDJSON or a JSON array of objects with `id`, or CSV with a column `id`.
///
/// ```no_run
/// use segments_conformance::Suite;
///
/// for finding in Suite::new("./my-client").arg("list").run_blocking()? {
///     assert!(finding.is_right(), "{finding:?}");
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Suite {
    command: Vec<OsString>,
    cases: Vec<Case>,
    timeout: Duration,
    jobs: usize,
}

impl Suite {
    /// After how long a command is taken to hang.
    pub const TIMEOUT: Duration = Duration::from_secs(60);

    /// How many cases run at a time.
    pub const JOBS: usize = 4;

    /// All cases for this program.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            command: vec![program.into()],
            cases: Case::all(),
            timeout: Self::TIMEOUT,
            jobs: Self::JOBS,
        }
    }

    /// Adds an argument of the program.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.command.push(argument.into());
        self
    }

    /// Runs these cases only.
    #[must_use]
    pub fn cases(self, cases: impl IntoIterator<Item = Case>) -> Self {
        Self { cases: cases.into_iter().collect(), ..self }
    }

    /// Kills a command after this time, and takes it to hang. Default: [`Suite::TIMEOUT`].
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Runs so many cases at a time, at least one. Default: [`Suite::JOBS`].
    #[must_use]
    pub fn jobs(self, jobs: usize) -> Self {
        Self { jobs: jobs.max(1), ..self }
    }

    /// Runs the cases in the current tokio runtime, and reports each in order. Dropping the future
    /// or the runtime kills the commands, on Unix with all processes of their group.
    ///
    /// # Errors
    /// If a command or a server cannot be started.
    pub async fn run(&self, mut report: impl FnMut(&Finding)) -> io::Result<Vec<Finding>> {
        let mut waiting = self.cases.iter().enumerate();
        let mut running = JoinSet::new();
        let mut ahead = BTreeMap::new();
        let mut findings = Vec::new();

        loop {
            for (place, case) in waiting.by_ref().take(self.jobs - running.len()) {
                let (command, case, timeout) = (self.command.clone(), *case, self.timeout);
                running.spawn(async move { (place, run_case(case, &command, timeout).await) });
            }

            let Some(ended) = running.join_next().await else { return Ok(findings) };
            let (place, finding) =
                ended.unwrap_or_else(|panicked| resume_unwind(panicked.into_panic()));
            ahead.insert(place, finding?);

            while let Some(finding) = ahead.remove(&findings.len()) {
                report(&finding);
                findings.push(finding);
            }
        }
    }

    /// Runs the cases in a runtime of their own.
    ///
    /// # Errors
    /// As [`Suite::run`].
    ///
    /// # Panics
    /// Within a tokio runtime, which must not block.
    pub fn run_blocking(&self) -> io::Result<Vec<Finding>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.run(|_| {}))
    }
}

async fn run_case(case: Case, command: &[OsString], timeout: Duration) -> io::Result<Finding> {
    let situation = Situation::start(case).await?;
    let url = situation.url();
    let variables = [("BRAZE_BASE_URL", url.as_str()), ("BRAZE_API_KEY", &situation.key)];

    let ended = child::run(command, variables, timeout).await?;
    Ok(Finding::of(case, &situation.key, &situation.facts(), &ended))
}
