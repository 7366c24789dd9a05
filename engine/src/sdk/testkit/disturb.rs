//! One scenario under every disturbance of its activities.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::{Disturbance, TestEngine};

/// Runs a scenario undisturbed, then with every activity made twice, then with each kind of failure at each attempt
/// that the undisturbed run made. Each time the engine is a fresh one; the scenario asserts what must hold, given the
/// disturbance. Returns how often it ran.
///
/// # Panics
/// When the scenario does, after naming the disturbance on standard error.
pub fn with_every_disturbance(
    mut engine: impl FnMut() -> TestEngine,
    mut scenario: impl FnMut(&mut TestEngine, Disturbance),
) -> usize {
    let mut run = |disturbance: Disturbance| {
        let mut engine = engine().disturb(disturbance);
        let outcome = catch_unwind(AssertUnwindSafe(|| scenario(&mut engine, disturbance)));
        if let Err(panic) = outcome {
            eprintln!("the scenario does not hold under this disturbance: {disturbance}");
            resume_unwind(panic);
        }
        engine.attempts().len()
    };
    let attempts = run(Disturbance::None);
    run(Disturbance::Twice);
    let kinds = [
        Disturbance::FailOnce,
        Disturbance::Fail,
        Disturbance::Lose,
        Disturbance::LoseAnswer,
    ];
    for number in 0..attempts {
        for kind in kinds {
            run(kind(number));
        }
    }
    2 + attempts * kinds.len()
}
