//! The test binaries of the workspace.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Well,
    Failed,
}

/// One test binary, and the package that it is of.
#[derive(Debug)]
pub(crate) struct Suite {
    executable: PathBuf,
    package: PathBuf,
}

impl Suite {
    /// Builds all of them.
    pub(crate) fn all(root: &Path) -> Result<Vec<Self>, String> {
        let mut cargo = Command::new("cargo");
        cargo.args(["test", "--workspace", "--no-run", "--message-format=json", "--quiet"]);
        cargo.current_dir(root).stderr(Stdio::inherit());
        let output = cargo.output().map_err(|error| format!("cargo: {error}"))?;
        if !output.status.success() {
            return Err("the tests do not build".to_owned());
        }
        let lines = String::from_utf8_lossy(&output.stdout);
        Ok(lines.lines().filter_map(Self::of_message).collect())
    }

    /// The binary that a message of cargo is about, if it holds tests.
    fn of_message(line: &str) -> Option<Self> {
        let (_, profile) = line.split_once("\"profile\":{")?;
        let (profile, _) = profile.split_once('}')?;
        let executable = PathBuf::from(text(line, "executable")?);
        let manifest = PathBuf::from(text(line, "manifest_path")?);
        let package = manifest.parent()?.to_owned();
        profile.contains("\"test\":true").then_some(Self { executable, package })
    }

    /// The name of the package's directory.
    pub(crate) fn package(&self) -> &str {
        self.package.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Which layer a test of this binary is about.
    pub(crate) fn layer(&self, test: &str) -> Option<&'static str> {
        match self.package() {
            "segments-core" => Some("core"),
            "segments-hyper" => Some("hyper"),
            "segments-blocking" => Some("blocking"),
            "segments-cli" => Some("program"),
            "segments-emulator" => Some("emulator"),
            "tests" => {
                super::LAYERS.into_iter().find(|layer| test.split("::").any(|m| m == *layer))
            }
            _ => None,
        }
    }

    /// The names of its tests, without those that only run when asked for.
    pub(crate) fn list(&self) -> Result<Vec<String>, String> {
        let names = |ignored: &[&str]| -> Result<Vec<String>, String> {
            let (_, output) = self.start(&[&["--list", "--format=terse"], ignored].concat())?;
            let names = output.lines().filter_map(|line| line.strip_suffix(": test"));
            Ok(names.map(str::to_owned).collect())
        };
        let ignored = names(&["--ignored"])?;
        Ok(names(&[])?.into_iter().filter(|name| !ignored.contains(name)).collect())
    }

    /// Runs these of its tests.
    pub(crate) fn run(&self, names: &[String]) -> Result<Vec<(String, Ended)>, String> {
        let mut arguments = vec!["--exact"];
        arguments.extend(names.iter().map(String::as_str));
        let (well, output) = self.start(&arguments)?;
        if !well {
            println!("{output}");
        }
        Ok(names.iter().map(|name| (name.clone(), ended(&output, name))).collect())
    }

    fn start(&self, arguments: &[&str]) -> Result<(bool, String), String> {
        let mut command = Command::new(&self.executable);
        // As cargo starts it.
        command.args(arguments).current_dir(&self.package).stdin(Stdio::null());
        command.env("CARGO_MANIFEST_DIR", &self.package);
        let output =
            command.output().map_err(|error| format!("{}: {error}", self.executable.display()))?;
        Ok((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
    }
}

/// What became of a test; one of which nothing is said did not come to its end.
fn ended(output: &str, name: &str) -> Ended {
    let line = format!("test {name} ... ok");
    let panics = format!("test {name} - should panic ... ok");
    let well = output.lines().any(|said| said == line || said == panics);
    if well { Ended::Well } else { Ended::Failed }
}

/// The text of this name in a message; paths with quotes or backslashes are none of ours.
fn text<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!("\"{name}\":\""))?;
    rest.split_once('"').map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_about_tests_names_binary_and_package() {
        let line = |profile: &str, executable: &str| {
            format!(
                "{{\"manifest_path\":\"/w/crates/segments-core/Cargo.toml\",\"target\":\
                 {{\"test\":true}},\"profile\":{{\"test\":{profile}}},\"executable\":{executable}}}"
            )
        };
        let suite = Suite::of_message(&line("true", "\"/w/target/walk-1\"")).unwrap();
        assert_eq!(suite.executable, Path::new("/w/target/walk-1"));
        assert_eq!((suite.package(), suite.layer("h1_x")), ("segments-core", Some("core")));
        assert!(Suite::of_message(&line("false", "\"/w/target/segments\"")).is_none());
        assert!(Suite::of_message(&line("true", "null")).is_none());
        let tests = Suite { package: "/w/tests".into(), ..suite };
        assert_eq!(tests.layer("faults::hyper::h1_x"), Some("hyper"));
        assert_eq!(tests.layer("faults::h1_x"), None);
    }

    #[test]
    fn a_test_of_which_nothing_is_said_has_failed() {
        let output = "test a ... ok\ntest b ... FAILED\n";
        assert_eq!(ended(output, "a"), Ended::Well);
        assert_eq!(ended(output, "b"), Ended::Failed);
        assert_eq!(ended(output, "c"), Ended::Failed);
    }
}
