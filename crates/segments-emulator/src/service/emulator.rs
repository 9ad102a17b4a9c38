use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{Request, Response};
use tokio::time::Instant;
use tower_service::Service;

use crate::service::body::Body;
use crate::service::connection_error::ConnectionError;
use crate::service::response_future::ResponseFuture;
use crate::workspace::Workspace;

/// A shared [`Workspace`] with a clock, as a [`tower_service::Service`]: tests an HTTP client
/// without a socket.
///
/// Clones share the workspace. The clock is tokio's, so pausing or advancing it moves the hour of
/// the rate limit and all delays. A delayed response does not hold up others.
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
    /// The time since the Unix epoch at `started_at`.
    start: Duration,
    started_at: Instant,
}

impl Emulator {
    /// An emulator whose clock starts at the system time.
    pub fn new(workspace: Workspace) -> Self {
        // The only place in this crate that reads the system clock.
        #[allow(clippy::disallowed_methods)]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();

        Self::starting_at(workspace, now)
    }

    /// An emulator whose clock starts at this time since the Unix epoch, for tests that depend on
    /// the hour of the rate limit.
    pub fn starting_at(workspace: Workspace, now: Duration) -> Self {
        let workspace = Mutex::new(workspace);
        #[allow(clippy::disallowed_methods)]
        let started_at = Instant::now();

        Self { shared: Arc::new(Shared { workspace, start: now, started_at }) }
    }

    /// Calls `f` with the workspace, to edit or to inspect it between two responses.
    pub fn with<R>(&self, f: impl FnOnce(&mut Workspace) -> R) -> R {
        f(&mut self.lock())
    }

    /// The time of its clock since the Unix epoch.
    pub fn now(&self) -> Duration {
        self.shared.start.saturating_add(self.shared.started_at.elapsed())
    }

    /// The response of the workspace, not yet delivered.
    pub(crate) fn answer<B>(&self, request: &Request<B>) -> Response<Vec<u8>> {
        let now = self.now();
        self.lock().answer(request, now)
    }

    fn lock(&self) -> MutexGuard<'_, Workspace> {
        // A panic in a closure of `with` is a failed assertion of a test, and leaves the workspace
        // consistent.
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
    type Error = ConnectionError;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectionError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        ResponseFuture::new(self.answer(&request))
    }
}
