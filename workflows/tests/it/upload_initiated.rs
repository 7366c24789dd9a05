//! What becomes of an upload that was begun: it is processed, rescued, given up or found settled.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use apus::sdk::testkit::TestEngine;
use apus::sdk::{ActivityError, RunFailure};
use docstore_activities::catalog::{Outcome, Plan};
use docstore_activities::{
    AbandonUpload, CheckUploadStatus, FinishDocument, IndexDocument, ReadObjectMetadata, UploadStatus,
    VerifyProcessed,
};
use docstore_workflows::{UploadComplete, UploadEnd, UploadInitiated};

use super::{DOCUMENT, engine, gone, id, pdf, steps};

pub const UPLOAD: UploadInitiated = UploadInitiated { document: DOCUMENT };
const PROCESSING: UploadComplete = UploadComplete::first(DOCUMENT);

/// The store is asked so often before what it says changes.
pub fn awaited_then(engine: TestEngine, polls: u32, then: UploadStatus) -> TestEngine {
    let asked = AtomicU32::new(0);
    engine.stub::<CheckUploadStatus>(move |_, _| {
        if asked.fetch_add(1, Ordering::Relaxed) < polls {
            Ok(UploadStatus::Awaited)
        } else {
            Ok(then)
        }
    })
}

fn run(engine: &mut TestEngine) -> Result<UploadEnd, RunFailure> {
    engine.run(&id::<UploadInitiated>(), &UPLOAD)
}

fn seconds(engine: &TestEngine, begun: apus::model::Timestamp) -> i64 {
    (engine.now().0 - begun.0) / 1_000
}

#[test]
fn what_arrives_and_is_processed_needs_no_help() {
    let mut engine = engine();
    let begun = engine.now();
    assert_eq!(run(&mut engine), Ok(UploadEnd::Processed));
    assert_eq!(steps(&engine), ["check-upload-status", "verify-processed"]);
    assert_eq!(
        seconds(&engine, begun),
        15,
        "the upload and the redirect are given their time"
    );
}

#[test]
fn the_store_is_asked_ever_more_rarely() {
    let mut engine = awaited_then(engine(), 10, UploadStatus::Arrived);
    let begun = engine.now();
    assert_eq!(run(&mut engine), Ok(UploadEnd::Processed));
    assert_eq!(engine.attempts_of::<CheckUploadStatus>(), 11);
    let pauses = 5 + 10 + 20 + 40 + 80 + 160 + 300 * 5;
    assert_eq!(seconds(&engine, begun), pauses + 10);
}

#[test]
fn what_never_arrives_is_given_up_when_its_form_has_expired() {
    // A form of a week.
    let mut engine = awaited_then(engine(), 2_000, UploadStatus::Expired);
    let begun = engine.now();
    assert_eq!(run(&mut engine), Ok(UploadEnd::Abandoned));
    assert_eq!(seconds(&engine, begun) / 86_400, 6);
    assert_eq!(engine.attempts_of::<AbandonUpload>(), 1);
    assert_eq!(
        engine.workflow_ids().len(),
        1,
        "there is nothing to process, so no child begins"
    );
}

#[test]
fn an_arrival_that_nobody_reported_is_rescued() {
    let mut engine =
        awaited_then(engine(), 3, UploadStatus::Arrived).stub::<VerifyProcessed>(|_, _| Ok(false));
    assert_eq!(run(&mut engine), Ok(UploadEnd::Rescued));
    let ids = engine.workflow_ids();
    assert_eq!(
        ids.iter().map(|id| &**id).collect::<Vec<_>>(),
        [id::<UploadInitiated>(), id::<UploadComplete>()]
    );
    let summary = engine.result::<UploadComplete>(&id::<UploadComplete>()).unwrap();
    assert_eq!(summary, Some(Outcome::Ready));
}

