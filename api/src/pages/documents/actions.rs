//! What is done with a document by a button.

use axum::extract::State;
use axum::response::Redirect;

use crate::app::AppState;
use crate::auth::ClientAddress;
use crate::documents;
use crate::pages::notice::Notice;
use crate::pages::refusal::{OnPage, Result};
use crate::pages::signed_in::SignedInAbout;

/// Deletes a document.
pub async fn delete(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    about: SignedInAbout,
) -> Result<Redirect> {
    documents::remove(&app, address, &about.document).await?;
    Ok(Redirect::to(&Notice::Deleted.at("/documents")))
}
