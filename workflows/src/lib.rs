//! DocStore's workflows, one file each. Deterministic: what they learn of the world comes from activities.
//!
//! A new workflow is a new file and a line in [`workflows`].

use apus::sdk::{Workflow, Workflows};
use uuid::Uuid;

mod account_changed;
mod account_created;
mod delete_account;
mod delete_document;
mod document_changed;
mod reindex_account;
mod replication;
mod roll_up_logs;
mod upload_complete;
mod upload_initiated;

pub use account_changed::AccountChanged;
pub use account_created::AccountCreated;
pub use delete_account::DeleteAccount;
pub use delete_document::DeleteDocument;
pub use document_changed::DocumentChanged;
pub use reindex_account::ReindexAccount;
pub use roll_up_logs::RollUpLogs;
pub use upload_complete::{Summary, UploadComplete};
pub use upload_initiated::{UploadEnd, UploadInitiated};

/// Every workflow type of DocStore, for a decider.
pub fn workflows() -> Workflows {
    Workflows::new()
        .add::<AccountChanged>()
        .add::<AccountCreated>()
        .add::<DeleteAccount>()
        .add::<DeleteDocument>()
        .add::<ReindexAccount>()
        .add::<RollUpLogs>()
        .add::<DocumentChanged>()
        .add::<UploadComplete>()
        .add::<UploadInitiated>()
}

/// The workflow id of what is done to a document or an account: the same for every event that asks for it, so that it is
/// done once at a time however often it is asked for.
pub fn workflow_id<W: Workflow>(subject: Uuid) -> String {
    format!("{}-{subject}", W::NAME)
}
