//! Children, other runs, and runs that continue as new.

use serde::{Deserialize, Serialize};

use crate::sdk::testkit::TestEngine;
use crate::sdk::{ChildFailure, RunFailure, Workflow, WorkflowContext, WorkflowError, Workflows};

use super::{Say, SayOne, seconds, workflow};

workflow!(Parent, "parent", u32, |ctx| {
    let (one, two) = ctx
        .join(ctx.child("child-1", SayOne), ctx.child("child-2", SayOne))
        .await;
    Ok(one? + two?)
});

workflow!(Starter, "starter", u32, |ctx| {
    let child = ctx.child_call("listener", Listener).start().await?;
    assert_eq!(&*child.execution().workflow_id, "listener");
    ctx.signal_external("listener", None, "number", &41).await?;
    Ok(child.result().await? + 1)
});

workflow!(Listener, "listener", u32, |ctx| Ok(ctx
    .signals("number")
    .recv()
    .await?));

workflow!(Clash, "clash", bool, |ctx| {
    let first = ctx.child_call("same", Listener).start().await?;
    let second = ctx.child("same", SayOne).await.unwrap_err();
    ctx.cancel_external("same", None).await?;
    assert!(matches!(
        first.result().await,
        Err(ChildFailure::Cancelled { .. })
    ));
    let nobody = ctx.signal_external("nobody", None, "x", &()).await.unwrap_err();
    assert!(nobody.to_string().contains("UnknownExternalWorkflowExecution"));
    Ok(second.is_already_running())
});

workflow!(Fails, "fails", (), |_ctx| Err(WorkflowError::failed(
    "sad",
    "no reason"
)));

workflow!(ParentOfFails, "parent-of-fails", (), |ctx| Ok(ctx
    .child("f", Fails)
    .await?));

fn engine() -> TestEngine {
    let workflows = Workflows::new()
        .add::<Parent>()
        .add::<SayOne>()
        .add::<Starter>()
        .add::<Listener>()
        .add::<Clash>()
        .add::<Fails>()
        .add::<ParentOfFails>()
        .add::<CancelsChild>()
        .add::<Count>();
    TestEngine::new(workflows).stub::<Say>(|say, _| Ok(say.0))
}

#[test]
fn a_parent_gets_its_childrens_results() {
    let mut engine = engine();
    assert_eq!(engine.run("w", &Parent), Ok(2));
    assert_eq!(engine.workflow_ids().len(), 3);
}

#[test]
fn a_child_is_started_signalled_and_waited_for() {
    assert_eq!(engine().run("w", &Starter), Ok(42));
}

#[test]
fn a_workflow_id_is_open_once_and_strangers_are_refused() {
    assert_eq!(engine().run("w", &Clash), Ok(true));
}

#[test]
fn a_childs_reason_becomes_its_parents() {
    let Err(RunFailure::Failed { reason, .. }) = engine().run("w", &ParentOfFails) else {
        panic!()
    };
    assert_eq!(&*reason, "sad");
}

workflow!(CancelsChild, "cancels-child", (), |ctx| {
    let scope = ctx.scope();
    let cancel = async {
        ctx.timer(seconds(5)).await?;
        scope.cancel();
        Ok::<_, WorkflowError>(())
    };
    let (child, cancelled) = ctx.join(scope.child("listener", Listener), cancel).await;
    assert!(matches!(child, Err(ChildFailure::Cancelled { .. })));
    cancelled
});

#[test]
fn a_scope_takes_its_children_along() {
    let mut engine = engine();
    engine.run("w", &CancelsChild).unwrap();
    assert_eq!(engine.result::<Listener>("listener"), Err(RunFailure::Cancelled));
}

#[derive(Serialize, Deserialize)]
struct Count {
    from: u32,
}

impl Workflow for Count {
    type Output = u32;
    const NAME: &'static str = "count";

    async fn run(self, ctx: WorkflowContext) -> Result<u32, WorkflowError> {
        ctx.timer(seconds(60)).await?;
        if self.from == 0 {
            return Ok(7);
        }
        Err(ctx.continue_as_new(&Count { from: self.from - 1 }))
    }
}

#[test]
fn a_run_continues_as_new() {
    let mut engine = engine();
    let began = engine.now();
    assert_eq!(engine.run("w", &Count { from: 3 }), Ok(7));
    assert_eq!(engine.now().0 - began.0, 240_000);
    assert_eq!(engine.recordings("w").len(), 4);
}
