//! Events to the bytes of a row, and back.

use apus::model::{Event, EventId};
use apus::store::codec::{decode_events, encode_events};
use criterion::{Criterion, Throughput};

use super::runs::{Domain, schedule};

/// Activities in sequence that make about 10,000 events.
const ACTIVITIES: usize = 1_667;
const NONCE: u32 = 1;

/// The row of a run that begins, and one that is large enough to be compressed.
pub fn turns(criterion: &mut Criterion) {
    let domain = Domain::new();
    let mut group = criterion.benchmark_group("codec");
    let mut small = domain.begin();
    small.decide(&domain, vec![schedule(0)]);
    small.take_activity(&domain);
    let mut large = domain.begin();
    large.decide(&domain, (0..100).map(schedule).collect());
    for (name, run) in [("a run begins", small), ("a fan-out of 100", large)] {
        let events = run.history();
        let row = encode_events(&events, NONCE);
        group.throughput(Throughput::Bytes(row.len() as u64));
        group.bench_function(format!("{name}: encode"), |bencher| {
            bencher.iter(|| encode_events(&events, NONCE));
        });
        group.bench_function(format!("{name}: decode"), |bencher| {
            bencher.iter_with_large_drop(|| decode_events(&row, 1).unwrap());
        });
    }
    group.finish();
}

/// All rows of a long history, one after the other, as they are read.
pub fn long_histories(criterion: &mut Criterion) {
    let run = Domain::new().sequence(ACTIVITIES);
    let rows: Vec<(EventId, Vec<u8>)> = run
        .turns
        .iter()
        .map(|events| (events[0].id, encode_events(events, NONCE)))
        .collect();
    let mut group = criterion.benchmark_group("codec/10,000 events");
    group.throughput(Throughput::Elements(run.history().len() as u64));
    group.bench_function("encode", |bencher| {
        bencher.iter(|| {
            let encoded = run.turns.iter().map(|events| encode_events(events, NONCE));
            encoded.collect::<Vec<_>>()
        });
    });
    group.bench_function("decode", |bencher| {
        bencher.iter_with_large_drop(|| {
            let decoded = rows
                .iter()
                .map(|(first, row)| decode_events(row, *first).unwrap());
            decoded.collect::<Vec<Vec<Event>>>()
        });
    });
    group.finish();
}
