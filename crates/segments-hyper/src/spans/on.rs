//! A span for an export, one for each attempt, and events for what is between them.
//!
//! Names are those of OpenTelemetry's conventions for HTTP clients. Nothing here comes from a header
//! or a body, and the key is in no URL.

use std::borrow::Cow;
use std::time::Duration;

use http::Response;
use segments_core::error::ResponseError;
use segments_core::export::{Exchange, Outcome};
use segments_core::{Error, ErrorKind, Export, Fetch, TransportError};
use tracing::field::Empty;
use tracing::{Instrument, Span, info, info_span, warn};

/// The span of an export, a child of the span in which its reader was made.
#[derive(Clone)]
pub(crate) struct ExportSpan {
    span: Span,
    host: String,
    port: u16,
    /// When the last wait ends that an event told of.
    waits_until: Duration,
    /// How many anomalies events told of.
    anomalies: usize,
}

/// The span of one attempt.
pub(crate) struct AttemptSpan(Span);

impl ExportSpan {
    pub(crate) fn new(export: &Export) -> Self {
        let endpoint = export.api().endpoint();
        let (host, port) = (endpoint.host().to_owned(), endpoint.port());

        let span = info_span!(
            "segments.export",
            server.address = host,
            server.port = port,
            segments.goal = %export.plan().goal,
            segments.count = Empty,
            segments.requests = Empty,
            segments.retries = Empty,
            segments.waited = Empty,
            segments.anomalies = Empty,
            error.type = Empty,
        );
        Self { span, host, port, waits_until: Duration::ZERO, anomalies: 0 }
    }

    pub(crate) fn attempt(&self, fetch: &Fetch) -> AttemptSpan {
        let request = fetch.request();
        let span = info_span!(
            parent: &self.span,
            "segments.attempt",
            otel.name = "GET",
            otel.kind = "client",
            http.request.method = "GET",
            http.request.resend_count = Empty,
            server.address = self.host,
            server.port = self.port,
            url.full = %request.uri(),
            url.path = request.uri().path(),
            http.response.status_code = Empty,
            error.type = Empty,
        );

        let resend_count = fetch.attempt() - 1;
        if resend_count > 0 {
            span.record("http.request.resend_count", resend_count);
        }
        AttemptSpan(span)
    }

    /// Tells of a failed attempt, and of a wait that begins.
    pub(crate) fn note_exchange(&mut self, exchange: &Exchange, now: Duration) {
        let list = exchange.list();
        if let Some(error) = exchange.outcome().error() {
            warn!(
                parent: &self.span,
                segments.page = list.page,
                segments.attempt = exchange.attempt(),
                segments.outcome = exchange.outcome().name(),
                error.type = %error_type(error),
                "the attempt failed"
            );
        }

        let page_wait = match exchange.outcome() {
            Outcome::Retry { after, .. } => *after,
            _ => Duration::ZERO,
        };
        // The exchanges of several requests in flight tell of the same wait.
        let wait = exchange.pause().max(page_wait);
        let until = now.saturating_add(wait);
        if !wait.is_zero() && until > self.waits_until {
            self.waits_until = until;
            info!(
                parent: &self.span,
                segments.wait = wait.as_secs_f64(),
                segments.wait_for = reason(exchange),
                "waiting"
            );
        }
    }

    /// Tells of the anomalies since the last call.
    pub(crate) fn note_anomalies(&mut self, export: &Export) {
        let anomalies = export.anomalies();
        for anomaly in &anomalies[self.anomalies.min(anomalies.len())..] {
            info!(parent: &self.span, segments.anomaly = anomaly.name(), "anomaly");
        }
        self.anomalies = anomalies.len();
    }

    pub(crate) fn note_end(&self, export: &Export, error: Option<&Error>) {
        let report = export.report();
        self.span.record("segments.count", report.segments);
        self.span.record("segments.requests", report.requests);
        self.span.record("segments.retries", report.retries);
        self.span.record("segments.waited", report.waited.as_secs_f64());
        let anomalies = report.anomalies.len() as u64 + report.anomalies_omitted;
        self.span.record("segments.anomalies", anomalies);
        if let Some(error) = error {
            self.span.record("error.type", &*error_type(error));
        }
    }
}

impl AttemptSpan {
    /// Runs an exchange in the span, and records how it ends.
    pub(crate) async fn around<F>(self, exchange: F) -> F::Output
    where
        F: Future<Output = Result<Response<Vec<u8>>, TransportError>>,
    {
        let Self(span) = self;
        let result = exchange.instrument(span.clone()).await;

        match &result {
            Ok(response) => {
                let status = response.status();
                span.record("http.response.status_code", status.as_u16());
                if status.is_client_error() || status.is_server_error() {
                    span.record("error.type", status.as_str());
                }
            }
            Err(failure) => {
                span.record("error.type", failure.kind().name());
            }
        }
        result
    }
}

/// What an export waits for.
fn reason(exchange: &Exchange) -> &'static str {
    match exchange.outcome() {
        Outcome::Page { rows: 0 } if exchange.list().page == 0 => "empty_list",
        // The quota is used up, or requests are spaced out for a limiter that gives no time.
        Outcome::Page { .. } => "rate_limit",
        outcome => match outcome.error().map(Error::kind) {
            Some(ErrorKind::RateLimited) => "rate_limit",
            _ => "retry",
        },
    }
}

/// The value of `error.type`: a status from 400, or the kind.
fn error_type(error: &Error) -> Cow<'static, str> {
    match (error.kind(), error.status()) {
        (_, Some(status)) if status >= 400 => status.to_string().into(),
        (ErrorKind::Transport(failure) | ErrorKind::Response(ResponseError::Http(failure)), _) => {
            failure.kind().name().into()
        }
        (kind, _) => kind.name().into(),
    }
}
