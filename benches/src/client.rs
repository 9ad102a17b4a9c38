//! Whole clients: so many pages from a server in another process, one after the other.
//!
//! Each looks at every name, so that none gets away without reading.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use segments_core::{Api, ApiKey, Endpoint, Export, Goal, Plan, Segment};
use tokio::runtime::{Builder, Runtime};

use crate::decode::{OwnedPage, owned};
use crate::pages::KEY;

/// The length of all names of all pages that were read.
type Names = usize;

fn target(url: &str, page: u32) -> String {
    format!("{url}/segments/list?page={page}&sort_direction=asc")
}

fn bearer() -> String {
    format!("Bearer {KEY}")
}

fn names(page: &OwnedPage) -> Names {
    page.segments.iter().map(|segment| segment.name.len()).sum()
}

fn names_of_ours(batch: &[Segment]) -> Names {
    batch.iter().map(|segment| segment.name().len()).sum()
}

/// One thread, as a command-line client has it.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A bare socket: the bytes, and nothing made of them.
pub fn socket(url: &str, pages: u32) -> Names {
    let host = url.trim_start_matches("http://");
    let mut stream =
        BufReader::with_capacity(32 << 10, TcpStream::connect(host).expect("a server"));
    let (mut line, mut body) = (String::new(), Vec::new());
    for page in 0..pages {
        let target = target("", page);
        let bearer = bearer();
        let request =
            format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nauthorization: {bearer}\r\n\r\n");
        stream.get_mut().write_all(request.as_bytes()).expect("an open socket");
        let mut length = 0;
        loop {
            line.clear();
            stream.read_line(&mut line).expect("an open socket");
            if let Some(text) = line.strip_prefix("content-length: ") {
                length = text.trim().parse().expect("digits");
            }
            if line == "\r\n" {
                break;
            }
        }
        body.resize(length, 0);
        stream.read_exact(&mut body).expect("an open socket");
    }
    body.len()
}

/// hyper-util's pool and `serde_json` into structs of strings.
pub fn hyper_util(url: &str, pages: u32) -> Names {
    runtime().block_on(async {
        let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
        let mut sum = 0;
        for page in 0..pages {
            let request = Request::get(target(url, page))
                .header("authorization", bearer())
                .header("accept", "application/json")
                .body(Empty::new())
                .expect("all of it is valid");
            let response = client.request(request).await.expect("an answer");
            let body = response.into_body().collect().await.expect("a body").to_bytes();
            sum += names(&owned(&body));
        }
        sum
    })
}

/// reqwest and `serde_json` into structs of strings.
pub fn reqwest(url: &str, pages: u32) -> Names {
    runtime().block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut sum = 0;
        for page in 0..pages {
            let request = client.get(target(url, page)).header("authorization", bearer());
            let response = request.header("accept", "application/json").send().await;
            let body = response.expect("an answer").bytes().await.expect("a body");
            sum += names(&owned(&body));
        }
        sum
    })
}

/// ureq and `serde_json` into structs of strings.
pub fn ureq(url: &str, pages: u32) -> Names {
    let agent = ureq::Agent::config_builder().proxy(None).build().new_agent();
    let mut sum = 0;
    for page in 0..pages {
        let request = agent.get(target(url, page)).header("authorization", bearer());
        let mut response = request.header("accept", "application/json").call().expect("an answer");
        let body = response.body_mut().read_to_vec().expect("a body");
        sum += names(&owned(&body));
    }
    sum
}

/// A walk that stops after so many pages.
fn export(url: &str) -> Export {
    let endpoint = Endpoint::new(url).expect("a loopback address");
    let api = Api::new(endpoint, ApiKey::new(KEY).expect("printable"));
    let mut plan = Plan::new(Goal::Walk);
    plan.window = 1;
    Export::new(api, plan)
}

/// Ours over hyper.
pub fn segments_hyper(url: &str, pages: u32) -> Names {
    runtime().block_on(async {
        let client = segments_hyper::Client::builder().plain_http().build().expect("a client");
        let mut reader = segments_hyper::Reader::new(export(url), client);
        let mut sum = 0;
        for _ in 0..pages {
            let batch = reader.next_segments().await.expect("a page").expect("nothing goes wrong");
            sum += names_of_ours(&batch);
        }
        sum
    })
}

/// Ours over ureq.
pub fn segments_blocking(url: &str, pages: u32) -> Names {
    let mut reader = segments_blocking::Reader::new(export(url), segments_blocking::agent());
    let mut sum = 0;
    for _ in 0..pages {
        let batch = reader.next_segments().expect("a page").expect("nothing goes wrong");
        sum += names_of_ours(&batch);
    }
    sum
}
