//! Code that has changed under a history.

use crate::sdk::testkit::{Recording, ReplayError, TestEngine, replay, replay_directory};
use crate::sdk::{Workflow, Workflows};

use super::{Say, Undo, engine, seconds, workflow};

workflow!(Old, "changing", u32, |ctx| {
    let one = ctx.run(Say(1)).await?;
    ctx.timer(seconds(60)).await?;
    Ok(one + ctx.run(Say(2)).await?)
});

fn recording<W: Workflow>(input: &W) -> Recording {
    let mut engine = engine::<W>();
    engine.run("w", input).unwrap();
    engine.recordings("w").remove(0)
}

fn replayed<W: Workflow>(recording: &Recording) -> Result<(), String> {
    replay(&Workflows::new().add::<W>(), recording).map_err(|error| error.to_string())
}

#[test]
fn unchanged_code_fits_and_recordings_survive_json() {
    let recording = recording(&Old);
    let json = serde_json::to_string(&recording).unwrap();
    let read: Recording = serde_json::from_str(&json).unwrap();
    assert_eq!(read, recording);
    replayed::<Old>(&read).unwrap();
}

#[test]
fn a_directory_of_recordings_is_replayed() {
    let directory = tempfile::tempdir().unwrap();
    let recorded = recording(&Old);
    recorded.write(&directory.path().join("changing.json")).unwrap();
    let replayed = replay_directory(&Workflows::new().add::<Old>(), directory.path()).unwrap();
    assert_eq!(
        replayed.into_iter().collect::<Vec<_>>(),
        [recorded.workflow_type().unwrap()]
    );
    let error = replay_directory(&Workflows::new().add::<NoTimer>(), directory.path()).unwrap_err();
    assert!(
        error.to_string().contains("changing.json: the code does not fit"),
        "{error}"
    );
}

workflow!(OtherActivity, "changing", (), |ctx| Ok(ctx.run(Undo(1)).await?));

#[test]
fn another_activity_is_named_with_its_event() {
    let error = replay(&Workflows::new().add::<OtherActivity>(), &recording(&Old)).unwrap_err();
    let ReplayError::Nondeterminism(nondeterminism) = &error else {
        panic!("{error}")
    };
    assert_eq!(nondeterminism.event_id, 5);
    assert_eq!(nondeterminism.expected, "ScheduleActivityTask say 1 1");
    assert_eq!(nondeterminism.actual, "ScheduleActivityTask undo 1 1");
    assert!(
        error
            .to_string()
            .contains("event 5 has `ScheduleActivityTask say 1 1`"),
        "{error}"
    );
}

workflow!(NoTimer, "changing", u32, |ctx| Ok(
    ctx.run(Say(1)).await? + ctx.run(Say(2)).await?
));
workflow!(EndsEarly, "changing", u32, |ctx| Ok(ctx.run(Say(1)).await?));
workflow!(DecidesMore, "changing", u32, |ctx| {
    let (one, _undone) = ctx.join(ctx.run(Say(1)), ctx.run(Undo(1))).await;
    ctx.timer(seconds(60)).await?;
    Ok(one? + ctx.run(Say(2)).await?)
});
workflow!(DecidesLess, "changing", u32, |ctx| {
    ctx.detached().cancelled().await;
    Ok(0)
});

#[test]
fn missing_added_and_reordered_decisions_are_found() {
    let recording = recording(&Old);
    let message = replayed::<NoTimer>(&recording).unwrap_err();
    assert!(
        message.contains("has `StartTimer 2`, the code decided `ScheduleActivityTask say 1 2`"),
        "{message}"
    );
    let message = replayed::<EndsEarly>(&recording).unwrap_err();
    assert!(
        message.contains("has `StartTimer 2`, the code decided `CompleteWorkflowExecution`"),
        "{message}"
    );
    let message = replayed::<DecidesMore>(&recording).unwrap_err();
    assert!(
        message.contains("has `no further decision`, the code decided `ScheduleActivityTask undo"),
        "{message}"
    );
    let message = replayed::<DecidesLess>(&recording).unwrap_err();
    assert!(
        message.contains("has `ScheduleActivityTask say 1 1`, the code decided `no further"),
        "{message}"
    );
}

workflow!(Patched, "changing", u32, |ctx| {
    let one = ctx.run(Say(1)).await?;
    if ctx.patched("no-timer") {
        return Ok(one);
    }
    ctx.timer(seconds(60)).await?;
    Ok(one + ctx.run(Say(2)).await?)
});

workflow!(PatchRetired, "changing", u32, |ctx| Ok(ctx.run(Say(1)).await?));

#[test]
fn a_patch_lets_old_runs_go_the_old_way_and_may_retire() {
    replayed::<Patched>(&recording(&Old)).unwrap();
    let new = recording(&Patched);
    replayed::<Patched>(&new).unwrap();
    replayed::<PatchRetired>(&new).unwrap();
    assert!(
        replayed::<Old>(&new).is_err(),
        "the old code can't go the new way"
    );
}

workflow!(Effects, "effects", (u64, u64), |ctx| {
    let first = ctx.side_effect("first", || 7)?;
    ctx.timer(seconds(1)).await?;
    Ok((first, ctx.side_effect("second", || 8)?))
});

workflow!(OtherEffects, "effects", (u64, u64), |ctx| {
    let first = ctx.side_effect("first", || 1)?;
    ctx.timer(seconds(1)).await?;
    Ok((first, ctx.side_effect("third", || 2)?))
});

workflow!(ChangedEffect, "effects", (u64, u64), |ctx| {
    let first: u64 = ctx.side_effect("first", || unreachable!("it is in the history"))?;
    ctx.timer(seconds(1)).await?;
    let second = ctx.side_effect("second", || unreachable!("it is in the history"))?;
    assert_eq!((first, second), (7, 8), "a replay gets what was recorded");
    Ok((first, second))
});

#[test]
fn side_effects_are_done_once_and_compared_by_name() {
    let recording = recording(&Effects);
    replayed::<ChangedEffect>(&recording).unwrap();
    let message = replayed::<OtherEffects>(&recording).unwrap_err();
    assert!(
        message.contains("has `side effect second`, the code decided `side effect third`"),
        "{message}"
    );
}

workflow!(Chance, "chance", (u64, u64, uuid::Uuid), |ctx| {
    let first = ctx.random();
    ctx.timer(seconds(1)).await?;
    let below = ctx.random_below(10);
    assert!(below < 10);
    Ok((first, ctx.random(), ctx.uuid()))
});

#[test]
fn chance_is_the_run_ids() {
    let mut engine: TestEngine = engine::<Chance>();
    let (one, two) = (
        engine.run("one", &Chance).unwrap(),
        engine.run("two", &Chance).unwrap(),
    );
    assert_ne!(one, two, "other runs draw other numbers");
    assert_ne!(one.0, one.1);
    assert_eq!(one.2.get_version_num(), 4);
}
