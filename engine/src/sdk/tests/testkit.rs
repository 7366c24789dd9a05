//! The test kit itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

use crate::sdk::testkit::{Disturbance, Stuck, TestEngine, with_every_disturbance};
use crate::sdk::{Activities, Activity, ActivityError, ActivityTask, RunFailure, Workflows};

use super::{Say, SayOne, engine, seconds, workflow};

workflow!(Forlorn, "forlorn", u32, |ctx| Ok(ctx
    .signals("approve")
    .recv()
    .await?));

workflow!(Stranded, "stranded", (), |_ctx| {
    std::future::pending::<()>().await;
    Ok(())
});

workflow!(Hopeful, "hopeful", u32, |ctx| Ok(ctx.child("c", Forlorn).await?));

fn waits_for(engine: &mut TestEngine) -> String {
    engine.run_until_closed("w").unwrap_err().to_string()
}

#[test]
fn what_can_not_go_on_says_what_it_waits_for() {
    let mut engine = engine::<Forlorn>();
    engine.start("w", &Forlorn).unwrap();
    assert_eq!(
        waits_for(&mut engine),
        r#"workflow w waits for ever: signal "approve""#
    );
    engine.run_for(seconds(366 * 86_400)).unwrap();
    assert_eq!(engine.result::<Forlorn>("w"), Err(RunFailure::TimedOut));
    assert!(matches!(engine.run_until_closed("v"), Err(Stuck::Unknown { .. })));
}

#[test]
fn what_waits_for_others_says_what_they_wait_for() {
    let mut engine = TestEngine::new(
        Workflows::new()
            .add::<Forlorn>()
            .add::<Hopeful>()
            .add::<Stranded>(),
    );
    engine.start("w", &Hopeful).unwrap();
    let expected = r#"workflow w waits for ever: child c; workflow c waits for signal "approve""#;
    assert_eq!(waits_for(&mut engine), expected);
    engine.start("w", &Hopeful).unwrap_err();
    engine.terminate("w", "enough").unwrap();
    engine.start("w", &Stranded).unwrap();
    assert!(waits_for(&mut engine).contains("a future that is not the context's"));
}

workflow!(Panics, "panics", (), |_ctx| panic!("oh"));

#[test]
fn code_that_can_not_decide_is_named() {
    let mut engine = engine::<Panics>();
    engine.start("w", &Panics).unwrap();
    let stuck = engine.run_until_closed("w").unwrap_err();
    assert_eq!(
        stuck.to_string(),
        "workflow w can't be decided: the workflow panicked: oh"
    );
}

static WILD: AtomicU32 = AtomicU32::new(0);

workflow!(Wild, "wild", (), |ctx| {
    let number = WILD.fetch_add(1, Ordering::Relaxed);
    Ok(ctx.child(format!("child-{number}"), SayOne).await.map(drop)?)
});

#[test]
fn code_that_is_not_deterministic_is_caught_at_once() {
    let mut engine = engine::<Wild>();
    engine.start("w", &Wild).unwrap();
    let stuck = engine.run_until_closed("w").unwrap_err();
    assert!(stuck.to_string().contains("not deterministic"), "{stuck}");
}

/// Real effects, counted.
#[derive(Serialize, Deserialize)]
struct Pay(u32);

#[derive(Default)]
struct Till {
    paid: AtomicU32,
}

impl Activity for Pay {
    type Output = u32;
    type Context = Till;
    const NAME: &'static str = "pay";

    async fn run(self, task: ActivityTask, till: Arc<Till>) -> Result<u32, ActivityError> {
        task.heartbeat("paying")?;
        tokio::task::yield_now().await;
        // Idempotent: the amount is set, not added.
        till.paid.store(self.0, Ordering::Relaxed);
        Ok(task.attempt())
    }
}

workflow!(Purchase, "purchase", u32, |ctx| {
    ctx.run(Say(1)).await?;
    Ok(ctx.run(Pay(5)).await?)
});

#[test]
fn every_disturbance_is_tried() {
    let till = Arc::new(Till::default());
    let engine = || {
        TestEngine::new(Workflows::new().add::<Purchase>())
            .activities(Activities::new().add::<Pay>(till.clone()))
            .stub::<Say>(|say, _| Ok(say.0))
    };
    let runs = with_every_disturbance(engine, |engine, disturbance| {
        let outcome = engine.run("w", &Purchase);
        match disturbance {
            Disturbance::Fail(_) => assert_eq!(outcome.unwrap_err().reason(), "disturbed"),
            Disturbance::FailOnce(1) | Disturbance::Lose(1) | Disturbance::LoseAnswer(1) => {
                assert_eq!(outcome, Ok(2));
            }
            _ => assert_eq!(outcome, Ok(1)),
        }
    });
    assert_eq!(runs, 10);
    assert_eq!(till.paid.load(Ordering::Relaxed), 5);
}
