use std::collections::VecDeque;
use std::time::Duration;

use http::{Request, Response};
use segments_core::{Api, ApiKey, Instance, ListRequest, TransportError, TransportErrorKind};
use segments_emulator::{Delivery, DeliveryMode, Workspace};

use super::edit::Edit;

/// The key that every [`Server`] takes.
pub const KEY: &str = "test-key";

/// When the first request is made: a Wednesday in 2020.
const START: Duration = Duration::from_secs(1_592_427_423);

/// How long a request takes, and how long a client waits for one that is never answered.
const ROUND_TRIP: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(30);

/// A client that has not ended by then never does.
const MOST_ANSWERS: u32 = 1000;

/// A server on which a [`History`](crate::history::History) happens, in virtual time.
///
/// It is a pure function of the requests so far: one after another, each takes a second, and no
/// time passes between them but what [`Server::sleep`] says.
///
/// ```
/// use segments_core::ListRequest;
/// use segments_proptest::history::{Edit, History};
///
/// let mut server = History::new(2, ["a", "b", "c"]).after(1, Edit::archive("a")).server();
/// assert!(server.page(ListRequest::page(0))?.body().starts_with(br#"{"segments":[{"id":"a""#));
/// // `c` has moved up to page 0, which was read before.
/// assert!(server.page(ListRequest::page(1))?.body().starts_with(br#"{"segments":[]"#));
/// # Ok::<(), segments_core::TransportError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Server {
    api: Api,
    workspace: Workspace,
    /// Those that have not happened yet.
    edits: VecDeque<(u32, Edit)>,
    answers: u32,
    now: Duration,
    /// What was listed when, from the first answer to the last.
    states: Vec<Vec<String>>,
}

impl Server {
    pub(super) fn new(workspace: Workspace, edits: Vec<(u32, Edit)>) -> Self {
        let api = Api::new(Instance::Us01.into(), ApiKey::new(KEY).expect("a key"));
        let (edits, states) = (edits.into(), Vec::new());
        Self { api, workspace, edits, answers: 0, now: START, states }
    }

    /// Answers a request, which has to bear [`KEY`], as an HTTP client would see it.
    ///
    /// A body that is cut comes as what there is of it: where its end is the connection's end,
    /// nobody can tell.
    ///
    /// # Errors
    /// If a fault of the history is that there is no response, and after 1000 answers, because a
    /// client that asks so often will never end.
    pub fn answer<B>(&mut self, request: &Request<B>) -> Result<Response<Vec<u8>>, TransportError> {
        if self.answers == MOST_ANSWERS {
            let detail = "the client goes on after 1000 answers";
            return Err(TransportError::new(TransportErrorKind::Other, detail));
        }
        self.happen();
        self.answers += 1;

        let response = self.workspace.answer(request, self.now);
        let Delivery { delay, mode, .. } = Delivery::of(&response);
        self.now += ROUND_TRIP + delay;
        self.deliver(response, &mode)
    }

    /// Answers a request for this page, with the key.
    ///
    /// # Errors
    /// As [`Server::answer`].
    pub fn page(&mut self, list: ListRequest) -> Result<Response<Vec<u8>>, TransportError> {
        let request = self.api.request(list);
        self.answer(&request)
    }

    /// The time, since the Unix epoch.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// Lets time pass.
    pub fn sleep(&mut self, time: Duration) {
        self.now += time;
    }

    /// How many requests were answered.
    pub fn answers(&self) -> u32 {
        self.answers
    }

    /// The ids that were listed, the oldest first: at the first answer, and after every edit until
    /// the last answer. None before the first request.
    pub fn states(&self) -> &[Vec<String>] {
        &self.states
    }

    /// All ids that were ever created, the oldest first.
    pub fn created(&self) -> impl Iterator<Item = &str> {
        self.workspace.all_segments().map(|(segment, _)| segment.id())
    }

    /// Lets every edit happen that is due before the next answer.
    fn happen(&mut self) {
        if self.states.is_empty() {
            self.remember();
        }
        while self.edits.front().is_some_and(|(after, _)| *after <= self.answers) {
            let Some((_, edit)) = self.edits.pop_front() else { break };
            if let Err(error) = edit.apply(&mut self.workspace) {
                panic!("{edit:?}: {error}");
            }
            // What happens before the first request is how the list was.
            if self.answers == 0 {
                self.states.clear();
            }
            self.remember();
        }
    }

    fn remember(&mut self) {
        let ids = self.workspace.segments().map(|segment| segment.id().to_owned());
        self.states.push(ids.collect());
    }

    fn deliver(
        &mut self,
        mut response: Response<Vec<u8>>,
        mode: &DeliveryMode,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let failed = |kind| Err(TransportError::new(kind, ""));
        match mode {
            DeliveryMode::Whole => Ok(response),
            DeliveryMode::Cut { after } => {
                response.body_mut().truncate(*after);
                Ok(response)
            }
            DeliveryMode::Drip { every } => {
                let bytes = u32::try_from(response.body().len()).unwrap_or(u32::MAX);
                self.now += *every * bytes;
                Ok(response)
            }
            DeliveryMode::Stall { .. } => {
                self.now += TIMEOUT;
                failed(TransportErrorKind::Timeout)
            }
            DeliveryMode::Endless => failed(TransportErrorKind::BodyTooLarge),
            DeliveryMode::Verbatim(_) => failed(TransportErrorKind::InvalidHttp),
            _ => failed(TransportErrorKind::Closed),
        }
    }
}
