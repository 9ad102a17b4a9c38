//! One run of a connector.

use jiff::Timestamp;
use segments_core::{Api, Export, Goal, List, Report};
use tokio::time::{Instant, sleep_until};

use super::emitter::{Emitter, now};
use crate::args::CONNECT_TIMEOUT;
use crate::changes::Proof;
use crate::checkpoint::{PERIOD, pause_after};
use crate::config::ConnectorConfig;
use crate::connectors::{Event, LastState, LogLevel, Protocol, Saved};
use crate::error::CommandError;
use crate::random::seed;
use crate::signal::{Signals, run_blocking};
use crate::text::clock::rough;
use crate::text::plural::plural;
use crate::transfer::{OutputMode, Source, attended, client};

/// Reads the list, from where the export in `state` was interrupted if that can be resumed, and emits
/// what comes. Records come when they are final: with a goal that proves something, at the end.
pub(in crate::commands) async fn read<P: Protocol>(
    config: ConnectorConfig,
    state: LastState,
    out: &mut Emitter<P>,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let mut reading = Reading::begin(config, state, out, signals).await?;
    out.emit(&Event::Started)?;

    let console = out.console.clone();
    let delivered = attended(reading.deliver(out), &console, signals).await;
    if let Err(error) = delivered {
        // The limits are entries of the configuration.
        let error = error.for_command(|_| false);
        // Whatever becomes of the state, this is why the run failed.
        if let Err(error) = reading.keep(&error, out) {
            console.warn(&error.to_string());
        }
        return Err(error);
    }

    let report = reading.source.report();
    out.emit(&Event::Done { is_proven: Proof::of(&report).is_some() })?;
    out.log(LogLevel::Info, &report.to_string())
}

struct Reading {
    source: Source,
    api: Api,
    output_mode: OutputMode,
    min_segments: Option<u64>,
    saved: LastSaved,
}

/// The export as the platform has it.
struct LastSaved {
    began: Timestamp,
    pages: u64,
    /// Whether the platform may have a state from which an export would be resumed.
    exists: bool,
    due: Instant,
}

impl Reading {
    async fn begin<P: Protocol>(
        config: ConnectorConfig,
        state: LastState,
        out: &mut Emitter<P>,
        signals: &mut Signals,
    ) -> Result<Self, CommandError> {
        out.warn_all(&config.warnings)?;
        let console = out.console.clone();
        let opening = move || config.open(&console).map(|connection| (config, connection));
        let (config, connection) = run_blocking(opening, None, signals).await?;

        let api = Api::new(connection.endpoint.clone(), connection.key.clone())
            .replacing_invalid_text(config.replace_invalid_text);
        let (export, list, began) = resumed(&config, &state, &api, out)?;

        let output_mode = OutputMode::of(config.plan.goal == Goal::Walk);
        let pages = export.report().pages;
        let client = client(&connection, CONNECT_TIMEOUT, export.plan().max_head)?;
        let endpoint = connection.endpoint;
        let source = Source::new(export, list, output_mode, endpoint, client, None, &out.console);
        let due = Instant::now() + PERIOD;
        let saved = LastSaved { began, pages, exists: state != Ok(None), due };
        Ok(Self { source, api, output_mode, min_segments: config.min_segments, saved })
    }

    /// Emits records, and the state of the export from time to time.
    async fn deliver<P: Protocol>(&mut self, out: &mut Emitter<P>) -> Result<(), CommandError> {
        loop {
            let segments = tokio::select! {
                biased;
                () = sleep_until(self.saved.due) => {
                    self.save(out)?;
                    continue;
                }
                segments = self.source.next_segments() => segments.transpose()?,
            };

            let is_end = segments.is_none() || self.output_mode == OutputMode::Whole;
            if is_end {
                self.check_length()?;
            }
            match segments {
                Some(segments) => out.emit(&Event::Read(&segments))?,
                None => return Ok(()),
            }
        }
    }

    fn check_length(&self) -> Result<(), CommandError> {
        let Report { segments: found, .. } = self.source.report();
        match self.min_segments {
            Some(least) if found < least => Err(CommandError::TooFew { found, least }),
            _ => Ok(()),
        }
    }

    /// Emits the state of the export if it has read something since the last time.
    fn save<P: Protocol>(&mut self, out: &mut Emitter<P>) -> Result<(), CommandError> {
        let start = Instant::now();
        let pages = self.source.report().pages;
        if pages > self.saved.pages {
            self.emit_saved(out)?;
            self.saved.pages = pages;
        }
        self.saved.due = Instant::now() + pause_after(start.elapsed());
        Ok(())
    }

    /// Says whether there was anything to save.
    fn emit_saved<P: Protocol>(&mut self, out: &mut Emitter<P>) -> Result<bool, CommandError> {
        let Some((checkpoint, list)) = self.source.checkpoint() else { return Ok(false) };
        let saved = Saved::new(&self.api, &checkpoint, list, seed(), self.saved.began);
        out.emit(&Event::Saved(&saved))?;
        self.saved.exists = true;
        Ok(true)
    }

    /// Leaves the export to the next run if resuming it can help, and otherwise takes back what an
    /// earlier state has left.
    fn keep<P: Protocol>(
        &mut self,
        error: &CommandError,
        out: &mut Emitter<P>,
    ) -> Result<(), CommandError> {
        if !error.leaves_output() {
            return Ok(());
        }
        if !error.is_resumable() {
            return if self.saved.exists { out.emit(&Event::Forgotten) } else { Ok(()) };
        }

        if !self.emit_saved(out)? {
            return Ok(());
        }
        let read = amount(&self.source.report());
        out.log(
            LogLevel::Info,
            &format!("The state holds {read}, and the next run resumes from it"),
        )
    }
}

/// The export to go on with, and when it began. A state that cannot be used costs requests, and nothing
/// else: the list is read from its beginning.
fn resumed<P: Protocol>(
    config: &ConnectorConfig,
    state: &LastState,
    api: &Api,
    out: &mut Emitter<P>,
) -> Result<(Export, List, Timestamp), CommandError> {
    let now = now();
    let resumed = match state {
        Ok(None) => None,
        Ok(Some(saved)) => {
            let resumed = saved.resume(api, &config.plan, config.resume_within, now);
            Some(resumed.map(|(export, list)| (export, list, saved.began())))
        }
        Err(why) => Some(Err(why.clone())),
    };

    if let Some(Ok((export, _, began))) = &resumed {
        let age = now.duration_since(*began).try_into().unwrap_or_default();
        let read = amount(&export.report());
        let text =
            format!("Resuming the export that began {} ago: {read} already read", rough(age));
        out.log(LogLevel::Info, &text)?;
    }
    if let Some(Err(why)) = &resumed {
        let text = format!("The state is not used, and the list is read from its beginning: {why}");
        out.log(LogLevel::Warning, &text)?;
    }

    let begin = || (Export::new(api.clone(), config.plan.clone()), List::default(), now);
    Ok(resumed.and_then(Result::ok).unwrap_or_else(begin))
}

fn amount(report: &Report) -> String {
    format!("{} with {}", plural(report.pages, "page"), plural(report.segments, "segment"))
}
