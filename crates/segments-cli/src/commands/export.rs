//! `segments export`: the whole list.

use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::sync::Arc;

use segments_core::{Api, Goal, List, Plan, Report, Segment};
use serde::Serialize;
use tokio::time::{Instant, interval_at};

use crate::args;
use crate::checkpoint::saver::Saver;
use crate::checkpoint::store::Store;
use crate::commands::demo::Demo;
use crate::config::connection::{Config, Environment, refuse_key_in_argument};
use crate::config::layout::Layout;
use crate::config::paths::Files;
use crate::error::CommandError;
use crate::files::sink::{Finish, Sink};
use crate::output::Writer;
use crate::random::seed;
use crate::signal::{Signals, patiently};
use crate::terminal::console::{Console, PERIOD};
use crate::text::clock::rough;
use crate::transfer::source::{OutputMode, Source};

/// Runs the export to its end, and says what came of it.
pub(crate) async fn run(
    args: args::Export,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let began = Instant::now();
    refuse_key_in_argument(args.connection.api_key.is_some())?;
    Files::of_export(&args)?;
    layout(&args.output)?;

    let demo = if args.demo { Some(Demo::start().await?) } else { None };
    let demo = demo.as_ref().map(Demo::config).transpose()?;
    let (args, talk) = (Arc::new(args), console.clone());
    let opening = {
        let args = Arc::clone(&args);
        move || Opened::new(&args, demo, began, &talk)
    };
    let opened = patiently(opening, args.deadline, signals).await?;
    let Opened { config, api, plan, store, rested, report, mut destination } = opened;

    if let Some((export, list)) = &rested {
        let read = amount(export.report().pages, list.len());
        let age = store.as_ref().and_then(Store::age);
        let age = age.map_or_else(String::new, |age| format!(", {} old", rough(age)));
        console.note(&format!("Going on from a checkpoint{age}: {read} read before"));
    }
    let streams = args.goal == Goal::Walk && store.is_none();
    let hands_on = if streams { OutputMode::Each } else { OutputMode::Whole };
    let (export, list) =
        rested.unwrap_or_else(|| (segments_core::Export::new(api.clone(), plan), List::default()));
    let saver = store.map(|store| Saver::new(store, api.clone()));
    let mut source = Source::new(export, list, hands_on, &config, saver, console)?;
    if args.goal == Goal::Walk && (!streams || destination.holds()) {
        source = source.with_room(args.max_memory);
    }

    let copying = copy(&mut source, &mut destination, console);
    let copied = watch(copying, console, signals).await;
    let seen = source.report();
    let copied = copied.and_then(|()| enough(seen.segments, args.min_segments));
    let mut store = source.take_store();
    if let (Err(problem), Some(store)) = (&copied, store.take_if(|_| copied.is_err())) {
        signals.hold(|| rest(store, &api, &mut source, problem, console));
    }
    let ended = match copied {
        Ok(()) => destination.finish(console),
        Err(problem) => {
            if args.keep_partial && problem.leaves_output() {
                // Too short a list has been written already.
                let whole = matches!(problem, CommandError::TooFew { .. });
                let rest = if whole { Vec::new() } else { source.seen() };
                let kept = destination.keep(rest, console);
                kept.unwrap_or_else(|problem| console.warn(&problem.to_string()));
            }
            Err(problem)
        }
    };
    // The list was read and could not be written: the next run need not read it again.
    if let (Err(problem), Some(store)) = (&ended, store.take_if(|_| ended.is_err())) {
        signals.hold(|| rest(store, &api, &mut source, problem, console));
    }
    let reported = report.map_or(Ok(()), |sink| write_report(sink, &seen, ended.as_ref().err()));
    if ended.is_ok() {
        let removed = store.map_or(Ok(()), Store::remove);
        removed.unwrap_or_else(|problem| console.warn(&problem.to_string()));
    }
    match (ended, reported) {
        (Ok(written), Ok(())) => {
            console.note(&format!("{seen}{written}{}", signs(&seen)));
            Ok(())
        }
        (Err(problem), Err(report)) => {
            console.warn(&report.to_string());
            Err(problem)
        }
        (Err(problem), Ok(())) | (Ok(_), Err(problem)) => Err(problem),
    }
}

