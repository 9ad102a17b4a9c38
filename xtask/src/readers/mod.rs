//! `cargo xtask readers`: what other programs read of a file is what was exported.
//!
//! Needs Python 3, jq, bash and the network, so CI does not run it. `docs/readers.md` has the examples
//! that are run, and the last result.

mod console;
mod lists;

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use xshell::{Shell, cmd};

use crate::python::Environment;
use crate::server::target_directory;
use crate::step::Steps;

const PACKAGES: [&str; 7] = [
    "check-jsonschema==0.39.0",
    "duckdb-cli==1.5.6",
    "duckdb==2.0.0",
    "pandas==3.1.1",
    "polars==2.1.0",
    "pyarrow==26.0.1", // with which pandas reads Parquet
    "sqlite-utils==4.2.1",
];

const EXAMPLES: &str = "docs/readers.md";

pub(crate) fn run(sh: &Shell, steps: &mut Steps) {
    let root = sh.current_dir();
    let folder = root.join("target/readers");
    let Some(environment) = Environment::prepare(sh, steps, "python3", &folder.join("python"))
    else {
        return;
    };
    let ready = environment.install(sh, steps, &PACKAGES)
        && steps.run(cmd!(sh, "cargo build --locked --package segments-cli"));
    if !ready {
        return;
    }

    let programs = target_directory(sh).join("debug");
    let python = environment.program("python");
    steps.check("each field of each list is read as it was, and fits the schema", || {
        for list in lists::all(&root.join("xtask/readers/lists.json"))? {
            let folder = folder.join(&list.name);
            let segments = programs.join("segments");
            list.export(&segments, &folder)?;

            read_back(sh, &python, &root, &folder).with_context(|| list.name.clone())?;
            let validator = environment.program("check-jsonschema");
            validate(sh, &segments, &validator, &folder).with_context(|| list.name.clone())?;
        }
        Ok(())
    });
    steps.check("the lines for a shell print what the document says", || {
        console::run(&root.join(EXAMPLES), &folder.join("console"), &[programs, environment.bin])
    });
}

fn read_back(sh: &Shell, python: &Path, root: &Path, folder: &Path) -> Result<()> {
    let (script, examples) = (root.join("xtask/readers/read_back.py"), root.join(EXAMPLES));
    println!("\n{}", folder.display());

    let _folder = sh.push_dir(folder);
    Ok(cmd!(sh, "{python} {script} {examples} list.json").quiet().run()?)
}

/// The rows, as a JSON array, fit the schema that the program prints.
fn validate(sh: &Shell, segments: &Path, validator: &Path, folder: &Path) -> Result<()> {
    let row: Value = serde_json::from_str(&cmd!(sh, "{segments} schema").quiet().read()?)?;
    let rows = json!({ "type": "array", "items": row });

    let (schema, list) = (folder.join("rows.json"), folder.join("segments.json"));
    sh.write_file(&schema, rows.to_string())?;
    Ok(cmd!(sh, "{validator} --schemafile {schema} {list}").quiet().run()?)
}
