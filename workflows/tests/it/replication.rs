//! The other regions learn of accounts, whatever becomes of them and of the account meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use apus::sdk::testkit::TestEngine;
use apus::sdk::{ActivityError, RunFailure};
use docstore_activities::{ListRegions, SettleReplicas, TellRegion};
use docstore_workflows::{AccountChanged, AccountCreated, workflow_id};

use super::{ACCOUNT, engine, inputs, steps};

pub const CREATED: AccountCreated = AccountCreated { account: ACCOUNT };
pub const CHANGED: AccountChanged = AccountChanged { account: ACCOUNT };

/// Two other regions, of which the second is away for so long.
fn away(hours: u64) -> TestEngine {
    let away = Arc::new(AtomicBool::new(true));
    let asked = away.clone();
    let mut engine = engine()
        .stub::<ListRegions>(|_, _| Ok(vec!["ap-southeast-2".into(), "eu-west-1".into()]))
        .stub::<TellRegion>(move |tell, _| {
            if tell.region == "eu-west-1" && asked.load(Ordering::Relaxed) {
                return Err(ActivityError::retryable("region", "out of reach"));
            }
            Ok(Some(1))
        });
    engine.plan(Duration::from_secs(hours * 3_600), move |_| {
        away.store(false, Ordering::Relaxed);
    });
    engine
}

fn run(engine: &mut TestEngine) -> Result<(), RunFailure> {
    engine.run(&workflow_id::<AccountCreated>(ACCOUNT), &CREATED)
}

fn told(engine: &TestEngine, region: &str) -> usize {
    let told = inputs::<TellRegion>(engine);
    told.iter().filter(|tell| tell.region == region).count()
}

#[test]
fn every_other_region_is_told_and_that_is_noted() {
    let mut engine = engine();
    run(&mut engine).unwrap();
    assert_eq!(steps(&engine), ["list-regions", "tell-region", "settle-replicas"]);
    assert_eq!(inputs::<SettleReplicas>(&engine)[0].told, Some(1));

    let mut engine = self::engine();
    engine
        .run(&workflow_id::<AccountChanged>(ACCOUNT), &CHANGED)
        .unwrap();
    assert_eq!(steps(&engine), ["list-regions", "tell-region", "settle-replicas"]);
}

#[test]
fn a_region_alone_tells_nobody() {
    let mut engine = engine().stub::<ListRegions>(|_, _| Ok(Vec::new()));
    run(&mut engine).unwrap();
    assert_eq!(steps(&engine), ["list-regions", "settle-replicas"]);
    assert_eq!(inputs::<SettleReplicas>(&engine)[0].told, None);
}

#[test]
fn a_region_that_is_away_for_an_hour_is_told_afterwards_and_the_others_at_once() {
    let mut engine = away(1);
    let begun = engine.now();
    engine
        .start(&workflow_id::<AccountCreated>(ACCOUNT), &CREATED)
        .unwrap();
    engine.settle().unwrap();
    assert_eq!(told(&engine, "ap-southeast-2"), 1);
    engine
        .result::<AccountCreated>(&workflow_id::<AccountCreated>(ACCOUNT))
        .unwrap();
    let minutes = (engine.now().0 - begun.0) / 60_000;
    assert!((60..=65).contains(&minutes), "after {minutes} minutes");
    assert_eq!(told(&engine, "ap-southeast-2"), 1, "once is enough");
    assert_eq!(engine.attempts_of::<SettleReplicas>(), 1);
}

#[test]
fn a_region_that_is_away_for_a_week_is_told_afterwards() {
    let mut engine = away(7 * 24);
    run(&mut engine).unwrap();
    let histories = engine.recordings(&workflow_id::<AccountCreated>(ACCOUNT));
    assert!(histories.len() > 10, "a new history twice a day");
    assert_eq!(engine.attempts_of::<SettleReplicas>(), 1);
}

#[test]
fn an_account_that_changes_meanwhile_is_told_anew() {
    let revision = Arc::new(AtomicI64::new(1));
    let (now, settled) = (revision.clone(), revision.clone());
    let mut engine = engine()
        .stub::<TellRegion>(move |_, _| Ok(Some(now.fetch_max(2, Ordering::Relaxed))))
        .stub::<SettleReplicas>(move |settle, _| Ok(settle.told == Some(settled.load(Ordering::Relaxed))));
    run(&mut engine).unwrap();
    let told: Vec<_> = inputs::<SettleReplicas>(&engine)
        .iter()
        .map(|settle| settle.told)
        .collect();
    assert_eq!(told, [Some(1), Some(2)]);
}

#[test]
fn of_an_account_that_is_gone_nothing_is_told() {
    let mut engine = engine().stub::<TellRegion>(|_, _| Ok(None));
    run(&mut engine).unwrap();
    assert_eq!(engine.attempts_of::<SettleReplicas>(), 0);
}
