//! Recorded histories: runs that are under way when a new version is installed must go on under it.
//!
//! `RECORD_HISTORIES=1 cargo test -p docstore-workflows histories` writes the scenarios of this file anew. Of a version
//! that was released, keep the old recording under another name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use apus::sdk::testkit::{TestEngine, replay_directory};
use apus::sdk::{ActivityError, Workflow};
use docstore_activities::catalog::Plan;
use docstore_activities::{
    CountUsage, ExtractText, ReadObjectMetadata, SendOverQuotaMail, UploadStatus, VerifyProcessed,
};
use docstore_workflows::{DeleteDocument, RollUpLogs, workflows};

use super::document_changed::CHANGE;
use super::reindex_account::{REINDEX, upgrade};
use super::replication::{CHANGED, CREATED};
use super::upload_complete::PROCESSING;
use super::upload_initiated::{UPLOAD, awaited_then};
use super::{DOCUMENT, delete_account, engine, gone, id, over_quota, pdf, permanent};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories")
}

/// Runs a scenario to its end and writes down its runs of that type.
fn record<W: Workflow>(name: &str, mut engine: TestEngine, input: &W) {
    engine.start(&id::<W>(), input).unwrap();
    write(&mut engine, name, &id::<W>());
}

fn write(engine: &mut TestEngine, name: &str, id: &str) {
    engine.run_until_closed(id).unwrap();
    for recording in engine.recordings(id) {
        recording
            .write(&directory().join(format!("{name}.json")))
            .unwrap();
    }
}

fn record_all() {
    record("upload-complete-premium", engine(), &PROCESSING);
    let free = engine().stub::<ReadObjectMetadata>(|_, _| Ok(pdf(Plan::Free)));
    record("upload-complete-free", free, &PROCESSING);
    let refused_once = engine()
        .stub::<CountUsage>(|_, _| Ok(over_quota(1)))
        .stub::<SendOverQuotaMail>(|_, attempt| match attempt {
            1 => Err(ActivityError::retryable("mail_service", "out of reach")),
            _ => Ok(true),
        });
    record("upload-complete-over-quota", refused_once, &PROCESSING);
    let encrypted = engine().stub::<ExtractText>(|_, _| permanent("encrypted"));
    record("upload-complete-encrypted", encrypted, &PROCESSING);
    let deleted = engine().stub::<ExtractText>(|_, _| gone());
    record("upload-complete-deleted", deleted, &PROCESSING);

    let polled = awaited_then(engine(), 3, UploadStatus::Arrived);
    record("upload-initiated-processed", polled, &UPLOAD);
    let unreported = engine().stub::<VerifyProcessed>(|_, _| Ok(false));
    record("upload-initiated-rescued", unreported, &UPLOAD);
    let expired = awaited_then(engine(), 3, UploadStatus::Expired);
    record("upload-initiated-abandoned", expired, &UPLOAD);

    let mut changed = engine();
    changed.start(&CHANGE.workflow_id(), &CHANGE).unwrap();
    write(&mut changed, "document-changed", &CHANGE.workflow_id());

    record(
        "delete-document",
        engine(),
        &DeleteDocument { document: DOCUMENT },
    );

    // It never ends: the first of its runs is kept.
    let mut hourly = engine();
    hourly.start(RollUpLogs::ID, &RollUpLogs {}).unwrap();
    hourly.run_for(Duration::from_secs(2 * 3_600)).unwrap();
    let first = &hourly.recordings(RollUpLogs::ID)[0];
    first.write(&directory().join("roll-up-logs.json")).unwrap();
    record("account-created", engine(), &CREATED);
    record("account-changed", engine(), &CHANGED);
    record("reindex-account-upgrade", upgrade(), &REINDEX);
    record(
        "delete-account",
        delete_account::world(2),
        &delete_account::DELETION,
    );
}

#[test]
fn every_workflow_goes_on_from_where_its_recordings_are() {
    if std::env::var_os("RECORD_HISTORIES").is_some() {
        record_all();
    }
    let replayed: BTreeSet<_> = replay_directory(&workflows(), &directory()).unwrap();
    let all: BTreeSet<_> = workflows().registrations().into_keys().collect();
    let missing: Vec<_> = all.difference(&replayed).collect();
    assert!(
        missing.is_empty(),
        "record a history of {missing:?}: add a scenario to record_all"
    );
}
