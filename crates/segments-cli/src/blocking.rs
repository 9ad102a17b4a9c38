//! An export over the blocking transport, on a thread of its own.

use std::thread;

use segments_blocking::Reader;
use segments_core::{Checkpoint, Error, Report, Step};
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::exit::Problem;

/// The thread, as seen from outside.
pub(crate) struct Thread {
    news: Receiver<News>,
    report: Box<Report>,
    checkpoint: Option<Checkpoint>,
    course: Course,
}

/// How the thread goes about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    /// Tells page by page, which is right for a walk. Any other goal is told when it is reached,
    /// in its final form: as it streams, the reader passes edits over.
    pub(crate) walks: bool,
    /// Makes a checkpoint after every page.
    pub(crate) saves: bool,
}

/// What the thread has to say, and how things stood then.
struct News {
    step: Result<Step, Error>,
    report: Box<Report>,
    checkpoint: Option<Checkpoint>,
}

impl Thread {
    /// Begins to read at once.
    pub(crate) fn start(reader: Reader, course: Course) -> Result<Self, Problem> {
        let report = Box::new(reader.report());
        let (send, news) = mpsc::channel(1);
        let carrying = thread::Builder::new().name("export".to_owned());
        carrying.spawn(move || carry(reader, course, &send)).map_err(|error| {
            Problem::usage(format!("cannot start a thread: {error}"), "Use --transport hyper")
        })?;
        Ok(Self { news, report, checkpoint: None, course })
    }

    /// The next segments, or the end. Dropping the future loses nothing.
    pub(crate) async fn step(&mut self) -> Result<Step, Error> {
        // Without a last word the thread has panicked, which must not look like an end.
        let News { step, report, checkpoint } = self.news.recv().await.expect("a last word");
        (self.report, self.checkpoint) = (report, checkpoint);
        step
    }

    /// What had been done and proven when the thread last spoke.
    pub(crate) fn report(&self) -> &Report {
        &self.report
    }

    /// The state as of then, if it is to be saved and there is one yet.
    pub(crate) fn checkpoint(&mut self) -> Option<Checkpoint> {
        self.checkpoint.take()
    }

    /// Whether segments come page by page.
    pub(crate) fn walks(&self) -> bool {
        self.course.walks
    }
}

fn carry(mut reader: Reader, course: Course, send: &Sender<News>) {
    let mut whole = !course.walks;
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
        let checkpoint = course.saves.then(|| reader.checkpoint());
        let news = News { step, report: Box::new(reader.report()), checkpoint };
        if send.blocking_send(news).is_err() || last {
            break;
        }
    }
}
