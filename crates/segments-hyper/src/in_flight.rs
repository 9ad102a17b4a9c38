use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use segments_core::export::FetchId;
use segments_core::{Fetch, TransportError};
use tokio::task::{AbortHandle, JoinSet};
use tower_service::Service;

use crate::Body;
use crate::send::send;
use crate::spans::ExportSpan;

/// The requests in flight, a task each. They end with it.
pub(crate) struct InFlight {
    // The lock is never contended. It makes the reader `Sync`, so that a task can hold a `&Reader`
    // over an await, without asking the service to be `Sync`.
    start: Mutex<Start>,
    tasks: JoinSet<Finished>,
    handles: BTreeMap<FetchId, AbortHandle>,
}

/// Starts one request. It closes over the service, so the reader has no type parameter.
type Start = Box<dyn Fn(&mut JoinSet<Finished>, Fetch) -> AbortHandle + Send>;

/// How one request ended.
pub(crate) type Finished = (Fetch, Result<Response<Vec<u8>>, TransportError>);

impl InFlight {
    pub(crate) fn new<S, B>(service: S, span: ExportSpan) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        S::Future: Send,
        B: http_body::Body + Send,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let start = move |tasks: &mut JoinSet<Finished>, fetch: Fetch| {
            let service = service.clone();
            let span = span.attempt(&fetch);
            tasks.spawn(async move {
                let result = span.around(send(service, &fetch)).await;
                (fetch, result)
            })
        };
        Self { start: Mutex::new(Box::new(start)), tasks: JoinSet::new(), handles: BTreeMap::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.handles.len()
    }

    pub(crate) fn contains(&self, id: FetchId) -> bool {
        self.handles.contains_key(&id)
    }

    pub(crate) fn start(&mut self, fetch: &Fetch) {
        let start = self.start.get_mut().unwrap_or_else(PoisonError::into_inner);
        let handle = start(&mut self.tasks, fetch.clone());
        self.handles.insert(fetch.id(), handle);
    }

    /// The next request that has ended; `None` if none is in flight.
    pub(crate) fn poll_finished(&mut self, cx: &mut Context<'_>) -> Poll<Option<Finished>> {
        loop {
            let Some(joined) = ready!(self.tasks.poll_join_next_with_id(cx)) else {
                return Poll::Ready(None);
            };
            let (task, (fetch, result)) = match joined {
                Ok(finished) => finished,
                Err(error) if error.is_cancelled() => continue,
                Err(error) => resume_unwind(error.into_panic()),
            };

            // An aborted task may finish all the same, when its request is in flight again.
            if self.handles.get(&fetch.id()).is_some_and(|handle| handle.id() == task) {
                self.handles.remove(&fetch.id());
            }
            return Poll::Ready(Some((fetch, result)));
        }
    }

    /// Aborts a task whose page is no longer needed, if there is one.
    pub(crate) fn abort_one(&mut self, is_unneeded: impl Fn(FetchId) -> bool) -> bool {
        let unneeded = self.handles.keys().copied().find(|id| is_unneeded(*id));
        let task = unneeded.and_then(|id| self.handles.remove(&id));
        task.inspect(AbortHandle::abort).is_some()
    }

    pub(crate) fn abort_all(&mut self) {
        self.tasks.abort_all();
        self.handles.clear();
    }
}
