//! DocStore's activities, one file each, and the ports they reach the world through.
//!
//! A new activity is a new file and a line in [`activities`].

use std::sync::Arc;

use apus::sdk::Activities;

pub mod access_log;
pub mod catalog;
mod environment;
pub mod extract;
mod policy;
pub mod ports;
pub mod search;
pub mod uploaded_parts;

mod abandon_upload;
mod check_upload_status;
mod count_usage;
mod delete_objects;
mod extract_text;
mod finish_document;
mod forget_account;
mod forget_document;
mod forget_in_region;
mod index_document;
mod index_entry;
mod list_regions;
mod list_unindexed;
mod make_thumbnail;
mod mark_documents;
mod put_metrics;
mod read_object_metadata;
mod refresh_index;
mod reindex_document;
mod remove_from_index;
mod revise_outcome;
mod roll_up_access_logs;
mod send_over_quota_mail;
mod settle_index;
mod settle_replicas;
mod tell_region;
mod verify_processed;

pub use abandon_upload::AbandonUpload;
pub use check_upload_status::{CheckUploadStatus, UploadStatus};
pub use count_usage::CountUsage;
pub use delete_objects::DeleteObjects;
pub use environment::{Environment, NOTHING_TO_DO, Stored, TEXT_BYTES_MAX};
pub use extract_text::{ExtractText, TextFacts};
pub use finish_document::FinishDocument;
pub use forget_account::ForgetAccount;
pub use forget_document::ForgetDocument;
pub use forget_in_region::ForgetInRegion;
pub use index_document::IndexDocument;
pub use list_regions::ListRegions;
pub use list_unindexed::{LeftToIndex, ListUnindexed, TextSource, ToIndex};
pub use make_thumbnail::MakeThumbnail;
pub use mark_documents::MarkDocuments;
pub use policy::{TASK_LISTS, TaskListPlan};
pub use put_metrics::PutMetrics;
pub use read_object_metadata::{ObjectFacts, ReadObjectMetadata};
pub use refresh_index::RefreshIndex;
pub use reindex_document::ReindexDocument;
pub use remove_from_index::RemoveFromIndex;
pub use revise_outcome::ReviseOutcome;
pub use roll_up_access_logs::{RollUpAccessLogs, RolledUp};
pub use send_over_quota_mail::SendOverQuotaMail;
pub use settle_index::SettleIndex;
pub use settle_replicas::SettleReplicas;
pub use tell_region::TellRegion;
pub use verify_processed::VerifyProcessed;

/// Every activity type of DocStore, for a worker.
pub fn activities(with: Arc<Environment>) -> Activities {
    Activities::new()
        .add::<AbandonUpload>(with.clone())
        .add::<CheckUploadStatus>(with.clone())
        .add::<CountUsage>(with.clone())
        .add::<DeleteObjects>(with.clone())
        .add::<ExtractText>(with.clone())
        .add::<FinishDocument>(with.clone())
        .add::<ForgetAccount>(with.clone())
        .add::<ForgetDocument>(with.clone())
        .add::<ForgetInRegion>(with.clone())
        .add::<IndexDocument>(with.clone())
        .add::<ListRegions>(with.clone())
        .add::<ListUnindexed>(with.clone())
        .add::<MakeThumbnail>(with.clone())
        .add::<MarkDocuments>(with.clone())
        .add::<PutMetrics>(with.clone())
        .add::<ReadObjectMetadata>(with.clone())
        .add::<RefreshIndex>(with.clone())
        .add::<ReindexDocument>(with.clone())
        .add::<RemoveFromIndex>(with.clone())
        .add::<ReviseOutcome>(with.clone())
        .add::<RollUpAccessLogs>(with.clone())
        .add::<SendOverQuotaMail>(with.clone())
        .add::<SettleIndex>(with.clone())
        .add::<SettleReplicas>(with.clone())
        .add::<TellRegion>(with.clone())
        .add::<VerifyProcessed>(with)
}
