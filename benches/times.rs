//! Times of the same work as `cargo xtask bench` counts, side by side in one run:
//! `cargo bench --package segments-benches`. Only their ratios mean anything.

use std::hint::black_box;
use std::io::{BufWriter, sink};
use std::time::Duration;

use divan::Bencher;
use segments_benches::decode::{self, OwnedSegment};
use segments_benches::export::{self, Prepared};
use segments_benches::{output, pages, request};
use segments_core::{Goal, ListRequest, Segment, SortDirection};

fn main() {
    divan::Divan::from_args().sample_count(2000).max_time(Duration::from_secs(5)).main();
}

/// Goes round and round.
fn turn<'a, T>(all: &'a [T]) -> impl FnMut() -> &'a T {
    let mut all = all.iter().cycle();
    move || all.next().expect("there are some")
}

#[divan::bench]
fn decode_segments(bencher: Bencher<'_, '_>) {
    let (api, answers) = (decode::api(), pages::answers());
    let mut next = turn(&answers);
    bencher.bench_local(|| api.read(next()).expect("a page"));
}

#[divan::bench]
fn decode_serde_owned(bencher: Bencher<'_, '_>) {
    let answers = pages::answers();
    let mut next = turn(&answers);
    bencher.bench_local(|| decode::owned(next().body()));
}

#[divan::bench]
fn decode_serde_cow(bencher: Bencher<'_, '_>) {
    let answers = pages::answers();
    let mut next = turn(&answers);
    bencher.bench_local(|| black_box(decode::cow(next().body())).segments.len());
}

#[divan::bench]
fn decode_serde_value(bencher: Bencher<'_, '_>) {
    let answers = pages::answers();
    let mut next = turn(&answers);
    bencher.bench_local(|| decode::value(next().body()));
}

#[divan::bench]
fn decode_sonic_rs_owned(bencher: Bencher<'_, '_>) {
    let answers = pages::answers();
    let mut next = turn(&answers);
    bencher.bench_local(|| decode::sonic(next().body()));
}

#[divan::bench]
fn request_segments(bencher: Bencher<'_, '_>) {
    let api = decode::api();
    let mut pages = (0..100).cycle();
    bencher.bench_local(|| {
        let page = pages.next().unwrap_or_default();
        api.request(ListRequest::page(page).sort(SortDirection::Asc))
    });
}

#[divan::bench]
fn request_formatted(bencher: Bencher<'_, '_>) {
    let mut numbers = (0..100).cycle();
    bencher.bench_local(|| {
        let page = numbers.next().unwrap_or_default();
        request::formatted("rest.iad-01.braze.com", pages::KEY, page)
    });
}

fn batches() -> Vec<Vec<Segment>> {
    let api = decode::api();
    let batch = |answer| api.read(answer).expect("a page").segments().collect();
    pages::answers().iter().map(batch).collect()
}

#[divan::bench]
fn write_ndjson(bencher: Bencher<'_, '_>) {
    let (batches, mut out) = (batches(), BufWriter::with_capacity(64 << 10, sink()));
    let mut next = turn(&batches);
    bencher.bench_local(|| output::ndjson(next(), &mut out));
}

#[divan::bench]
fn write_serde_ndjson(bencher: Bencher<'_, '_>) {
    let owned = |answer: &http::Response<Vec<u8>>| decode::owned(answer.body()).segments;
    let owned: Vec<Vec<OwnedSegment>> = pages::answers().iter().map(owned).collect();
    let mut out = BufWriter::with_capacity(64 << 10, sink());
    let mut next = turn(&owned);
    bencher.bench_local(|| output::serde_ndjson(next(), &mut out));
}

#[divan::bench]
fn write_csv(bencher: Bencher<'_, '_>) {
    let (batches, mut out) = (batches(), BufWriter::with_capacity(64 << 10, sink()));
    let mut next = turn(&batches);
    bencher.bench_local(|| output::csv(next(), &mut out));
}

#[divan::bench]
fn write_plain_csv(bencher: Bencher<'_, '_>) {
    let cells: Vec<_> = batches().iter().map(|batch| output::cells(batch)).collect();
    let mut out = BufWriter::with_capacity(64 << 10, sink());
    let mut next = turn(&cells);
    bencher.bench_local(|| output::plain_csv(next(), &mut out));
}

#[divan::bench]
fn export_walk(bencher: Bencher<'_, '_>) {
    let answers = Prepared::new(300);
    bencher.bench_local(|| export::run(Goal::Walk, &answers));
}

#[divan::bench]
fn export_complete(bencher: Bencher<'_, '_>) {
    let answers = Prepared::new(300);
    bencher.bench_local(|| export::run(Goal::Complete, &answers));
}