/// Whether the list is as long as somebody knows that it is at least.
fn enough(found: u64, least: Option<u64>) -> Result<(), CommandError> {
    match least {
        Some(least) if found < least => Err(CommandError::TooFew { found, least }),
        _ => Ok(()),
    }
}

/// What is opened before anything is sent: an hour's work is not to be lost to a missing directory.
struct Opened {
    config: Config,
    api: Api,
    plan: Plan,
    store: Option<Store>,
    rested: Option<(segments_core::Export, List)>,
    report: Option<Sink>,
    destination: Destination,
}

impl Opened {
    fn new(
        args: &args::Export,
        demo: Option<Config>,
        began: Instant,
        console: &Console,
    ) -> Result<Self, CommandError> {
        let config = match demo {
            Some(config) => config,
            None => Config::new(&args.connection, &Environment::read(), console)?,
        };
        let report = args.report.as_deref().map(Sink::create).transpose()?;
        if let Some(report) = &report {
            warn_in_place(report, console);
        }
        let destination = Destination::open(&args.output, console)?;

        let api = Api::new(config.endpoint.clone(), config.key.clone())
            .replacing_invalid_text(args.output.replace_invalid_text);
        let mut plan = args.plan();
        // What opening took counts: a named pipe opens when somebody reads from it.
        plan.deadline = plan.deadline.map(|deadline| deadline.saturating_sub(began.elapsed()));
        let (mut store, mut rested) = (None, None);
        if let Some(path) = &args.checkpoint {
            let (opened, found) = Store::open(path, &api, &plan)?;
            (store, rested) = (Some(opened), found);
        }
        Ok(Self { config, api, plan, store, rested, report, destination })
    }
}

/// Saves what was read, if going on later can help, and says how.
fn rest(
    mut store: Store,
    api: &Api,
    source: &mut Source,
    problem: &CommandError,
    console: &Console,
) {
    let (path, kept) = (store.path().display().to_string(), store.existed());
    let stays = if store.saved() { "keeps what was read" } else { "stays as it was" };
    let pages = source.report().pages;
    let saved = match source.checkpoint().filter(|_| problem.may_pass()) {
        Some((checkpoint, list)) => {
            let read = amount(pages, list.len());
            store.save(api, &checkpoint, list, seed()).map(|()| Some(read))
        }
        // What was saved on the way would only fail again.
        None if !kept => store.remove().map(|()| None),
        None => Ok(None),
    };
    console.clear();
    match saved {
        Ok(Some(read)) => console.tell(&format!(
            "Saved {read} in {path}. Run the same command again to go on from there"
        )),
        Ok(None) if kept => console.tell(&format!("{path} {stays}. Remove it to begin anew")),
        Ok(None) if problem.may_pass() => console.tell("Nothing was read yet, and nothing saved"),
        Ok(None) => {}
        Err(problem) => console.warn(&problem.to_string()),
    }
}

fn amount(pages: u64, segments: usize) -> String {
    let plural = |count: u64| if count == 1 { "" } else { "s" };
    let of = plural(segments as u64);
    format!("{pages} page{} with {segments} segment{of}", plural(pages))
}

/// What a careful reader should look at.
fn signs(report: &Report) -> String {
    match report.anomalies.len() as u64 + report.anomalies_omitted {
        0 => String::new(),
        1 => "; 1 sign that the list is not as it should be, see --report".to_owned(),
        n => format!("; {n} signs that the list is not as it should be, see --report"),
    }
}

/// Copies with an eye on signals, and draws how far it is.
pub(crate) async fn watch(
    copying: impl Future<Output = Result<(), CommandError>>,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let mut copying = pin!(copying);
    // What is over at once needs no progress line.
    let mut ticks = interval_at(Instant::now() + 2 * PERIOD, PERIOD);
    loop {
        tokio::select! {
            signal = signals.first() => return Err(CommandError::Stopped(signal)),
            copied = &mut copying => return copied,
            _ = ticks.tick() => console.draw(),
        }
    }
}

