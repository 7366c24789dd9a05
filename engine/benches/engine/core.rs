//! Moves of the pure core.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput};

use super::runs::{Domain, complete, schedule};

/// Activities that one decision schedules.
const FAN: usize = 100;

/// The whole life of a run of one activity: seven moves, eleven events.
pub fn one_activity(criterion: &mut Criterion) {
    let domain = Domain::new();
    criterion.bench_function("core/one activity, start to end", |bencher| {
        bencher.iter(|| {
            let mut run = domain.begin();
            run.decide(&domain, vec![schedule(0)]);
            run.take_activity(&domain);
            run.complete_activity(&domain);
            run.decide(&domain, vec![complete()]);
            assert!(!run.execution.is_open());
            run
        });
    });
}

/// One decision that schedules many activities, and all of them done.
pub fn fan_out(criterion: &mut Criterion) {
    let domain = Domain::new();
    let mut group = criterion.benchmark_group("core");
    group.throughput(Throughput::Elements(FAN as u64));
    group.bench_function("fan-out of 100, scheduled and done", |bencher| {
        bencher.iter(|| {
            let mut run = domain.begin();
            run.decide(&domain, (0..FAN).map(schedule).collect());
            for _ in 0..FAN {
                run.take_activity(&domain);
                run.complete_activity(&domain);
            }
            run
        });
    });
    group.finish();
}

/// One more activity after few and after many: what a step costs must not depend on the length of the history.
pub fn late_activity(criterion: &mut Criterion) {
    let domain = Domain::new();
    let mut group = criterion.benchmark_group("core/one more activity");
    for earlier in [10, 10_000] {
        let mut run = domain.sequence(earlier);
        run.turns = vec![Vec::new()];
        group.bench_function(format!("after {earlier}"), |bencher| {
            bencher.iter_batched(
                || run.clone(),
                |mut run| {
                    run.decide(&domain, vec![schedule(earlier)]);
                    run.take_activity(&domain);
                    run.complete_activity(&domain);
                    black_box(run)
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}
