//! Nothing leaves a node before the commit that holds it.
//!
//! Each scene is played with its commit held up: the server process has done all that the transaction asks for, has
//! been told to commit, and waits. Then nothing may have left. No clock is involved: what the node could have done by
//! then, it has done.
//!
//! ```text
//! gate.rs      holds up commits in Postgres, and loses them
//! stage.rs     the nodes, and what their deciders are told
//! leaving.rs   what is to leave
//! scenes.rs    every kind of it
//! embedded.rs  the same through the SDK, as an application has it
//! gathering.rs what comes meanwhile
//! ```

mod embedded;
mod gate;
mod gathering;
mod leaving;
mod scenes;
mod stage;

use apus::postgres::PrivatePostgres;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::postgres::PgConnectOptions;

use super::support::{DOMAIN, line, of_type};
use gate::Gate;
use leaving::Leaving;
use scenes::{SCENES, Scene};
use stage::Stage;

/// The run whose commit is held up while others' wait for their turn.
const FRONT: &str = "front";

/// What it was all about: everything has left, and the history holds each event of it once.
async fn check(stage: &Stage, scene: &Scene, leaving: Leaving) {
    leaving.all().await;
    stage.end_scene().await;
    check_history(stage, scene).await;
}

async fn check_history(stage: &Stage, scene: &Scene) {
    let run = stage.node.latest_run(DOMAIN, scene.name).await.unwrap();
    let events = stage.node.history(DOMAIN, &run.execution).await.unwrap();
    for event in scene.writes {
        let times = scene.writes.iter().filter(|other| *other == event).count();
        assert_eq!(
            of_type(&events, *event),
            times,
            "{} in {}",
            event.name(),
            line(&events)
        );
    }
    assert!(
        events.iter().zip(1..).all(|(event, id)| event.id == id),
        "{}",
        line(&events)
    );
}

/// Prepares the scene and holds its commit up; nothing has left then, and nothing is to be seen.
async fn hold(stage: &Stage, gate: &mut Gate, scene: &Scene) -> Leaving {
    let mut leaving = (scene.prepare)(stage, scene.name).await;
    gate.close(scene.name).await;
    let before = gate.visible(scene.name).await;
    leaving.nothing_until(gate.reached()).await;
    leaving.nothing_until(stage.settled()).await;
    assert_eq!(gate.visible(scene.name).await, before, "{}", scene.name);
    leaving
}

async fn set(database: &PgConnectOptions) -> (Gate, Stage) {
    let stage = Stage::set(database).await;
    (Gate::build(database).await, stage)
}

#[tokio::test]
async fn nothing_leaves_before_its_commit() {
    let database = apus_tests::database().await;
    let (mut gate, stage) = set(&database.connect_options()).await;
    for scene in SCENES {
        let leaving = hold(&stage, &mut gate, scene).await;
        gate.open(scene.name).await;
        check(&stage, scene, leaving).await;
    }
    stage.clear().await;
}

#[tokio::test]
async fn nothing_leaves_when_its_commit_is_lost() {
    let database = apus_tests::database().await;
    let (mut gate, stage) = set(&database.connect_options()).await;
    for scene in SCENES {
        let mut leaving = hold(&stage, &mut gate, scene).await;
        let before = gate.visible(scene.name).await;
        leaving.nothing_until(gate.lose()).await;
        // The node asks again over a new connection, and that is held up as well.
        leaving.nothing_until(gate.reached()).await;
        leaving.nothing_until(stage.settled()).await;
        assert_eq!(gate.visible(scene.name).await, before, "{}", scene.name);
        gate.open(scene.name).await;
        check(&stage, scene, leaving).await;
    }
    stage.clear().await;
}

#[tokio::test]
async fn nothing_leaves_while_it_waits_for_a_commit() {
    let database = apus_tests::database().await;
    let (mut gate, stage) = set(&database.connect_options()).await;
    stage.begin_embedded(FRONT, stage::LISTEN).await;
    for scene in SCENES {
        let mut leaving = (scene.prepare)(&stage, scene.name).await;
        gate.close(FRONT).await;
        let node = stage.node.clone();
        let front = tokio::spawn(async move { node.signal_workflow(DOMAIN, FRONT, None, "s", None).await });
        gate.reached().await;
        leaving.nothing_until(stage.settled()).await;
        gate.open(FRONT).await;
        front.await.unwrap().unwrap();
        check(&stage, scene, leaving).await;
    }
    stage.clear().await;
}

/// All scenes at once, as the server is killed once.
#[tokio::test]
async fn nothing_leaves_when_postgres_is_killed_before_its_commit() {
    let cluster = apus_tests::durable_cluster();
    let postgres = cluster.start().await.unwrap();
    let database = postgres.connect_options();
    let (mut gate, stage) = set(&database).await;
    let mut leaving = Leaving::of("all");
    for scene in SCENES {
        leaving = leaving.and((scene.prepare)(&stage, scene.name).await);
    }
    for scene in SCENES {
        gate.close(scene.name).await;
    }
    leaving.nothing_until(gate.reached()).await;
    leaving.nothing_until(stage.settled()).await;
    leaving.nothing_until(killed(postgres, &mut gate)).await;
    leaving.nothing_until(stage.settled()).await;
    let postgres = cluster.start().await.unwrap();
    leaving.all().await;
    stage.end_scene().await;
    for scene in SCENES {
        check_history(&stage, scene).await;
    }
    stage.clear().await;
    postgres.shutdown().await.unwrap();
}

/// Kills the server, so that it can finish nothing. What waits at the gate goes first: the gate opens when the process
/// that holds it ends.
async fn killed(postgres: PrivatePostgres, gate: &mut Gate) {
    let waiting = gate.waiting().await;
    let server = postgres.pid().cast_signed();
    for process in waiting.into_iter().chain([server]) {
        kill(Pid::from_raw(process), Signal::SIGKILL).unwrap();
    }
    postgres.ended().await;
}
