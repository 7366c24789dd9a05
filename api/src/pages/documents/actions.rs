//! What is done with a document by a button or a form.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use docstore_activities::catalog::{Document, Edit};
use serde::Deserialize;

use super::document;
use crate::app::AppState;
use crate::auth::ClientAddress;
use crate::documents;
use crate::input::{self, MAX_NAME_CHARS};
use crate::pages::notice::Notice;
use crate::pages::refusal::{OnPage, Result};
use crate::pages::signed_in::{NoFields, SignedIn, SignedInAbout, SignedInAboutVersion};
use crate::pages::visitor::Visitor;
use crate::problem::{self, Problem};
use crate::uploads::split_tags;

/// Title and tags as the form has them.
#[derive(Clone, Deserialize)]
pub struct EditForm {
    /// As it was typed.
    pub title: String,
    /// As they were typed, separated by commas.
    #[serde(default)]
    pub tags: String,
}

/// Changes title and tags. What was wrong is shown where it was typed.
pub async fn edit(State(app): State<AppState>, about: SignedInAbout<EditForm>) -> Result<Response> {
    let SignedInAbout {
        login,
        document,
        form,
    } = about;
    match change(&app, &document, &form).await {
        Ok(edited) => Ok(Redirect::to(&Notice::Saved.at(&page_of(&edited))).into_response()),
        Err(problem @ Problem::Invalid { .. }) => {
            let visitor = Visitor::of(&app, login).await?;
            document::edit_again(&app, &visitor, document, form, problem).await
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Puts a document into the trash; one that never arrived is gone at once.
pub async fn trash(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    about: SignedInAbout<NoFields>,
) -> Result<Redirect> {
    let removed = documents::remove(&app, address, &about.document).await?;
    let notice = if removed.trashed.is_some() {
        Notice::Trashed
    } else {
        Notice::Deleted
    };
    Ok(Redirect::to(&notice.about(removed.id, "/documents")))
}

/// Takes a document out of the trash.
pub async fn restore(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    about: SignedInAbout<NoFields>,
) -> Result<Redirect> {
    let restored = documents::restore(&app, address, &about.document).await?;
    Ok(Redirect::to(&Notice::Restored.at(&page_of(&restored))))
}

/// Deletes a document for good.
pub async fn delete(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    about: SignedInAbout<NoFields>,
) -> Result<Redirect> {
    documents::delete(&app, address, &about.document).await?;
    Ok(Redirect::to(&Notice::Deleted.at("/trash")))
}

/// Deletes a version for good.
pub async fn delete_version(State(app): State<AppState>, about: SignedInAboutVersion) -> Result<Redirect> {
    documents::delete_version(&app, &about.version).await?;
    Ok(Redirect::to(&Notice::VersionDeleted.at(&page_of(&about.version))))
}

/// Deletes everything that lies in the trash for good.
pub async fn empty_trash(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    SignedIn { login, .. }: SignedIn<NoFields>,
) -> Result<Redirect> {
    documents::empty_trash(&app, address, login.account_id()).await?;
    Ok(Redirect::to(&Notice::TrashEmptied.at("/trash")))
}

/// Has a document processed once more.
pub async fn retry(State(app): State<AppState>, about: SignedInAbout<NoFields>) -> Result<Redirect> {
    let again = documents::retry(&app, &about.document).await?;
    Ok(Redirect::to(&page_of(&again)))
}

async fn change(app: &AppState, document: &Document, form: &EditForm) -> problem::Result<Document> {
    let title = input::line("title", &form.title, MAX_NAME_CHARS)?;
    let tags = input::tags(split_tags(&form.tags))?;
    let edit = Edit {
        title: Some(&title),
        tags: Some(&tags),
    };
    documents::edit(app, document, &edit, false).await
}

fn page_of(document: &Document) -> String {
    format!("/documents/{}", document.id)
}
