//! Every workflow under every disturbance: each activity failing, lost, its answer lost, and all made twice. And under
//! turbulence around its decisions.

use apus::sdk::testkit::{Disturbance, TestEngine, with_every_disturbance};
use apus::sdk::{RunFailure, Workflow};
use docstore_activities::catalog::Outcome;
use docstore_activities::{CountUsage, FinishDocument, SendOverQuotaMail, UploadStatus, VerifyProcessed};
use docstore_workflows::{
    AccountCreated, DeleteAccount, DeleteDocument, ReindexAccount, UploadEnd, UploadInitiated,
};

use super::reindex_account::{REINDEX, upgrade};
use super::replication::CREATED;
use super::upload_complete::{PROCESSING, run};
use super::upload_initiated::{UPLOAD, awaited_then};
use super::{DOCUMENT, delete_account, engine, id, inputs, over_quota, reason, steps};

/// Seeds of turbulence that are tried.
const SEEDS: u64 = 50;

/// The undisturbed outcome, or the disturbance's own when it lets an activity fail for good.
fn assert_outcome<T: PartialEq + std::fmt::Debug>(
    outcome: Result<T, RunFailure>,
    expected: T,
    disturbance: Disturbance,
) {
    match disturbance {
        Disturbance::Fail(_) if outcome.is_err() => {
            assert_eq!(outcome.unwrap_err().reason(), "disturbed");
        }
        _ => assert_eq!(outcome, Ok(expected)),
    }
}

#[test]
fn an_upload_over_quota_is_processed_and_mailed_of() {
    let over = || engine().stub::<CountUsage>(|_, _| Ok(over_quota(2)));
    let runs = with_every_disturbance(over, |engine, disturbance| {
        let outcome = run(engine);
        let mails = inputs::<SendOverQuotaMail>(engine);
        assert!(mails.iter().all(|mail| mail.excursion == 2));
        let Disturbance::Fail(number) = disturbance else {
            assert_eq!(outcome, Ok(Some(Outcome::Ready)));
            assert!(!mails.is_empty());
            return;
        };
        let failed = Outcome::Failed(reason("disturbed", "the test lets this activity fail"));
        match steps(engine)[number] {
            "read-object-metadata" | "count-usage" | "extract-text" | "index-document" => {
                assert_eq!(outcome, Ok(Some(failed)));
            }
            "send-over-quota-mail" | "make-thumbnail" | "put-metrics" => {
                assert_eq!(outcome, Ok(Some(Outcome::Ready)));
            }
            "finish-document" => assert_eq!(outcome.unwrap_err().reason(), "disturbed"),
            other => panic!("the test does not say what must come of {other}"),
        }
    });
    assert_eq!(runs, 2 + 4 * 8, "eight activities");
}

#[test]
fn an_upload_that_nobody_reported_is_rescued() {
    let unreported =
        || awaited_then(engine(), 2, UploadStatus::Arrived).stub::<VerifyProcessed>(|_, _| Ok(false));
    with_every_disturbance(unreported, |engine, disturbance| {
        let outcome = engine.run(&id::<UploadInitiated>(), &UPLOAD);
        assert_outcome(outcome, UploadEnd::Rescued, disturbance);
    });
}

#[test]
fn an_upload_that_never_came_is_given_up() {
    let expired = || awaited_then(engine(), 2, UploadStatus::Expired);
    with_every_disturbance(expired, |engine, disturbance| {
        let outcome = engine.run(&id::<UploadInitiated>(), &UPLOAD);
        assert_outcome(outcome, UploadEnd::Abandoned, disturbance);
    });
}

#[test]
fn a_deletion_is_completed() {
    with_every_disturbance(engine, |engine, disturbance| {
        let outcome = engine.run(&id::<DeleteDocument>(), &DeleteDocument { document: DOCUMENT });
        assert_outcome(outcome, (), disturbance);
        let order = ["remove-from-index", "delete-objects", "forget-document"];
        let mut made = steps(engine);
        made.dedup();
        assert_eq!(made, order[..made.len()], "one after the other");
    });
}

#[test]
fn an_account_is_deleted_with_its_documents() {
    let with_documents = || delete_account::world(2);
    with_every_disturbance(with_documents, |engine, disturbance| {
        let outcome = engine.run(&id::<DeleteAccount>(), &delete_account::DELETION);
        assert_outcome(outcome, (), disturbance);
    });
}

#[test]
fn an_account_is_indexed_anew() {
    with_every_disturbance(upgrade, |engine, disturbance| {
        let outcome = engine.run(&id::<ReindexAccount>(), &REINDEX);
        let Disturbance::Fail(number) = disturbance else {
            assert_eq!(outcome, Ok(()));
            return;
        };
        match steps(engine)[number] {
            "extract-text" => assert_eq!(outcome, Ok(()), "it is found by its name"),
            _ => assert_eq!(outcome.unwrap_err().reason(), "disturbed"),
        }
    });
}

#[test]
fn other_regions_are_told() {
    with_every_disturbance(engine, |engine, disturbance| {
        let outcome = engine.run(&id::<AccountCreated>(), &CREATED);
        match disturbance {
            // A region that can't be told is told in the next history.
            Disturbance::Fail(1) => assert_eq!(outcome, Ok(())),
            disturbance => assert_outcome(outcome, (), disturbance),
        }
    });
}

/// Runs a workflow under turbulence; each time it must end the same.
fn in_turbulence<W: Workflow>(engine: impl Fn() -> TestEngine, input: &W, expected: W::Output)
where
    W::Output: PartialEq + std::fmt::Debug,
{
    for seed in 0..SEEDS {
        let mut engine = engine().turbulent(seed);
        assert_eq!(
            engine.run(&id::<W>(), input).as_ref(),
            Ok(&expected),
            "with seed {seed}"
        );
    }
}

#[test]
fn decisions_that_race_get_lost_or_are_replayed_change_nothing() {
    let over = || engine().stub::<CountUsage>(|_, _| Ok(over_quota(1)));
    in_turbulence(over, &PROCESSING, Some(Outcome::Ready));
    let unreported = || engine().stub::<VerifyProcessed>(|_, _| Ok(false));
    in_turbulence(unreported, &UPLOAD, UploadEnd::Rescued);
    in_turbulence(engine, &DeleteDocument { document: DOCUMENT }, ());
    in_turbulence(|| delete_account::world(3), &delete_account::DELETION, ());
    in_turbulence(upgrade, &REINDEX, ());
    in_turbulence(engine, &CREATED, ());
}

#[test]
fn a_document_is_finished_once() {
    for seed in 0..SEEDS {
        let mut engine = engine().turbulent(seed);
        run(&mut engine).unwrap();
        assert_eq!(engine.attempts_of::<FinishDocument>(), 1, "with seed {seed}");
    }
}
