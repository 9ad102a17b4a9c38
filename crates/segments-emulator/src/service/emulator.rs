use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{Request, Response};
use tokio::time::{Instant, Sleep, sleep};
use tower_service::Service;

use crate::server::raw_response;
use crate::service::body::{Body, Broken};
use crate::workspace::Workspace;
use crate::workspace::delivery::{Delivery, Manner};

/// A [`Workspace`] that many may ask at once: a cheap handle with a clock, and a
/// [`tower_service::Service`], so that an HTTP client can be tested without a socket.
///
/// Time runs on tokio's clock from the moment of its making, so that a paused clock moves the
/// hourly window too. The lock is held for the pure answer only; delays happen outside of it.
///
/// ```
/// use http::Request;
/// use http_body_util::BodyExt;
/// use segments_emulator::{Emulator, Workspace, sample};
/// use tower_service::Service;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let mut emulator = Emulator::new(Workspace::new().with_key("k").with_segments(sample(3, 1)));
/// emulator.with(|workspace| workspace.set_page_size(2));
///
/// let request = Request::get("/segments/list").header("authorization", "Bearer k").body(())?;
/// let response = emulator.call(request).await?;
/// assert_eq!(response.status(), 200);
/// let body = response.into_body().collect().await?.to_bytes();
/// assert!(body.ends_with(br#""message":"success"}"#));
/// assert_eq!(emulator.with(|workspace| workspace.log().total()), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Emulator {
    shared: Arc<Shared>,
}

struct Shared {
    workspace: Mutex<Workspace>,
    /// The time since the Unix epoch at `since`.
    start: Duration,
    since: Instant,
}

impl Emulator {
    /// Begins at the time of this machine.
    pub fn new(workspace: Workspace) -> Self {
        // The one place of this crate where the system's clock is read.
        #[allow(clippy::disallowed_methods)]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::starting_at(workspace, now)
    }

    /// Begins at this time since the Unix epoch, for tests that count on the hour.
    pub fn starting_at(workspace: Workspace, unix: Duration) -> Self {
        let workspace = Mutex::new(workspace);
        #[allow(clippy::disallowed_methods)]
        let since = Instant::now();
        Self { shared: Arc::new(Shared { workspace, start: unix, since }) }
    }

    /// Edits the workspace, or looks at it, between two answers. Every handle sees the same one.
    pub fn with<R>(&self, act: impl FnOnce(&mut Workspace) -> R) -> R {
        act(&mut self.lock())
    }

    /// Its clock: the time since the Unix epoch.
    pub fn now(&self) -> Duration {
        self.shared.start.saturating_add(self.shared.since.elapsed())
    }

    pub(crate) fn answer<B>(&self, request: &Request<B>) -> Response<Vec<u8>> {
        let now = self.now();
        self.lock().answer(request, now)
    }

    fn lock(&self) -> MutexGuard<'_, Workspace> {
        // A panic of the caller's closure leaves a workspace that is still whole.
        self.shared.workspace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").finish_non_exhaustive()
    }
}

impl<B> Service<Request<B>> for Emulator {
    type Response = Response<Body>;
    type Error = Broken;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answering {
        Answering::new(self.answer(&request))
    }
}

/// The answer of an [`Emulator`], held back for as long as a script says.
///
/// What was decided is decided when the call is made: dropping this neither takes the request out
/// of the log nor gives it back to the allowance, as with a real server.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Answering {
    delay: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    result: Option<Result<Response<Body>, Broken>>,
}

impl Answering {
    pub(crate) fn new(response: Response<Vec<u8>>) -> Self {
        let Delivery { mut delay, manner } = Delivery::of(&response);
        if let Manner::DripHead { every } = manner {
            let bytes = u32::try_from(raw_response::head(&response).len()).unwrap_or(u32::MAX);
            delay = delay.saturating_add(every.saturating_mul(bytes));
        }
        let result = match manner {
            Manner::Close | Manner::Reset { .. } => Err(Broken::Closed),
            Manner::Verbatim(bytes) => Err(Broken::Verbatim(bytes)),
            manner => Ok(response.map(|body| Body::new(body, &manner))),
        };
        Self { delay, sleep: None, result: Some(result) }
    }
}

impl Future for Answering {
    type Output = Result<Response<Body>, Broken>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if !this.delay.is_zero() {
            let delay = this.delay;
            let timer = this.sleep.get_or_insert_with(|| Box::pin(sleep(delay)));
            ready!(timer.as_mut().poll(context));
            this.delay = Duration::ZERO;
        }
        Poll::Ready(this.result.take().expect("an answer is taken once"))
    }
}