#[test]
fn processing_under_way_is_left_alone() {
    let mut engine = engine()
        .stub::<VerifyProcessed>(|_, _| Ok(false))
        .stub_taking::<ReadObjectMetadata>(Duration::from_secs(600), |_, _| Ok(pdf(Plan::Free)));
    engine.start(&id::<UploadComplete>(), &PROCESSING).unwrap();
    assert_eq!(run(&mut engine), Ok(UploadEnd::Processed));
    assert_eq!(engine.attempts_of::<FinishDocument>(), 0, "it goes on by itself");
    let summary = engine.result::<UploadComplete>(&id::<UploadComplete>()).unwrap();
    assert_eq!(summary, Some(Outcome::Ready));
    assert_eq!(engine.attempts_of::<ReadObjectMetadata>(), 1);
    assert_eq!(engine.workflow_ids().len(), 2);
}

#[test]
fn a_document_that_is_gone_needs_nothing() {
    let mut settled = awaited_then(engine(), 1, UploadStatus::Settled);
    assert_eq!(run(&mut settled), Ok(UploadEnd::Settled));
    assert_eq!(settled.attempts_of::<AbandonUpload>(), 0);

    let mut at_the_poll = engine().stub::<CheckUploadStatus>(|_, _| gone());
    assert_eq!(run(&mut at_the_poll), Ok(UploadEnd::Settled));
    let mut when_given_up =
        awaited_then(engine(), 0, UploadStatus::Expired).stub::<AbandonUpload>(|_, _| gone());
    assert_eq!(run(&mut when_given_up), Ok(UploadEnd::Settled));
    let mut when_verified = engine().stub::<VerifyProcessed>(|_, _| gone());
    assert_eq!(run(&mut when_verified), Ok(UploadEnd::Settled));
}

#[test]
fn a_store_that_is_out_is_asked_again() {
    let mut engine = engine().stub::<CheckUploadStatus>(|_, attempt| {
        if attempt <= 100 {
            Err(ActivityError::retryable("object_store", "out of reach"))
        } else {
            Ok(UploadStatus::Arrived)
        }
    });
    assert_eq!(run(&mut engine), Ok(UploadEnd::Processed));
    assert_eq!(engine.attempts_of::<CheckUploadStatus>(), 101);
}

#[test]
fn a_rescue_that_fails_is_told() {
    let mut engine = engine()
        .stub::<VerifyProcessed>(|_, _| Ok(false))
        .stub_taking::<IndexDocument>(Duration::from_secs(20), |index, _| {
            Ok(super::indexed(index.with_text))
        });
    engine.plan(Duration::from_secs(20), |engine| {
        engine.terminate(&id::<UploadComplete>(), "enough").unwrap();
    });
    assert_eq!(run(&mut engine).unwrap_err().reason(), "child_terminated");
}

#[test]
fn a_cancelled_watch_ends_while_it_waits() {
    let mut engine = awaited_then(engine(), 100, UploadStatus::Arrived);
    engine.plan(Duration::from_secs(60), |engine| {
        engine.cancel(&id::<UploadInitiated>()).unwrap();
    });
    let begun = engine.now();
    assert_eq!(run(&mut engine), Err(RunFailure::Cancelled));
    assert_eq!(seconds(&engine, begun), 60);
    assert_eq!(
        engine.attempts_of::<AbandonUpload>(),
        0,
        "the upload may still come"
    );
}

#[test]
fn a_cancelled_watch_cancels_its_rescue() {
    let mut engine = engine()
        .stub::<VerifyProcessed>(|_, _| Ok(false))
        .stub_taking::<ReadObjectMetadata>(Duration::from_secs(600), |_, _| Ok(pdf(Plan::Free)));
    engine.plan(Duration::from_secs(60), |engine| {
        engine.cancel(&id::<UploadInitiated>()).unwrap();
    });
    assert_eq!(run(&mut engine), Err(RunFailure::Cancelled));
    let child = engine.result::<UploadComplete>(&id::<UploadComplete>());
    assert_eq!(child, Err(RunFailure::Cancelled));
}
