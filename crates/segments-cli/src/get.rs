//! `segments get`: one page.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::iter::successors;
use std::time::Duration;

use http::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use segments_core::{Api, Error, Failure, FailureKind, ListRequest, Page, Plan, Reason};
use segments_hyper::{Body, Client};
use tokio::time::{Instant, sleep, timeout};
use tower_service::Service;

use crate::args;
use crate::config::{Config, Environment, refuse_key_in_argument};
use crate::exit::Problem;
use crate::export::Destination;
use crate::progress::Console;
use crate::signal::Signals;
use crate::source::hyper_client;

/// Reads the page and writes it.
pub(crate) async fn run(
    args: args::Get,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), Problem> {
    refuse_key_in_argument(args.connection.api_key.is_some())?;
    let config = Config::new(&args.connection, &Environment::read(), console)?;
    let client = hyper_client(&config)?;
    let api = Api::new(config.endpoint, config.key);
    let list = ListRequest { page: args.page, sort_direction: args.sort };
    let mut destination = Destination::open(&args.output)?;
    let page: Page = tokio::select! {
        signal = signals.first() => return Err(Problem::Stopped(signal)),
        page = read(&api, client, list, &args.connection, console) => page?,
    };
    destination.write(page.segments().collect(), console)?;
    let written = destination.finish(console)?;
    console.note(&format!("{} segments on page {}{written}", page.len(), list.page));
    Ok(())
}

/// Asks for one page until there is an answer worth having.
async fn read(
    api: &Api,
    mut client: Client,
    list: ListRequest,
    args: &args::Connection,
    console: &Console,
) -> Result<Page, Problem> {
    let plan = Plan::default();
    let mut backoff = plan.retry.backoff;
    for attempt in 1.. {
        let asked = Instant::now();
        let answer = match timeout(args.timeout, send(&mut client, api, list, plan.max_body)).await
        {
            Ok(answer) => answer,
            Err(_) => Err(Failure::new(FailureKind::Timeout, "")),
        };
        let status = answer.as_ref().ok().map(|response| response.status().as_u16());
        let result = answer.map(|response| api.read(&response));
        let (problem, wait) = match result {
            Ok(Ok(page)) => {
                console.request(&line(list, status, asked.elapsed()));
                return Ok(page);
            }
            Ok(Err(error)) => {
                let wait = is_passing(&error).then(|| error.wait().unwrap_or(backoff));
                (Problem::Page(list.page, error.into(), api.endpoint().clone()), wait)
            }
            Err(failure) => {
                let final_kinds = [FailureKind::Tls, FailureKind::BodyTooLarge];
                let wait = (!final_kinds.contains(&failure.kind())).then_some(backoff);
                (Problem::NoAnswer(list.page, failure, api.endpoint().clone()), wait)
            }
        };
        console.request(&line(list, status, asked.elapsed()));
        match wait {
            Some(wait) if attempt < args.max_attempts && wait <= args.max_wait => sleep(wait).await,
            _ => return Err(problem),
        }
        backoff = plan.retry.max_backoff.min(2 * backoff);
    }
    unreachable!("the last attempt has returned")
}

/// One try: a whole response, or why there is none.
async fn send(
    client: &mut Client,
    api: &Api,
    list: ListRequest,
    max_body: usize,
) -> Result<Response<Vec<u8>>, Failure> {
    poll_fn(|cx| client.poll_ready(cx))
        .await
        .map_err(|error| failed(&error, error.is_connect()))?;
    let request = api.request(list).map(|()| Body::new());
    let response =
        client.call(request).await.map_err(|error| failed(&error, error.is_connect()))?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, max_body).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            Failure::new(FailureKind::BodyTooLarge, "")
        } else {
            failed(&*error, false)
        }
    })?;
    Ok(Response::from_parts(head, body.to_bytes().into()))
}

fn failed(error: &(dyn StdError + 'static), connecting: bool) -> Failure {
    let last = successors(Some(error), |error| (*error).source()).last().unwrap_or(error);
    let kind = if connecting { FailureKind::Connect } else { FailureKind::Closed };
    Failure::new(kind, last.to_string())
}

fn is_passing(error: &Error) -> bool {
    matches!(error.reason(), Reason::RateLimited | Reason::Server | Reason::Transport(_))
}

fn line(list: ListRequest, status: Option<u16>, took: Duration) -> String {
    let status = status.map_or("no answer".to_owned(), |status| status.to_string());
    format!("GET {list} -> {status} in {} ms", took.as_millis())
}
