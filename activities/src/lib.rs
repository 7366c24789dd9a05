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
mod forget_document;
mod index_document;
mod index_entry;
mod make_thumbnail;
mod put_metrics;
mod read_object_metadata;
mod refresh_index;
mod remove_from_index;
mod roll_up_access_logs;
mod send_over_quota_mail;
mod verify_processed;

pub use abandon_upload::AbandonUpload;
pub use check_upload_status::{CheckUploadStatus, UploadStatus};
pub use count_usage::CountUsage;
pub use delete_objects::DeleteObjects;
pub use environment::{Environment, NOTHING_TO_DO, Stored, TEXT_BYTES_MAX};
pub use extract_text::{ExtractText, TextFacts};
pub use finish_document::FinishDocument;
pub use forget_document::ForgetDocument;
pub use index_document::IndexDocument;
pub use make_thumbnail::MakeThumbnail;
pub use policy::{TASK_LISTS, TaskListPlan};
pub use put_metrics::PutMetrics;
pub use read_object_metadata::{ObjectFacts, ReadObjectMetadata};
pub use refresh_index::RefreshIndex;
pub use remove_from_index::RemoveFromIndex;
pub use roll_up_access_logs::{RollUpAccessLogs, RolledUp};
pub use send_over_quota_mail::SendOverQuotaMail;
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
        .add::<ForgetDocument>(with.clone())
        .add::<IndexDocument>(with.clone())
        .add::<MakeThumbnail>(with.clone())
        .add::<PutMetrics>(with.clone())
        .add::<ReadObjectMetadata>(with.clone())
        .add::<RefreshIndex>(with.clone())
        .add::<RemoveFromIndex>(with.clone())
        .add::<RollUpAccessLogs>(with.clone())
        .add::<SendOverQuotaMail>(with.clone())
        .add::<VerifyProcessed>(with)
}