/// Copies to the end, which is an error if the goal is not reached.
pub(crate) async fn copy(
    source: &mut Source,
    destination: &mut Destination,
    console: &Console,
) -> Result<(), CommandError> {
    while let Some(batch) = source.next_segments().await {
        destination.write(batch?, console)?;
    }
    if source.report().ended { Ok(()) } else { Err(CommandError::NotReached) }
}

/// Says of a file that it will not appear all at once.
fn warn_in_place(sink: &Sink, console: &Console) {
    if let (Some(name), Some(why)) = (sink.file_name(), sink.why_in_place()) {
        console.warn(&format!(
            "{name} is {why}, and cannot be replaced: it is written over in place at the end, and \
             whoever reads it then may see a part"
        ));
    }
}

/// Which format goes to the place that is named, which is not opened for it.
fn layout(args: &args::Output) -> Result<Layout, CommandError> {
    let on_stdout = args.file.as_deref().is_none_or(Sink::is_stdout);
    Layout::of(args, on_stdout && io::stdout().is_terminal())
}

/// A sink, and the format of what goes there.
pub(crate) struct Destination {
    writer: Writer,
    sink: Sink,
    segments: usize,
}

impl Destination {
    pub(crate) fn open(args: &args::Output, console: &Console) -> Result<Self, CommandError> {
        let Layout { format, cells } = layout(args)?;
        let sink = args.file.as_deref().map_or_else(|| Ok(Sink::stdout()), Sink::create)?;
        warn_in_place(&sink, console);
        let writer = Writer::new(format, cells, sink.width());
        Ok(Self { writer, sink, segments: 0 })
    }

    /// Whether nothing is written before the end.
    pub(crate) fn holds(&self) -> bool {
        self.writer.holds()
    }

    pub(crate) fn write(
        &mut self,
        batch: Vec<Segment>,
        console: &Console,
    ) -> Result<(), CommandError> {
        self.segments += batch.len();
        if self.sink.is_terminal() {
            console.clear();
        }
        let written = self.writer.write(batch, &mut self.sink);
        written.and_then(|()| self.sink.flush()).map_err(|error| self.sink.problem(&error))
    }

    /// Writes out what was seen of a list that is not whole, and warns of it. Of nothing it makes
    /// no file.
    pub(crate) fn keep(
        mut self,
        rest: Vec<Segment>,
        console: &Console,
    ) -> Result<(), CommandError> {
        self.write(rest, console)?;
        if self.segments == 0 {
            return Ok(());
        }
        console.clear();
        let finished = self.writer.finish(&mut self.sink);
        finished.map_err(|error| self.sink.problem(&error))?;
        let place = self.sink.partial_name().unwrap_or_else(|| "standard output".to_owned());
        self.sink.finish_partial()?;
        let plural = if self.segments == 1 { "" } else { "s" };
        console.warn(&format!(
            "partial: {} segment{plural} written to {place}; this is not the whole list",
            self.segments
        ));
        Ok(())
    }

    /// Completes the output, and says what there is to say of it.
    pub(crate) fn finish(mut self, console: &Console) -> Result<String, CommandError> {
        console.clear();
        let finished = self.writer.finish(&mut self.sink);
        finished.map_err(|error| self.sink.problem(&error))?;
        let guarded = match self.writer.guarded() {
            0 => String::new(),
            1 => "; 1 cell guarded with ' against being read as a formula".to_owned(),
            n => format!("; {n} cells guarded with ' against being read as formulas"),
        };
        let name = self.sink.file_name().map(str::to_owned);
        let how = match self.sink.finish()? {
            Finish::Usual => "",
            Finish::InPlace => " in place, because it cannot be replaced",
        };
        Ok(name
            .map_or_else(|| guarded.clone(), |name| format!(", written to {name}{how}{guarded}")))
    }
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a CommandError>,
}

fn write_report(
    mut sink: Sink,
    report: &Report,
    error: Option<&CommandError>,
) -> Result<(), CommandError> {
    // A list that did not arrive is not claimed either.
    let claimed = match error {
        Some(_) => &report.clone().without_claims(),
        None => report,
    };
    let document = Document { report: claimed, error };
    let written = serde_json::to_writer_pretty(&mut sink, &document).map_err(Into::into);
    written.and_then(|()| sink.write_all(b"\n")).map_err(|error| sink.problem(&error))?;
    sink.finish().map(drop)
}
