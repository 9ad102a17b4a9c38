//! Batches of segments, written in one format.

use std::io::{self, Write};

use segments_core::Segment;

use super::fields::{Field, Fields};
use super::format::{Cells, Format};
use super::table::Look;
use super::{csv, json, markdown, ndjson, table, tsv};

/// Writes batches of segments in one format.
#[derive(Debug)]
pub struct Writer {
    format: Format,
    cells: Cells,
    width: Option<usize>,
    is_coloured: bool,
    fields: Fields,
    /// Named first in every row of NDJSON.
    workspace: Option<String>,
    held: Vec<Segment>,
    segments: u64,
    guarded: u64,
}

impl Writer {
    /// `width` is the most columns of a table.
    pub fn new(format: Format, cells: Cells, width: Option<usize>) -> Self {
        Self {
            format,
            cells,
            width,
            is_coloured: false,
            fields: Fields::default(),
            workspace: None,
            held: Vec::new(),
            segments: 0,
            guarded: 0,
        }
    }

    /// With the colours of a terminal in a table.
    #[must_use]
    pub fn coloured(mut self, is_coloured: bool) -> Self {
        self.is_coloured = is_coloured;
        self
    }

    /// With these columns only.
    #[must_use]
    pub fn fields(mut self, fields: Fields) -> Self {
        self.fields = fields;
        self
    }

    /// Rows of NDJSON begin with the name of their workspace.
    #[must_use]
    pub fn workspace(mut self, name: &str) -> Self {
        self.workspace = Some(name.to_owned());
        self
    }

    /// Whether segments are held until all are there.
    pub fn holds(&self) -> bool {
        matches!(self.format, Format::Json | Format::Table)
    }

    /// Whether a row is an id and nothing else.
    pub fn shows_only_ids(&self) -> bool {
        self.fields.iter().all(|field| field == Field::Id)
    }

    /// Takes segments, and writes them at once if the format can be cut after any of them.
    pub fn write(&mut self, segments: Vec<Segment>, out: &mut impl Write) -> io::Result<()> {
        if segments.is_empty() {
            return Ok(());
        }
        if self.segments == 0 {
            self.begin(out)?;
        }
        self.segments += segments.len() as u64;

        match self.format {
            Format::Ndjson => match &self.workspace {
                Some(name) => ndjson::write_of_workspace(name, &segments, &self.fields, out),
                None => ndjson::write_fields(&segments, &self.fields, out),
            },
            Format::Csv => {
                self.guarded += csv::write_fields(&segments, &self.fields, self.cells, out)?;
                Ok(())
            }
            Format::Tsv => {
                self.guarded += tsv::write(&segments, &self.fields, self.cells, out)?;
                Ok(())
            }
            Format::Markdown => markdown::write(&segments, &self.fields, out),
            Format::Ids => tsv::write_ids(&segments, out),
            Format::Json | Format::Table => {
                self.held.extend(segments);
                Ok(())
            }
        }
    }

    /// Writes what comes before the first segment.
    fn begin(&self, out: &mut impl Write) -> io::Result<()> {
        match self.format {
            Format::Csv => csv::write_header_of(&self.fields, self.cells, out),
            Format::Tsv => tsv::write_header(&self.fields, self.cells, out),
            Format::Markdown => markdown::write_header(&self.fields, out),
            Format::Ndjson | Format::Ids | Format::Json | Format::Table => Ok(()),
        }
    }

    /// Writes what is only right when everything is there.
    pub fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.segments == 0 {
            self.begin(out)?;
        }
        match self.format {
            Format::Json => json::write(&self.held, &self.fields, out),
            Format::Table => {
                let look = Look { header: self.cells.header, coloured: self.is_coloured };
                table::write(&self.held, &self.fields, self.width, look, out)
            }
            Format::Ndjson | Format::Csv | Format::Tsv | Format::Markdown | Format::Ids => Ok(()),
        }
    }

    /// How many cells got a guard against being read as a formula.
    pub fn guarded(&self) -> u64 {
        self.guarded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(id: &str) -> Segment {
        Segment::new(id, "=1+1", true, [""; 0]).unwrap()
    }

    #[test]
    fn nothing_is_a_valid_output() {
        for (format, expected) in [
            (Format::Ndjson, ""),
            (Format::Json, "[]\n"),
            (Format::Csv, "id,name,analytics_tracking_enabled,tags\n"),
            (Format::Tsv, "id\tname\tanalytics_tracking_enabled\ttags\n"),
            (
                Format::Markdown,
                "| id | name | analytics_tracking_enabled | tags |\n| --- | --- | --- | --- |\n",
            ),
            (Format::Ids, ""),
        ] {
            let mut out = Vec::new();
            Writer::new(format, Cells::default(), None).finish(&mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn the_header_comes_once() {
        let mut writer = Writer::new(Format::Csv, Cells { bom: true, ..Cells::default() }, None);
        let mut out = Vec::new();
        for id in ["1", "2"] {
            writer.write(vec![segment(id)], &mut out).unwrap();
        }
        writer.finish(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("\u{feff}id,") && text.matches('\u{feff}').count() == 1);
        assert_eq!(text.matches("analytics_tracking_enabled").count(), 1);
        assert_eq!((text.lines().count(), writer.guarded()), (3, 2));
    }
}
