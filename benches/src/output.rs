//! Segments into bytes: the formats of the program, and the usual ways beside them.

use std::io::{self, Write};

use segments_cli::output::{Cells, csv, ndjson};
use segments_core::Segment;

use crate::decode::OwnedSegment;

/// NDJSON as the program writes it.
pub fn ndjson(segments: &[Segment], out: &mut impl Write) -> io::Result<()> {
    ndjson::write(segments, out)
}

const CELLS: Cells = Cells { delimiter: b',', bom: false, raw: false, header: true, crlf: false };

/// The header of CSV as the program writes it.
pub fn csv_header(out: &mut impl Write) -> io::Result<()> {
    csv::write_header(CELLS, out)
}

/// CSV as the program writes it, behind the header.
pub fn csv(segments: &[Segment], out: &mut impl Write) -> io::Result<()> {
    csv::write(segments, CELLS, out).map(drop)
}

/// NDJSON as `serde_json` writes structs of strings.
pub fn serde_ndjson(segments: &[OwnedSegment], out: &mut impl Write) -> io::Result<()> {
    for segment in segments {
        serde_json::to_writer(&mut *out, segment)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// CSV as the crate writes the same text; the tags are a text already.
pub fn plain_csv(rows: &[[String; 4]], out: &mut impl Write) -> io::Result<()> {
    let mut writer = ::csv::Writer::from_writer(out);
    for row in rows {
        writer.write_record(row)?;
    }
    writer.flush()
}

/// The cells of [`plain_csv`].
pub fn cells(segments: &[Segment]) -> Vec<[String; 4]> {
    let row = |segment: &Segment| {
        let tags: Vec<_> = segment.tags().collect();
        let tags = serde_json::to_string(&tags).expect("strings always serialise");
        let tracked = segment.analytics_tracking_enabled().to_string();
        [segment.id().to_owned(), segment.name().to_owned(), tracked, tags]
    };
    segments.iter().map(row).collect()
}
