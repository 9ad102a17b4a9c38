//! Which format the output has, and the flags that belong to some formats only.

use std::io::{self, IsTerminal};
use std::path::Path;

use crate::args;
use crate::error::CommandError;
use crate::files::is_stdout;
use crate::output::{Cells, Field, Fields, Foreign, Format};

/// A format, and how its cells are written if it has cells.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) format: Format,
    pub(crate) fields: Fields,
    pub(crate) cells: Cells,
}

impl Layout {
    /// What the flags ask for: `--format`, or the name of the file, or what is usual at that place.
    ///
    /// Opens nothing, so that contradictory flags are refused first.
    pub(crate) fn new(args: &args::Output) -> Result<Self, CommandError> {
        if let Some(path) = &args.file {
            refuse_foreign(path, args.format)?;
        }

        let by_name = args.file.as_deref().and_then(Format::of_path);
        let to_stdout = args.file.as_deref().is_none_or(is_stdout);
        let on_terminal = to_stdout && io::stdout().is_terminal();
        let usual = if on_terminal { Format::Table } else { Format::Ndjson };
        Self::with(args.format.or(by_name).unwrap_or(usual), args)
    }

    /// The same in this format, whatever `--format` and the name of a file say.
    pub(crate) fn with(format: Format, args: &args::Output) -> Result<Self, CommandError> {
        refuse_without_effect(args, format)?;
        let fields = match format {
            Format::Ids => &[Field::Id][..],
            _ => &args.fields,
        };
        let fields = Fields::new(fields).map_err(|twice| {
            let message = format!("--fields has {} twice", twice.name());
            CommandError::usage(message, "Name each field once")
        })?;
        let cells = Cells {
            raw: args.csv_raw,
            delimiter: args.csv_delimiter.unwrap_or(Cells::default().delimiter),
            bom: args.csv_bom,
            header: !args.no_headers,
            crlf: args.crlf,
        };
        Ok(Self { format, fields, cells })
    }
}

/// Refuses a flag that the format has no use for.
fn refuse_without_effect(args: &args::Output, format: Format) -> Result<(), CommandError> {
    use Format::{Csv, Ids, Table, Tsv};

    let csv = "Add --format csv";
    for (is_given, flag, has_effect, advice) in [
        (args.csv_bom, "--csv-bom", format == Csv, csv),
        (args.csv_delimiter.is_some(), "--csv-delimiter", format == Csv, csv),
        (args.csv_raw, "--csv-raw", matches!(format, Csv | Tsv), "Add --format csv or tsv"),
        (args.crlf, "--crlf", matches!(format, Csv | Tsv), "Add --format csv or tsv"),
        (
            args.no_headers,
            "--no-headers",
            matches!(format, Csv | Tsv | Table),
            "Add --format csv, tsv or table",
        ),
        (!args.fields.is_empty(), "--fields", format != Ids, "Choose another --format"),
    ] {
        if is_given && !has_effect {
            let message = format!("{flag} has no effect on the format {}", format.name());
            return Err(CommandError::usage(message, format!("{advice}, or leave it out")));
        }
    }
    Ok(())
}

/// A name that promises another format would mislead everybody who opens the file.
fn refuse_foreign(path: &Path, format: Option<Format>) -> Result<(), CommandError> {
    let foreign = Foreign::of_path(path);
    let Some(foreign) = foreign.filter(|one| format.is_none() || !one.can_be_meant()) else {
        return Ok(());
    };
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let message = format!("--output {}: .{ending} is not a format of this program", path.display());
    Err(CommandError::usage(message, foreign.advice()))
}
