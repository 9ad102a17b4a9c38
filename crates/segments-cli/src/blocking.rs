//! An export over the blocking transport, on a thread of its own.

use std::thread;

use segments_blocking::Reader;
use segments_core::{Error, Report, Step};
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::exit::Problem;

/// The thread, as seen from outside.
pub(crate) struct Thread {
    news: Receiver<News>,
    report: Box<Report>,
    walks: bool,
}

/// What the thread has to say, and the report as of then.
struct News {
    step: Result<Step, Error>,
    report: Box<Report>,
}

impl Thread {
    /// Begins to read at once. A walk is told page by page. Any other goal is told when it is
    /// reached, in its final form: as it streams, the reader passes edits over.
    pub(crate) fn start(reader: Reader, walks: bool) -> Result<Self, Problem> {
        let report = Box::new(reader.report());
        let (send, news) = mpsc::channel(1);
        let carrying = thread::Builder::new().name("export".to_owned());
        carrying.spawn(move || carry(reader, walks, &send)).map_err(|error| {
            Problem::usage(format!("cannot start a thread: {error}"), "Use --transport hyper")
        })?;
        Ok(Self { news, report, walks })
    }

    /// The next segments, or the end. Dropping the future loses nothing.
    pub(crate) async fn step(&mut self) -> Result<Step, Error> {
        // Without a last word the thread has panicked, which must not look like an end.
        let News { step, report } = self.news.recv().await.expect("a last word");
        self.report = report;
        step
    }

    /// What had been done and proven when the thread last spoke.
    pub(crate) fn report(&self) -> &Report {
        &self.report
    }

    /// Whether segments come page by page.
    pub(crate) fn walks(&self) -> bool {
        self.walks
    }
}

fn carry(mut reader: Reader, walks: bool, send: &Sender<News>) {
    let mut whole = !walks;
    loop {
        let step = if std::mem::take(&mut whole) {
            reader.collect_all().map(|(segments, _)| Step::Segments(segments))
        } else {
            match reader.next_batch() {
                Some(batch) => batch.map(Step::Segments),
                None => Ok(Step::Done(reader.report())),
            }
        };
        let last = !matches!(step, Ok(Step::Segments(_)));
        let news = News { step, report: Box::new(reader.report()) };
        if send.blocking_send(news).is_err() || last {
            break;
        }
    }
}
