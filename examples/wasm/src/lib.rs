//! The core as a WebAssembly module: JavaScript has the clock, the timers and `fetch`. `drive.mjs` is
//! the whole driver.

use std::time::Duration;

use segments_core::{
    Api, ApiKey, Endpoint, Error, Export, Fetch, List, Plan, Step, TransportError,
    TransportErrorKind,
};
use serde_json::{Map, json};
use wasm_bindgen::prelude::*;

/// An export, one request at a time. Times are milliseconds since a zero of the caller's choice.
#[wasm_bindgen]
pub struct Driver {
    export: Export,
    list: List,
    fetch: Option<Fetch>,
}

#[wasm_bindgen]
impl Driver {
    /// Reads all segments of a workspace.
    #[wasm_bindgen(constructor)]
    pub fn new(base_url: &str, key: &str) -> Result<Driver, JsError> {
        let api = Api::new(Endpoint::new(base_url)?, ApiKey::new(key)?);
        let export = Export::new(api, Plan::default());
        Ok(Self { export, list: List::default(), fetch: None })
    }

    /// What to do now, as JSON: `send` a request, `wait` some milliseconds, or take what is `done`.
    pub fn poll(&mut self, now: f64) -> Result<String, JsError> {
        loop {
            let step = match self.export.poll(time(now)).map_err(|error| failed(&error))? {
                Step::Batch(batch) => {
                    self.list.apply(batch);
                    continue;
                }
                Step::Send(fetch) => {
                    let step = json!({ "send": to_send(&fetch) });
                    self.fetch = Some(fetch);
                    step
                }
                Step::Wait { until } => json!({ "wait": until.as_secs_f64() * 1000.0 - now }),
                Step::Done(report) => {
                    let segments = std::mem::take(&mut self.list).finish(&report);
                    json!({ "done": { "segments": segments, "report": report.to_string() } })
                }
            };
            return Ok(step.to_string());
        }
    }

    /// Hands in the response to the last request. `headers` are pairs, as JSON.
    pub fn response(
        &mut self,
        now: f64,
        status: u16,
        headers: &str,
        body: Vec<u8>,
    ) -> Result<(), JsError> {
        let headers: Vec<(String, String)> = serde_json::from_str(headers)?;
        let mut response = http::Response::builder().status(status);
        // `fetch` has decompressed the body.
        for (name, value) in headers.iter().filter(|(name, _)| name != "content-encoding") {
            response = response.header(name, value);
        }

        let response = response.body(body)?;
        if let Some(fetch) = self.fetch.take() {
            self.export.handle_response(&fetch, time(now), &response);
        }
        Ok(())
    }

    /// Hands in that there was no response.
    pub fn failure(&mut self, now: f64, text: &str) {
        if let Some(fetch) = self.fetch.take() {
            let failure = TransportError::new(TransportErrorKind::Other, text);
            self.export.handle_failure(&fetch, time(now), failure);
        }
    }
}

fn time(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
}

fn to_send(fetch: &Fetch) -> serde_json::Value {
    let request = fetch.request();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = request.headers().iter();
    let headers: Map<_, _> =
        headers.map(|(name, value)| (name.to_string(), text(value).into())).collect();

    json!({
        "url": request.uri().to_string(),
        "headers": headers,
        "timeout": fetch.timeout().as_millis(),
    })
}

fn failed(error: &Error) -> JsError {
    JsError::new(&format!("{error}; {}", error.advice()))
}
