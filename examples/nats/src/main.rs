//! Exports on many machines, with NATS JetStream: a message is a workspace, and a key-value bucket has
//! the checkpoints and the lists. A worker that dies is replaced by any other.
//!
//! `segments-nats add < workspaces.ndjson` sends the messages, `segments-nats work` is a worker, of
//! which there can be many, and `segments-nats results` prints what is done. `NATS_URL` says where the
//! server is, and the directory `WORKSPACES` has a file for each workspace, with its base URL and its API
//! key on two lines. So no message and no value holds a key, or decides where one is sent.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::time::Duration;
use std::{env, fs, io};

use async_nats::Error;
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::kv::{self, Store};
use async_nats::jetstream::stream::{self, RetentionPolicy, Stream};
use async_nats::jetstream::{self, AckKind, Context, Message};
use futures_util::future::try_join_all;
use futures_util::{StreamExt, TryStreamExt};
use segments_core::{Api, ApiKey, Checkpoint, Endpoint, ErrorKind, Export, List, Plan};
use segments_hyper::{Client, Reader};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::interval;

/// How many exports a worker runs at a time.
const JOBS: usize = 4;

/// How often an export is saved, and the server told that its worker lives.
const SAVE: Duration = Duration::from_millis(500);

/// After this time without a sign of life the message goes to another worker.
const ACK_WAIT: Duration = Duration::from_secs(5);

/// Before a workspace is tried again whose export failed.
const RETRY: Duration = Duration::from_secs(60);

#[derive(Serialize, Deserialize)]
struct Workspace {
    /// Such as the date. A list is read once in each run.
    run: String,
    name: String,
}

/// An export under way: the checkpoint and the list that belongs to it, in one value.
#[derive(Serialize, Deserialize)]
struct Saved<C, L> {
    checkpoint: C,
    list: L,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let context = jetstream::new(async_nats::connect(env::var("NATS_URL")?).await?);
    let stream = context.get_or_create_stream(stream::Config {
        name: "exports".to_owned(),
        subjects: vec!["exports.>".to_owned()],
        retention: RetentionPolicy::WorkQueue,
        ..Default::default()
    });
    let (stream, bucket) =
        (stream.await?, kv::Config { bucket: "exports".to_owned(), ..Default::default() });
    let bucket = context.create_key_value(bucket).await?;

    match env::args().nth(1).as_deref() {
        Some("add") => add(&context).await,
        Some("work") => work(&stream, &bucket).await,
        Some("results") => results(&bucket).await,
        _ => Err("usage: segments-nats add|work|results".into()),
    }
}

async fn add(context: &Context) -> Result<(), Error> {
    for line in io::stdin().lines() {
        let line = line?;
        let Workspace { run, name, .. } = serde_json::from_str(&line)?;
        context.publish(format!("exports.{run}.{name}"), line.into()).await?.await?;
    }
    Ok(())
}

async fn results(bucket: &Store) -> Result<(), Error> {
    let mut keys = bucket.keys().await?;
    while let Some(key) = keys.try_next().await? {
        if let Some(result) = bucket.get(&key).await?.filter(|_| key.ends_with(".result")) {
            println!("{}", std::str::from_utf8(&result)?);
        }
    }
    Ok(())
}

async fn work(stream: &Stream, bucket: &Store) -> Result<(), Error> {
    let config = pull::Config {
        durable_name: Some("workers".to_owned()),
        ack_wait: ACK_WAIT,
        ..Default::default()
    };
    let consumer: PullConsumer = stream.get_or_create_consumer("workers", config).await?;
    let client = Client::new()?;

    try_join_all((0..JOBS).map(|_| take_messages(&consumer, bucket, &client))).await?;
    Ok(())
}

async fn take_messages(
    consumer: &PullConsumer,
    bucket: &Store,
    client: &Client,
) -> Result<(), Error> {
    loop {
        // What is fetched ahead would be kept from other workers.
        let mut messages = consumer.batch().max_messages(1).expires(ACK_WAIT).messages().await?;
        while let Some(message) = messages.next().await {
            let message = message?;
            match export(&message, bucket, client).await {
                Ok(()) => message.double_ack().await?,
                Err(error) => {
                    eprintln!("{}: {error}", message.subject);
                    message.ack_with(AckKind::Nak(Some(RETRY))).await?;
                }
            }
        }
    }
}

/// Reads the list of a workspace, from where another worker has left it, and keeps it. An error is one
/// that may pass.
async fn export(message: &Message, bucket: &Store, client: &Client) -> Result<(), Error> {
    let Workspace { run, name } = serde_json::from_slice(&message.payload)?;
    let (saved_key, result_key) = (format!("{run}.{name}.saved"), format!("{run}.{name}.result"));
    // Its worker died between the result and the acknowledgement.
    if bucket.get(&result_key).await?.is_some() {
        return Ok(());
    }

    let api = api(&name)?;
    let plan = Plan::default().with_seed(RandomState::new().hash_one(&name));
    // What cannot be resumed, such as what another version has saved, is read anew.
    let saved = bucket.get(&saved_key).await?.and_then(|bytes| {
        let Saved::<Checkpoint, List> { checkpoint, list } = serde_json::from_slice(&bytes).ok()?;
        Some((Export::resume(api.clone(), plan.clone(), checkpoint).ok()?, list))
    });
    let (export, mut list) = saved.unwrap_or_else(|| (Export::new(api, plan), List::default()));
    println!("{name}: {} segments so far", list.len());

    let mut reader = Reader::new(export, client.clone());
    let mut saves = interval(SAVE);
    let result = loop {
        tokio::select! {
            batch = reader.next_batch() => match batch {
                Some(Ok(batch)) => list.apply(batch),
                None => {
                    let report = reader.report();
                    break json!({ "name": name, "segments": list.finish(&report), "report": report });
                }
                // An answer of the server that another attempt would get again is a result too.
                Some(Err(error)) if matches!(error.kind(), ErrorKind::Refused | ErrorKind::Response(_)) => {
                    break json!({ "name": name, "error": error });
                }
                Some(Err(error)) => {
                    if !error.is_resumable() {
                        bucket.purge(&saved_key).await?;
                    }
                    return Err(error.into());
                }
            },
            _ = saves.tick() => {
                let saved = Saved { checkpoint: reader.checkpoint(), list: &list };
                bucket.put(&saved_key, serde_json::to_vec(&saved)?.into()).await?;
                message.ack_with(AckKind::Progress).await?;
            }
        }
    };

    // The first result counts, if two workers should ever have the same message.
    match bucket.create(&result_key, serde_json::to_vec(&result)?.into()).await {
        Err(error) if error.kind() != kv::CreateErrorKind::AlreadyExists => {
            return Err(error.into());
        }
        _ => println!("{name}: done"),
    }
    bucket.purge(&saved_key).await?;
    Ok(())
}

fn api(name: &str) -> Result<Api, Error> {
    // A name from outside must not lead out of the directory.
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let path = Path::new(&env::var("WORKSPACES")?).join(name);
    let text = if is_plain { fs::read_to_string(path)? } else { String::new() };
    let (base_url, key) = text.split_once('\n').ok_or("no URL and key")?;
    Ok(Api::new(Endpoint::new(base_url)?, ApiKey::new(key.trim())?))
}
