use std::time::Duration;

use http::Response;

use super::Export;
use crate::export::fetch::Fetch;
use crate::export::list::List;
use crate::export::report::Report;
use crate::export::step::Step;
use crate::message::error::{Error, TransportError};
use crate::message::response::Segment;

/// Whole drivers for the plain case: one request at a time, and the whole list at the end.
impl Export {
    /// Reads the list to its end: `send` sends a request, `clock` gives the time since a zero of the
    /// caller's choice, `sleep` waits.
    ///
    /// It is the loop over [`Export::poll`] that the [guide](crate::guide) shows. Write that loop
    /// yourself to stream segments, to log each [`Exchange`](crate::export::Exchange), or to keep
    /// several requests in flight. `send` has to enforce the limits of the [`Fetch`].
    ///
    /// ```
    /// use std::io;
    /// use std::thread::sleep;
    /// use std::time::Instant;
    ///
    /// use segments_core::{Export, Fetch, Plan};
    /// # use segments_core::{Api, ApiKey, Instance, Page, Segment};
    ///
    /// fn send(fetch: &Fetch) -> io::Result<http::Response<Vec<u8>>> {
    ///     // … an HTTP client sends `fetch.request()` within `fetch.timeout()`
    /// #   let row = Segment::new("a", "All Users", true, [""; 0]).unwrap();
    /// #   Ok((fetch.list().page == 0).then_some(row).into_iter().collect::<Page>().to_http())
    /// }
    ///
    /// # let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key")?);
    /// let start = Instant::now();
    /// let mut export = Export::new(api, Plan::default());
    /// let (segments, report) = export.drive(send, || start.elapsed(), sleep)?;
    /// assert_eq!(segments.len(), 1);
    /// println!("{report}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Why the export ended without reaching its goal; [`Export::report`] tells what was done. Or
    /// [`HandedOut`](crate::ErrorKind::HandedOut) if batches were handed out before, so that the rest
    /// is not the whole list.
    pub fn drive<B: AsRef<[u8]>, E: Into<TransportError>>(
        &mut self,
        mut send: impl FnMut(&Fetch) -> Result<Response<B>, E>,
        clock: impl Fn() -> Duration,
        mut sleep: impl FnMut(Duration),
    ) -> Result<(Vec<Segment>, Report), Error> {
        let mut list = List::default();
        self.check_list(&list)?;

        loop {
            match self.poll(clock())? {
                Step::Send(fetch) => {
                    let result = send(&fetch);
                    self.handle_result(&fetch, clock(), result);
                }
                Step::Wait { until } => sleep(until.saturating_sub(clock())),
                Step::Batch(batch) => list.apply(batch),
                Step::Done(report) => return Ok((list.finish(&report), report)),
            }
        }
    }

    /// [`Export::drive`] for an asynchronous `send` and `sleep`, on any runtime.
    ///
    /// Dropping the future cancels the request that it waits for, which is still wanted. But the
    /// batches so far are lost with it: the export can be resumed, its list cannot.
    ///
    /// ```
    /// # use std::io;
    /// # use std::time::Duration;
    /// # use segments_core::{Api, ApiKey, Export, Fetch, Instance, Page, Plan, Segment};
    /// async fn send(fetch: Fetch) -> io::Result<http::Response<Vec<u8>>> {
    ///     // …
    /// #   let row = Segment::new("a", "All Users", true, [""; 0]).unwrap();
    /// #   Ok((fetch.list().page == 0).then_some(row).into_iter().collect::<Page>().to_http())
    /// }
    ///
    /// # async fn read(api: Api) -> Result<(), segments_core::Error> {
    /// # let sleep = |_: Duration| std::future::ready(());
    /// # let now = std::cell::Cell::new(Duration::ZERO);
    /// # let start = std::time::Instant::now();
    /// // let sleep = tokio::time::sleep;
    /// let mut export = Export::new(api, Plan::default());
    /// let (segments, report) = export.drive_async(send, || start.elapsed(), sleep).await?;
    /// # assert_eq!((segments.len(), report.ended), (1, true));
    /// # Ok(())
    /// # }
    /// # let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key").unwrap());
    /// # let mut future = std::pin::pin!(read(api));
    /// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// # assert!(future.as_mut().poll(&mut context).is_ready());
    /// ```
    ///
    /// # Errors
    /// As [`Export::drive`].
    // Closures that return futures, not `AsyncFnMut`: the future of that is never `Send`.
    pub async fn drive_async<B, E, Sending, Sleeping>(
        &mut self,
        mut send: impl FnMut(Fetch) -> Sending,
        clock: impl Fn() -> Duration,
        mut sleep: impl FnMut(Duration) -> Sleeping,
    ) -> Result<(Vec<Segment>, Report), Error>
    where
        B: AsRef<[u8]>,
        E: Into<TransportError>,
        Sending: Future<Output = Result<Response<B>, E>>,
        Sleeping: Future<Output = ()>,
    {
        let mut list = List::default();
        self.check_list(&list)?;

        loop {
            match self.poll(clock())? {
                Step::Send(fetch) => {
                    let result = send(fetch.clone()).await;
                    self.handle_result(&fetch, clock(), result);
                }
                Step::Wait { until } => sleep(until.saturating_sub(clock())).await,
                Step::Batch(batch) => list.apply(batch),
                Step::Done(report) => return Ok((list.finish(&report), report)),
            }
        }
    }
}
