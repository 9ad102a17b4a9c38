//! The iterator, and agents that are not ours.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use segments_blocking::{AgentBuilder, Reader, agent};
use segments_core::error::ResponseError;
use segments_core::{Api, ApiKey, Endpoint, ErrorKind, Export, Goal, Plan};
use segments_emulator::{Emulator, Fault, Script, Server, ServerThread, Workspace, sample};
use segments_tests::peer::{FullQueue, Nobody};
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Proxy};

fn server(script: Script) -> ServerThread {
    let braze = Workspace::new().with_key("a-key").with_segments(sample(250, 1));
    Server::spawn(Emulator::new(braze.with_faults(script))).unwrap()
}

fn export(server: &ServerThread, goal: Goal, key: &str) -> Export {
    let endpoint = Endpoint::new(&server.url()).unwrap();
    Export::new(Api::new(endpoint, ApiKey::new(key).unwrap()), Plan::new(goal))
}

#[test]
fn it_gives_every_segment_once_and_ends_for_good() {
    let server = server(Script::new());
    let mut reader = Reader::new(export(&server, Goal::Walk, "a-key"), agent());
    let expected: Vec<_> = server.emulator().with(|braze| braze.segments().cloned().collect());
    let segments: Vec<_> = reader.by_ref().map(Result::unwrap).collect();
    assert_eq!(segments, expected);
    assert!(reader.next().is_none());
    assert!(reader.next_segments().is_none());
    assert_eq!(reader.report().segments, 250);
}

#[test]
fn a_batch_after_some_segments_is_the_rest_of_the_page() {
    let server = server(Script::new());
    let mut reader = Reader::new(export(&server, Goal::Walk, "a-key"), agent());
    let first = reader.next().unwrap().unwrap();
    let rest = reader.next_segments().unwrap().unwrap();
    assert_eq!(rest.len(), 99);
    assert!(!rest.contains(&first));
    assert_eq!(reader.next_segments().unwrap().unwrap().len(), 100);
}

#[test]
fn the_whole_list_is_in_order() {
    let server = server(Script::new());
    let mut reader = Reader::new(export(&server, Goal::Complete, "a-key"), agent());
    let expected: Vec<_> = server.emulator().with(|braze| braze.segments().cloned().collect());
    assert_eq!(reader.collect_all().unwrap().0, expected);
}

#[test]
fn an_error_is_the_end() {
    let server = server(Script::new());
    let mut reader = Reader::new(export(&server, Goal::Walk, "another-key"), agent());
    let error = reader.next().unwrap().unwrap_err();
    assert_eq!((error.kind(), error.status()), (&ErrorKind::Refused, Some(401)));
    assert!(reader.next().is_none());
}

#[test]
fn an_agent_with_other_habits_is_held_to_ours() {
    let trap = server(Script::new());
    let agent = Agent::config_builder()
        .http_status_as_error(true)
        .max_redirects(10)
        .proxy(Some(Proxy::new(&trap.url()).unwrap()))
        .build()
        .new_agent();
    let script = Script::new()
        .then(Fault::status(503))
        .then(Fault::redirect(format!("{}/segments/list", trap.url())));
    let server = server(script);
    let endpoint = Endpoint::new(&server.url()).unwrap();
    let mut plan = Plan::new(Goal::Walk);
    // With more, page 1 would meet the redirect while page 0 waits to be tried again.
    plan.window = 1;
    let export = Export::new(Api::new(endpoint, ApiKey::new("a-key").unwrap()), plan);
    let mut reader = Reader::new(export, agent);
    let error = reader.next().unwrap().unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Response(ResponseError::Redirect { .. })),
        "the 503 was tried again, the redirect not followed: {error:?}"
    );
    assert_eq!(reader.report().requests, 2);
    assert_eq!(trap.emulator().with(|braze| braze.log().total()), 0);
}

