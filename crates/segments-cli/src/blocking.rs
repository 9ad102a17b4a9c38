//! An export over the blocking transport, on a thread of its own.

use std::thread;

use segments_blocking::Reader;
use segments_core::{Checkpoint, Error, News, Report};
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::exit::Problem;

/// The thread, as seen from outside.
pub(crate) struct Thread {
    words: Receiver<Word>,
    report: Box<Report>,
    checkpoint: Option<Checkpoint>,
}

/// What the thread has to say, and how things stood then.
struct Word {
    news: Option<Result<News, Error>>,
    report: Box<Report>,
    checkpoint: Option<Checkpoint>,
}

impl Thread {
    /// Begins to read at once; with `saves`, it makes a checkpoint whenever it has news.
    pub(crate) fn start(reader: Reader, saves: bool) -> Result<Self, Problem> {
        let report = Box::new(reader.report());
        let (send, words) = mpsc::channel(1);
        let carrying = thread::Builder::new().name("export".to_owned());
        carrying.spawn(move || carry(reader, saves, &send)).map_err(|error| {
            Problem::usage(format!("cannot start a thread: {error}"), "Use --transport hyper")
        })?;
        Ok(Self { words, report, checkpoint: None })
    }

    /// What comes next; nothing behind the end. Dropping the future loses nothing.
    pub(crate) async fn next_news(&mut self) -> Option<Result<News, Error>> {
        // Without a last word the thread has panicked, which must not look like an end.
        let Word { news, report, checkpoint } = self.words.recv().await.expect("a last word");
        (self.report, self.checkpoint) = (report, checkpoint);
        news
    }

    /// What had been done and proven when the thread last spoke.
    pub(crate) fn report(&self) -> &Report {
        &self.report
    }

    /// The state as of then, if it is to be saved and there is one yet.
    pub(crate) fn checkpoint(&mut self) -> Option<Checkpoint> {
        self.checkpoint.take()
    }
}

fn carry(mut reader: Reader, saves: bool, send: &Sender<Word>) {
    loop {
        let news = reader.next_news();
        let last = !matches!(news, Some(Ok(_)));
        let checkpoint = saves.then(|| reader.checkpoint());
        let word = Word { news, report: Box::new(reader.report()), checkpoint };
        if send.blocking_send(word).is_err() || last {
            break;
        }
    }
}
