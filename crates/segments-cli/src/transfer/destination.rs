//! Where the segments of a command go, and in which format.

use std::io::Write;
use std::path::Path;

use segments_core::Segment;

use super::row_stream::RowStream;
use crate::config::Layout;
use crate::error::CommandError;
use crate::files::{Finish, Sink};
use crate::output::{IdsDigest, Writer};
use crate::terminal::Console;
use crate::text::plural::plural;

/// A sink, and the format of what goes there.
pub(crate) struct Destination {
    writer: Writer,
    sink: Sink,
    /// Where the rows go in the end, if `sink` is memory.
    stream: Option<RowStream>,
    segments: u64,
    most: Option<u64>,
    /// For a report, which says of which list it is.
    ids_digest: Option<IdsDigest>,
}

impl Destination {
    /// Opens a file, or else standard output.
    pub(crate) fn open(
        layout: Layout,
        file: Option<&Path>,
        console: &Console,
    ) -> Result<Self, CommandError> {
        let Layout { format, fields, cells } = layout;
        let sink = file.map_or_else(Sink::open_stdout, Sink::create)?;
        warn_in_place(&sink, console);

        let writer =
            Writer::new(format, cells, sink.width()).coloured(sink.is_coloured()).fields(fields);
        Ok(Self { writer, sink, stream: None, segments: 0, most: None, ids_digest: None })
    }

    /// Takes this number of segments and no more.
    pub(crate) fn take_at_most(&mut self, most: u64) {
        self.most = Some(most);
    }

    /// Rows of one workspace, which go to the stream of all at the end.
    pub(crate) fn in_stream(layout: Layout, workspace: &str, stream: RowStream) -> Self {
        let Layout { format, fields, cells } = layout;
        let writer = Writer::new(format, cells, None).fields(fields).workspace(workspace);
        let sink = Sink::memory();
        Self { writer, sink, stream: Some(stream), segments: 0, most: None, ids_digest: None }
    }

    /// Takes a digest of the ids on the way.
    pub(crate) fn digest_ids(&mut self) {
        self.ids_digest = Some(IdsDigest::default());
    }

    /// The digest of the ids so far, if it is taken.
    pub(crate) fn ids_digest(&self) -> Option<IdsDigest> {
        self.ids_digest
    }

    /// Whether it keeps all segments until the end.
    pub(crate) fn keeps_list(&self) -> bool {
        self.writer.holds()
    }

    /// Writes as many of the segments as it takes.
    ///
    /// # Errors
    /// If that are not all of them, or they cannot be written.
    pub(crate) fn write(
        &mut self,
        mut segments: Vec<Segment>,
        console: &Console,
    ) -> Result<(), CommandError> {
        let cut = self.most.filter(|most| self.segments + segments.len() as u64 > *most);
        if let Some(most) = cut {
            let room = usize::try_from(most.saturating_sub(self.segments)).unwrap_or(usize::MAX);
            segments.truncate(room);
        }

        self.segments += segments.len() as u64;
        if let Some(digest) = &mut self.ids_digest {
            for segment in &segments {
                digest.add(segment.id());
            }
        }
        self.write_rows(segments, console)?;
        match cut {
            Some(most) => Err(CommandError::Cut { most }),
            None => Ok(()),
        }
    }

    /// Writes what was edited since it was written. Ids do not change.
    pub(crate) fn write_again(
        &mut self,
        segments: Vec<Segment>,
        console: &Console,
    ) -> Result<(), CommandError> {
        if self.writer.shows_only_ids() { Ok(()) } else { self.write_rows(segments, console) }
    }

    fn write_rows(
        &mut self,
        segments: Vec<Segment>,
        console: &Console,
    ) -> Result<(), CommandError> {
        if self.sink.is_terminal() {
            console.erase_progress();
        }
        let written = self.writer.write(segments, &mut self.sink);
        written.and_then(|()| self.sink.flush()).map_err(|error| self.sink.write_error(&error))
    }

    /// Adds the rest of what was seen of an incomplete list, and writes it with a warning. An empty
    /// list makes no file.
    pub(crate) fn finish_partial(
        mut self,
        rest: Vec<Segment>,
        why_partial: &str,
        console: &Console,
    ) -> Result<(), CommandError> {
        match self.write(rest, console) {
            Ok(()) | Err(CommandError::Cut { .. }) => {}
            Err(error) => return Err(error),
        }
        if self.segments == 0 {
            return Ok(());
        }

        self.finish_format(console)?;
        let place = self.sink.partial_name().unwrap_or_else(|| "standard output".to_owned());
        self.sink.finish_partial()?;

        let segments = plural(self.segments, "segment");
        console.warn(&format!("partial: {segments} written to {place}; {why_partial}"));
        Ok(())
    }

    /// Completes the output, and describes it for the summary.
    pub(crate) async fn finish(mut self, console: &Console) -> Result<String, CommandError> {
        self.finish_format(console)?;
        if let Some(stream) = self.stream {
            stream.append(self.sink.into_memory()?).await?;
            return Ok(String::new());
        }

        let name = self.sink.file_name().map(str::to_owned);
        let finish = self.sink.finish()?;

        let how = match finish {
            Finish::Usual => "",
            Finish::InPlace => " in place, because it cannot be replaced",
        };
        let place = name.map_or_else(String::new, |name| format!(", written to {name}{how}"));
        let guarded = match self.writer.guarded() {
            0 => String::new(),
            1 => "; 1 cell guarded with ', so that no spreadsheet runs it as a formula".to_owned(),
            n => {
                format!("; {n} cells guarded with ', so that no spreadsheet runs them as formulas")
            }
        };
        Ok(place + &guarded)
    }

    /// Writes what only the end of the list allows.
    fn finish_format(&mut self, console: &Console) -> Result<(), CommandError> {
        console.erase_progress();
        let finished = self.writer.finish(&mut self.sink);
        finished.map_err(|error| self.sink.write_error(&error))
    }
}

/// Warns that a file will not appear all at once.
pub(crate) fn warn_in_place(sink: &Sink, console: &Console) {
    if let (Some(name), Some(why)) = (sink.file_name(), sink.why_in_place()) {
        console.warn(&format!(
            "{name} is {why}, and cannot be replaced: it is overwritten in place at the end, and \
             programs that read it meanwhile may see a part"
        ));
    }
}