#[test]
fn a_request_is_as_the_core_made_it_whatever_the_agent_would_add() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = Endpoint::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let head = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = vec![0; 4096];
        let length = stream.read(&mut head).unwrap();
        stream.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n").unwrap();
        String::from_utf8(head[..length].to_vec()).unwrap().to_ascii_lowercase()
    });
    let agent = Agent::config_builder()
        .accept("text/html")
        .accept_encoding("gzip")
        .user_agent("another/1")
        .build()
        .new_agent();
    let api = Api::new(endpoint, ApiKey::new("a-key").unwrap());
    let mut reader = Reader::new(Export::new(api, Plan::new(Goal::Walk)), agent);
    assert_eq!(reader.next().unwrap().unwrap_err().kind(), &ErrorKind::Refused);
    let head = head.join().unwrap();
    assert!(head.contains("user-agent: segments/"), "{head}");
    assert!(head.contains("accept: application/json\r\n"), "{head}");
    assert!(!head.contains("another/1") && !head.contains("gzip") && !head.contains("html"));
}

#[test]
fn an_agent_that_insists_on_tls_keeps_doing_so() {
    let server = server(Script::new());
    let agent = Agent::config_builder().https_only(true).build().new_agent();
    let mut plan = Plan::new(Goal::Walk);
    plan.retry.max_attempts = 1;
    let endpoint = Endpoint::new(&server.url()).unwrap();
    let api = Api::new(endpoint, ApiKey::new("a-key").unwrap());
    let mut reader = Reader::new(Export::new(api, plan), agent);
    assert!(reader.next().unwrap().is_err());
    assert_eq!(server.emulator().with(|braze| braze.log().total()), 0);
}

/// A name with these addresses.
#[derive(Debug)]
struct Known([SocketAddr; 2]);

impl Resolver for Known {
    fn resolve(
        &self,
        _: &http::Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        self.0.into_iter().for_each(|address| addresses.push(address));
        Ok(addresses)
    }
}

#[test]
fn t4_the_second_address_of_a_name_is_used() {
    let server = server(Script::new());
    let queue = FullQueue::new();
    let nobody = Nobody::new();
    for dead in [nobody.addr(), queue.addr(), "[::1]:9".parse().unwrap()] {
        let config =
            Agent::config_builder().timeout_connect(Some(Duration::from_millis(900))).build();
        let known = Known([dead, server.addr()]);
        let agent = Agent::with_parts(config, DefaultConnector::new(), known);
        let mut plan = Plan::new(Goal::Walk);
        plan.retry.max_attempts = 1;
        let api = Api::new(Endpoint::new(&server.url()).unwrap(), ApiKey::new("a-key").unwrap());
        let list = Reader::new(Export::new(api, plan), agent).collect_all().unwrap().0;
        assert_eq!(list.len(), 250, "{dead}");
    }
}

#[test]
fn t3_the_failure_says_which_time_limit_it_was() {
    let queue = FullQueue::new();
    let url = format!("http://{}", queue.addr());
    for (connect, whole, said) in [
        (300, 5000, "could not connect (no connection within 0.3 s)"),
        (5000, 300, "the request timed out (no whole response within 0.3 s)"),
    ] {
        let [connect, whole] = [connect, whole].map(Duration::from_millis);
        let agent = AgentBuilder::new().connect_timeout(connect).plain_http().build().unwrap();
        let mut plan = Plan::new(Goal::Walk);
        plan.retry.max_attempts = 1;
        plan.timeout = whole;
        let api = Api::new(Endpoint::new(&url).unwrap(), ApiKey::new("a-key").unwrap());
        let error = Reader::new(Export::new(api, plan), agent).collect_all().unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn a_reader_can_move_between_threads_and_be_shared_by_them() {
    fn assert<T: Send + Sync>() {}
    assert::<Reader>();
}

#[test]
fn the_report_is_heard_once_however_it_ends() {
    let server = server(Script::new());
    let (sender, heard) = std::sync::mpsc::channel();
    let reader = |key: &str| {
        let sender = sender.clone();
        Reader::new(export(&server, Goal::Walk, key), agent())
            .on_end(move |report| sender.send((report.ended, report.segments)).unwrap())
    };

    assert_eq!(reader("a-key").count(), 250);
    assert!(reader("another-key").next().unwrap().is_err());
    reader("a-key").next().unwrap().unwrap();
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), [(true, 250), (false, 0), (false, 100)]);
}
