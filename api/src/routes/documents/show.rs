//! A document's status.

use super::body::{DocumentBody, Tagged};
use crate::auth::Owned;
use crate::problem::ProblemBody;

/// A document's status
///
/// Live: the state, why it is not better, and how many pages have been read.
#[utoipa::path(get, operation_id = "show_document", path = "/v1/documents/{document}", tag = "documents",
    params(("document" = Uuid, Path, description = "The document")), responses(
    (status = 200, description = "The document; its entity tag can be sent as `If-Match` with a change", body = DocumentBody),
    (status = 404, description = "No document of yours", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn show(owned: Owned) -> Tagged {
    Tagged(owned.document)
}
