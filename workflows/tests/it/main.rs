//! DocStore's workflows on virtual time: what each makes of every case, however badly its activities go.
//!
//! The world is stubs of activities; what the activities really do is tested where they meet it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod delete_account;
mod delete_document;
mod disturbed;
mod document_changed;
mod histories;
mod reindex_account;
mod replication;
mod roll_up_logs;
mod upload_complete;
mod upload_initiated;

use apus::sdk::testkit::TestEngine;
use apus::sdk::{Activity, ActivityError, Workflow};
use docstore_activities::catalog::{DocumentState, Outcome, Plan, Reason, UsageAfter};
use docstore_activities::extract::DocumentKind;
use docstore_activities::search::Indexed;
use docstore_activities::{
    AbandonUpload, CheckUploadStatus, CountUsage, DeleteObjects, ExtractText, FinishDocument, ForgetAccount,
    ForgetDocument, ForgetInRegion, IndexDocument, LeftToIndex, ListRegions, ListUnindexed, MakeThumbnail,
    MarkDocuments, NOTHING_TO_DO, ObjectFacts, PutMetrics, ReadObjectMetadata, RefreshIndex, ReindexDocument,
    RemoveFromIndex, ReviseOutcome, RollUpAccessLogs, RolledUp, SendOverQuotaMail, SettleIndex,
    SettleReplicas, TellRegion, TextFacts, UploadStatus, VerifyProcessed,
};
use docstore_workflows::{workflow_id, workflows};
use serde::de::DeserializeOwned;
use uuid::Uuid;

const DOCUMENT: Uuid = Uuid::from_u128(0xd0c);
const ACCOUNT: Uuid = Uuid::from_u128(0xacc);

/// An engine in whose world everything goes well: a premium account's PDF has arrived, it can be read, and there is
/// room for it. Tests stub anew what is to go otherwise.
fn engine() -> TestEngine {
    TestEngine::new(workflows())
        .stub::<AbandonUpload>(|_, _| Ok(()))
        .stub::<CheckUploadStatus>(|_, _| Ok(UploadStatus::Arrived))
        .stub::<CountUsage>(|_, _| Ok(usage()))
        .stub::<DeleteObjects>(|_, _| Ok(()))
        .stub::<ExtractText>(|_, _| Ok(text()))
        .stub::<FinishDocument>(|finish, _| Ok(state(&finish.outcome)))
        .stub::<ForgetAccount>(|_, _| Ok(true))
        .stub::<ForgetDocument>(|_, _| Ok(()))
        .stub::<ForgetInRegion>(|_, _| Ok(()))
        .stub::<IndexDocument>(|index, _| Ok(indexed(index.with_text)))
        .stub::<ListRegions>(|_, _| Ok(vec!["ap-southeast-2".into()]))
        .stub::<ListUnindexed>(|_, _| Ok(Some(nothing_left())))
        .stub::<MakeThumbnail>(|_, _| Ok(true))
        .stub::<MarkDocuments>(|_, _| Ok(Vec::new()))
        .stub::<PutMetrics>(|_, _| Ok(()))
        .stub::<ReadObjectMetadata>(|_, _| Ok(pdf(Plan::Premium)))
        .stub::<RefreshIndex>(|_, _| Ok(()))
        .stub::<ReindexDocument>(|index, _| Ok(indexed(index.with_text)))
        .stub::<RemoveFromIndex>(|_, _| Ok(()))
        .stub::<ReviseOutcome>(|_, _| Ok(()))
        .stub::<RollUpAccessLogs>(|_, _| Ok(RolledUp::default()))
        .stub::<SendOverQuotaMail>(|_, _| Ok(true))
        .stub::<SettleIndex>(|_, _| Ok(true))
        .stub::<SettleReplicas>(|_, _| Ok(true))
        .stub::<TellRegion>(|_, _| Ok(Some(1)))
        .stub::<VerifyProcessed>(|_, _| Ok(true))
}

fn nothing_left() -> LeftToIndex {
    LeftToIndex {
        wanted: 1,
        excursion: None,
        documents: Vec::new(),
        processing: 0,
    }
}

fn pdf(plan: Plan) -> ObjectFacts {
    ObjectFacts {
        account: ACCOUNT,
        plan,
        size: 1_000,
        kind: DocumentKind::Pdf,
        unreadable: None,
    }
}

fn usage() -> UsageAfter {
    UsageAfter {
        first_time: true,
        bytes_used: 1_000,
        quota_bytes: 10_000,
        over_quota: false,
        excursion: 0,
    }
}

/// After the account has gone over its quota so often.
fn over_quota(excursion: i64) -> UsageAfter {
    UsageAfter {
        bytes_used: 11_000,
        over_quota: true,
        excursion,
        ..usage()
    }
}

fn text() -> TextFacts {
    TextFacts {
        pages: 3,
        without_text: 0,
        truncated: false,
        missing: None,
    }
}

fn indexed(with_text: bool) -> Indexed {
    Indexed {
        pages: u32::from(with_text),
        truncated: false,
    }
}

fn state(outcome: &Outcome) -> DocumentState {
    match outcome {
        Outcome::Ready => DocumentState::Ready,
        Outcome::ReadyDegraded(_) => DocumentState::ReadyDegraded,
        Outcome::Failed(_) => DocumentState::Failed,
    }
}

fn reason(code: &str, message: &str) -> Reason {
    Reason {
        code: code.into(),
        message: message.into(),
    }
}

fn permanent<T>(reason: &str) -> Result<T, ActivityError> {
    Err(ActivityError::permanent(reason, "the test's"))
}

/// What an activity says when the document is gone.
fn gone<T>() -> Result<T, ActivityError> {
    permanent(NOTHING_TO_DO)
}

fn id<W: Workflow>() -> String {
    workflow_id::<W>(DOCUMENT)
}

/// The names of the activities that were attempted, in order.
fn steps(engine: &TestEngine) -> Vec<&str> {
    let attempts = engine.attempts().iter();
    attempts.map(|attempt| &*attempt.activity).collect()
}

/// The inputs of the attempts at an activity, in order.
fn inputs<A: Activity + DeserializeOwned>(engine: &TestEngine) -> Vec<A> {
    let attempts = engine
        .attempts()
        .iter()
        .filter(|attempt| &*attempt.activity == A::NAME);
    attempts
        .map(|attempt| serde_json::from_str(attempt.input.as_deref().unwrap()).unwrap())
        .collect()
}
