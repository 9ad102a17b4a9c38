//! `segments export`: the whole list.

use std::io::{self, IsTerminal, Write};
use std::pin::pin;

use segments_core::{Api, Goal, List, Report, Segment};
use serde::Serialize;
use tokio::time::{Instant, interval_at};

use crate::args;
use crate::checkpoint::Store;
use crate::clock::rough;
use crate::config::{Config, Environment, refuse_key_in_argument};
use crate::demo::Demo;
use crate::exit::Problem;
use crate::format::Layout;
use crate::output::Writer;
use crate::progress::{Console, PERIOD};
use crate::seed;
use crate::signal::Signals;
use crate::sink::Sink;
use crate::source::{HandsOn, Source};

/// Runs the export to its end, and says what came of it.
pub(crate) async fn run(
    args: args::Export,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), Problem> {
    refuse_key_in_argument(args.connection.api_key.is_some())?;
    separate(&args)?;
    layout(&args.output)?;
    let demo = if args.demo { Some(Demo::start().await?) } else { None };
    let config = match &demo {
        Some(demo) => demo.config()?,
        None => Config::new(&args.connection, &Environment::read(), console)?,
    };
    let api = Api::new(config.endpoint.clone(), config.key.clone())
        .replacing_invalid_text(args.output.replace_invalid_text);
    let plan = args.plan();
    let (mut store, mut rested) = (None, None);
    if let Some(path) = &args.checkpoint {
        let (opened, found) = Store::open(path, &api, &plan)?;
        (store, rested) = (Some(opened), found);
    }
    // The files are opened now: an hour's work is not to be lost to a missing directory.
    let report = args.report.as_deref().map(Sink::create).transpose()?;
    let mut destination = Destination::open(&args.output)?;
    if let Some((export, list)) = &rested {
        let read = amount(export.report().pages, list.len());
        let age = store.as_ref().and_then(Store::age);
        let age = age.map_or_else(String::new, |age| format!(", {} old", rough(age)));
        console.note(&format!("Going on from a checkpoint{age}: {read} read before"));
    }
    let streams = args.goal == Goal::Walk && store.is_none();
    let hands_on = if streams { HandsOn::Each } else { HandsOn::Whole };
    let (export, list) =
        rested.unwrap_or_else(|| (segments_core::Export::new(api.clone(), plan), List::default()));
    let mut source = Source::new(export, list, hands_on, args.limits.transport, &config, console)?;
    if args.goal == Goal::Walk && (!streams || destination.holds()) {
        source = source.with_room(args.max_memory);
    }

    let copying = copy(&mut source, &mut destination, console);
    let copied = watch(copying, console, signals).await;
    let seen = source.report();
    let copied = copied.and_then(|()| enough(seen.segments, args.min_segments));
    if let (Err(problem), Some(store)) = (&copied, store.take_if(|_| copied.is_err())) {
        signals.hold(|| rest(store, &api, &mut source, problem, console));
    }
    let ended = match copied {
        Ok(()) => destination.finish(console),
        Err(problem) => {
            if args.keep_partial && problem.leaves_output() {
                // Too short a list has been written already.
                let whole = matches!(problem, Problem::TooFew { .. });
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
    match (ended, reported) {
        (Ok(written), Ok(())) => {
            let removed = store.map_or(Ok(()), Store::remove);
            removed.unwrap_or_else(|problem| console.warn(&problem.to_string()));
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
fn enough(found: u64, least: Option<u64>) -> Result<(), Problem> {
    match least {
        Some(least) if found < least => Err(Problem::TooFew { found, least }),
        _ => Ok(()),
    }
}

/// Saves what was read, if going on later can help, and says how.
fn rest(store: Store, api: &Api, source: &mut Source, problem: &Problem, console: &Console) {
    let (path, existed) = (store.path().display().to_string(), store.existed());
    let pages = source.report().pages;
    let saved = match source.checkpoint().filter(|_| problem.may_pass()) {
        Some((checkpoint, list)) => {
            let read = amount(pages, list.len());
            store.save(api, &checkpoint, list, seed()).map(|()| Some(read))
        }
        None => Ok(None),
    };
    console.clear();
    match saved {
        Ok(Some(read)) => console.tell(&format!(
            "Saved {read} in {path}. Run the same command again to go on from there"
        )),
        Ok(None) if existed => {
            console.tell(&format!("{path} stays as it was. Remove it to begin anew"));
        }
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
    match report.evidence.len() as u64 + report.evidence_omitted {
        0 => String::new(),
        1 => "; 1 sign that the list is not as it should be, see --report".to_owned(),
        n => format!("; {n} signs that the list is not as it should be, see --report"),
    }
}

/// A file of its own for each purpose, and flags that go together.
fn separate(args: &args::Export) -> Result<(), Problem> {
    let output = args.output.file.as_deref();
    let files = [("--report", &args.report), ("--checkpoint", &args.checkpoint)];
    for (flag, path) in files {
        let Some(path) = path.as_deref() else { continue };
        if Sink::is_stdout(path) || output == Some(path) {
            let what = format!("{flag} would mix with the segments");
            return Err(Problem::usage(what, "Give it a file of its own"));
        }
    }
    if args.report.is_some() && args.report == args.checkpoint {
        let what = "--report and --checkpoint name the same file";
        return Err(Problem::usage(what, "Give each a file of its own"));
    }
    Ok(())
}

/// Copies with an eye on signals, and draws how far it is.
pub(crate) async fn watch(
    copying: impl Future<Output = Result<(), Problem>>,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), Problem> {
    let mut copying = pin!(copying);
    // What is over at once needs no progress line.
    let mut ticks = interval_at(Instant::now() + 2 * PERIOD, PERIOD);
    loop {
        tokio::select! {
            signal = signals.first() => return Err(Problem::Stopped(signal)),
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
) -> Result<(), Problem> {
    while let Some(batch) = source.next_batch().await {
        destination.write(batch?, console)?;
    }
    if source.report().ended { Ok(()) } else { Err(Problem::NotReached) }
}

/// Which format goes to the place that is named, which is not opened for it.
fn layout(args: &args::Output) -> Result<Layout, Problem> {
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
    pub(crate) fn open(args: &args::Output) -> Result<Self, Problem> {
        let Layout { format, cells } = layout(args)?;
        let sink = args.file.as_deref().map_or_else(|| Ok(Sink::stdout()), Sink::create)?;
        let writer = Writer::new(format, cells, sink.width());
        Ok(Self { writer, sink, segments: 0 })
    }

    /// Whether nothing is written before the end.
    pub(crate) fn holds(&self) -> bool {
        self.writer.holds()
    }

    pub(crate) fn write(&mut self, batch: Vec<Segment>, console: &Console) -> Result<(), Problem> {
        self.segments += batch.len();
        if self.sink.is_terminal() {
            console.clear();
        }
        let written = self.writer.write(batch, &mut self.sink);
        written.and_then(|()| self.sink.flush()).map_err(|error| self.sink.problem(&error))
    }

    /// Writes out what was seen of a list that is not whole, and warns of it. Of nothing it makes
    /// no file.
    pub(crate) fn keep(mut self, rest: Vec<Segment>, console: &Console) -> Result<(), Problem> {
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
    pub(crate) fn finish(mut self, console: &Console) -> Result<String, Problem> {
        console.clear();
        let finished = self.writer.finish(&mut self.sink);
        finished.map_err(|error| self.sink.problem(&error))?;
        let guarded = match self.writer.guarded() {
            0 => String::new(),
            1 => "; 1 cell guarded with ' against being read as a formula".to_owned(),
            n => format!("; {n} cells guarded with ' against being read as formulas"),
        };
        let text = match self.sink.file_name() {
            Some(name) => format!(", written to {name}{guarded}"),
            None => guarded,
        };
        self.sink.finish()?;
        Ok(text)
    }
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Problem>,
}

fn write_report(mut sink: Sink, report: &Report, error: Option<&Problem>) -> Result<(), Problem> {
    // A list that did not arrive is not claimed either.
    let claimed = match error {
        Some(_) => &report.clone().without_claims(),
        None => report,
    };
    let document = Document { report: claimed, error };
    let written = serde_json::to_writer_pretty(&mut sink, &document).map_err(Into::into);
    written.and_then(|()| sink.write_all(b"\n")).map_err(|error| sink.problem(&error))?;
    sink.finish()
}
