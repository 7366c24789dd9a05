//! The state of a run out of its history, as a node makes it when a run comes into memory.

use apus::core::Execution;
use criterion::{BenchmarkId, Criterion, Throughput};

use super::runs::Domain;

/// Activities in sequence that make about 10,000 and about 25,000 events; the latter is as many as a run may have.
const ACTIVITIES: [usize; 2] = [1_667, 4_166];

/// Folds whole histories.
pub fn long_histories(criterion: &mut Criterion) {
    let domain = Domain::new();
    let mut group = criterion.benchmark_group("fold");
    for activities in ACTIVITIES {
        let run = domain.sequence(activities);
        let history = run.history();
        let (name, id) = (run.execution.domain.clone(), run.execution.id.clone());
        let folded = Execution::from_history(name.clone(), id.clone(), &history);
        assert_eq!(folded.unwrap(), run.execution);
        group.throughput(Throughput::Elements(history.len() as u64));
        group.bench_with_input(
            BenchmarkId::new("events", history.len()),
            &history,
            |bencher, history| {
                bencher.iter(|| Execution::from_history(name.clone(), id.clone(), history).unwrap());
            },
        );
    }
    group.finish();
}
