//! Programs of other people and ours, installed, each with the command that prints its list.

use std::path::PathBuf;

use xshell::{Shell, cmd};

use crate::python::Environment;
use crate::scripts::copy_scripts;
use crate::server::target_directory;
use crate::step::{Steps, works};

const BRAZE_API: &str = "braze-api@2.13.4";
const DLT: &str = "dlt==1.31.0";
const AIRBYTE: &str = "airbyte-cdk==7.39.1";
const MCP_SERVER: &str = "braze-mcp-server==1.2.0";

/// What the MCP server works with.
const MCP: &str = "mcp[cli]<2";

/// Of which the MCP server needs one.
const PYTHONS: [&str; 3] = ["python3", "python3.13", "python3.12"];

/// Under the target directory; what is installed stays there for the next time.
const FOLDER: &str = "target/clients";

/// What drives the programs of other people.
const SCRIPTS: &str = "xtask/clients";

/// Where the programs are.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    /// `segments`, which also judges the others.
    pub(crate) segments: PathBuf,
}

/// A program that prints the ids of the whole list.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) command: [PathBuf; 2],
}

impl Place {
    /// Builds ours, and makes the folder with the scripts in it.
    pub(crate) fn prepare(sh: &Shell, steps: &mut Steps) -> Option<Self> {
        let segments = target_directory(sh).join("debug/segments");
        let place = Self { folder: sh.current_dir().join(FOLDER), segments };

        let ready = steps.check("a folder of our own", || copy_scripts(sh, SCRIPTS, &place.folder))
            && steps.run(cmd!(sh, "cargo build --locked --package segments-cli"));
        ready.then_some(place)
    }

    /// Ours, and what can be installed of the others.
    pub(crate) fn programs(&self, sh: &Shell, steps: &mut Steps) -> Vec<Program> {
        let ours = Program { name: "segments", command: [self.segments.clone(), "export".into()] };

        let others = [
            braze_api(sh, steps),
            self.python(sh, steps, "python3", DLT, &[], "dlt_source.py"),
            self.python(sh, steps, "python3", AIRBYTE, &[], "airbyte.py"),
            self.mcp_server(sh, steps),
        ];
        std::iter::once(ours).chain(others.into_iter().flatten()).collect()
    }

    fn mcp_server(&self, sh: &Shell, steps: &mut Steps) -> Option<Program> {
        let new_enough = "import sys; sys.exit(sys.version_info < (3, 12))";
        let python = PYTHONS.iter().find(|python| works(cmd!(sh, "{python} -c {new_enough}")));
        if python.is_none() {
            steps.skip(MCP_SERVER, "needs Python 3.12");
        }
        self.python(sh, steps, python?, MCP_SERVER, &[MCP], "mcp_client.py")
    }

    /// Installs a Python package in an environment of its own.
    fn python(
        &self,
        sh: &Shell,
        steps: &mut Steps,
        python: &str,
        package: &'static str,
        more: &[&str],
        script: &str,
    ) -> Option<Program> {
        let name = package.split('=').next().unwrap_or(package);
        let environment = Environment::prepare(sh, steps, python, &self.folder.join(name))?;
        let packages: Vec<_> = std::iter::once(package).chain(more.iter().copied()).collect();

        let command = [environment.program("python"), script.into()];
        let ready = environment.install(sh, steps, &packages);
        ready.then_some(Program { name: package, command })
    }
}

/// Installs braze-api with npm.
fn braze_api(sh: &Shell, steps: &mut Steps) -> Option<Program> {
    let installed =
        steps.run(cmd!(sh, "npm install --no-audit --no-fund --prefix {FOLDER} {BRAZE_API}"));
    let command = ["node", "braze-api.mjs"].map(PathBuf::from);
    installed.then_some(Program { name: BRAZE_API, command })
}
