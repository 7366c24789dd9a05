//! Generated workflows: what the live run decides and what a replay decides must be the same, whatever the shape, the
//! order in which things end and the failures in between. The test kit compares them at every decision.

use futures::FutureExt;
use futures::future::BoxFuture;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::sdk::testkit::{Disturbance, TestEngine, replay};
use crate::sdk::{ActivityError, Either, RetryPolicy, Workflow, WorkflowContext, WorkflowError, Workflows};

use super::{Say, seconds};

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Shape {
    Say(u32),
    Sleep(u8),
    Effect,
    Chance,
    Clock,
    Patch(u8),
    Signal,
    All(Vec<Shape>),
    Then(Vec<Shape>),
    First(Box<Shape>, Box<Shape>),
    Within(u8, Box<Shape>),
    Cancelled(u8, Box<Shape>),
    Child(Box<Shape>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Play(Shape);

impl Workflow for Play {
    type Output = u64;
    const NAME: &'static str = "play";

    async fn run(self, ctx: WorkflowContext) -> Result<u64, WorkflowError> {
        play(ctx, self.0).await
    }
}

/// Failures within a shape count as numbers too, so that what follows depends on them.
fn play(ctx: WorkflowContext, shape: Shape) -> BoxFuture<'static, Result<u64, WorkflowError>> {
    async move {
        let number = match shape {
            Shape::Say(number) => {
                let call = ctx
                    .activity(Say(number))
                    .retry(RetryPolicy::default().attempts(2));
                call.run().await.map_or(1_000, u64::from)
            }
            Shape::Sleep(time) => ctx.timer(seconds(time.into())).await.map_or(2_000, |()| 1),
            Shape::Effect => ctx.side_effect("effect", || 3_u64)?,
            Shape::Chance => ctx.random_below(100),
            Shape::Clock => ctx.now().0.unsigned_abs(),
            Shape::Patch(id) => u64::from(ctx.patched(&format!("patch-{id}"))),
            Shape::Signal => ctx
                .within(seconds(40), ctx.signals::<u64>("go").recv())
                .await?
                .map_or(5, |_| 6),
            Shape::All(shapes) => {
                let all = shapes.into_iter().map(|shape| play(ctx.clone(), shape));
                ctx.join_all(all).await.into_iter().flatten().fold(7, mix)
            }
            Shape::Then(shapes) => {
                let mut number = 8;
                for shape in shapes {
                    number = mix(number, play(ctx.clone(), shape).await.unwrap_or(9));
                }
                number
            }
            Shape::First(a, b) => match ctx.race(play(ctx.clone(), *a), play(ctx.clone(), *b)).await {
                Either::Left(a) => mix(10, a?),
                Either::Right(b) => mix(11, b?),
            },
            Shape::Within(limit, shape) => {
                let done = ctx
                    .within(seconds(limit.into()), play(ctx.clone(), *shape))
                    .await?;
                done.transpose()?.unwrap_or(12)
            }
            Shape::Cancelled(time, shape) => {
                let scope = ctx.scope();
                let cancel = async {
                    let slept = ctx.timer(seconds(time.into())).await;
                    scope.cancel();
                    slept
                };
                let (done, slept) = ctx.join(play(scope.clone(), *shape), cancel).await;
                mix(done.unwrap_or(13), u64::from(slept.is_ok()))
            }
            Shape::Child(shape) => {
                let id = format!("{}-{}", ctx.execution().workflow_id, ctx.random());
                ctx.child(id, Play(*shape)).await.unwrap_or(14)
            }
        };
        Ok(number)
    }
    .boxed()
}

fn mix(a: u64, b: u64) -> u64 {
    a.wrapping_mul(31).wrapping_add(b)
}

fn shapes() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        4 => (0..50_u32).prop_map(Shape::Say),
        2 => (0..60_u8).prop_map(Shape::Sleep),
        1 => Just(Shape::Effect),
        1 => Just(Shape::Chance),
        1 => Just(Shape::Clock),
        1 => (0..3_u8).prop_map(Shape::Patch),
        1 => Just(Shape::Signal),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 0..5).prop_map(Shape::All),
            3 => prop::collection::vec(inner.clone(), 0..5).prop_map(Shape::Then),
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| Shape::First(Box::new(a), Box::new(b))),
            1 => (0..40_u8, inner.clone()).prop_map(|(time, shape)| Shape::Within(time, Box::new(shape))),
            1 => (0..40_u8, inner.clone()).prop_map(|(time, shape)| Shape::Cancelled(time, Box::new(shape))),
            1 => inner.prop_map(|shape| Shape::Child(Box::new(shape))),
        ]
    })
}

fn disturbances() -> impl Strategy<Value = Disturbance> {
    prop_oneof![
        3 => Just(Disturbance::None),
        1 => (0..5_usize).prop_map(Disturbance::FailOnce),
        1 => (0..5_usize).prop_map(Disturbance::Lose),
        1 => (0..5_usize).prop_map(Disturbance::LoseAnswer),
    ]
}

fn engine(slow: bool, disturbance: Disturbance) -> TestEngine {
    let engine = TestEngine::new(Workflows::new().add::<Play>()).disturb(disturbance);
    let say = |say: Say, attempt: u32| match say.0 % 7 {
        0 if attempt == 1 => Err(ActivityError::retryable("busy", "")),
        1 => Err(ActivityError::permanent("never", "")),
        _ => Ok(say.0),
    };
    engine.stub_taking::<Say>(seconds(if slow { 12 } else { 0 }), say)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn live_runs_and_replays_decide_the_same(
        shape in shapes(),
        slow: bool,
        disturbance in disturbances(),
        signal_at in 0..50_u64,
        cancel_at in prop::option::of(0..50_u64),
        turbulence in prop::option::of(any::<u64>()),
    ) {
        let mut engine = engine(slow, disturbance);
        if let Some(seed) = turbulence {
            engine = engine.turbulent(seed);
        }
        engine.start("w", &Play(shape)).unwrap();
        engine.plan(seconds(signal_at), |engine| drop(engine.signal("w", "go", &1_u64)));
        if let Some(cancel_at) = cancel_at {
            engine.plan(seconds(cancel_at), |engine| drop(engine.cancel("w")));
        }
        engine.run_until_closed("w").map_err(|stuck| TestCaseError::fail(stuck.to_string()))?;
        for workflow_id in engine.workflow_ids() {
            for recording in engine.recordings(&workflow_id) {
                replay(&Workflows::new().add::<Play>(), &recording)
                    .map_err(|error| TestCaseError::fail(error.to_string()))?;
            }
        }
    }
}
