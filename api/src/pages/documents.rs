//! The list of documents.

use axum::extract::State;
use axum::response::Redirect;
use docstore_activities::catalog::{Document, DocumentState, Usage};
use maud::{Markup, html};

use super::layout::{self, bytes, csrf_field};
use super::refusal::{OnPage, Result};
use super::signed_in::SignedInAbout;
use crate::app::AppState;
use crate::auth::{ClientAddress, Login};
use crate::input::Params;
use crate::routes::documents::{self as api, ListParams};

/// The list, and the form to upload more.
pub async fn list(
    State(app): State<AppState>,
    OnPage(login): OnPage<Login>,
    OnPage(Params(params)): OnPage<Params<ListParams>>,
) -> Result<Markup> {
    let query = params.into_query()?;
    let page = app.catalog.list(login.account_id(), &query).await?;
    let usage = app.catalog.usage(login.account_id()).await?;
    let next = page
        .next
        .map(|cursor| api::encode_cursor(query.sort, &cursor))
        .transpose()?;
    let content = html! {
        (storage(&usage))
        (upload_form(&usage))
        @if page.documents.is_empty() {
            p { "No documents yet." }
        } @else {
            table {
                thead { tr { th { "Title" } th { "Size" } th { "Uploaded" } th { "Status" } th {} } }
                tbody { @for document in &page.documents { (row(document, &login)) } }
            }
        }
        @if let Some(next) = next { p { a href={ "/documents?cursor=" (next) } { "Older documents" } } }
    };
    Ok(layout::inside("Documents", &login, "", content))
}

/// Deletes a document.
pub async fn delete(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    about: SignedInAbout,
) -> Result<Redirect> {
    api::remove(&app, address, &about.document).await?;
    Ok(Redirect::to("/documents"))
}

fn storage(usage: &Usage) -> Markup {
    html! {
        p {
            (bytes(usage.bytes_used)) " of " (bytes(usage.quota_bytes)) " used by " (usage.documents) " documents "
            meter min="0" max=(usage.quota_bytes) value=(usage.bytes_used) {}
        }
        @if usage.over_quota {
            p.notice role="alert" { "You store more than your plan allows: uploads are blocked until you delete documents." }
        }
    }
}

fn upload_form(usage: &Usage) -> Markup {
    html! {
        form.upload id="upload" action="/upload" method="get" {
            input type="file" id="files" multiple hidden aria-label="Files to upload" disabled[usage.over_quota];
            button disabled[usage.over_quota] { "Upload" }
            ul id="progress" aria-live="polite" {}
        }
    }
}

fn row(document: &Document, login: &Login) -> Markup {
    let size = document.size.and_then(|size| u64::try_from(size).ok());
    html! {
        tr id={ "document-" (document.id) } data-document=(document.id) data-settled[document.state.is_final()] {
            td {
                @if document.uploaded.is_some() {
                    a href={ "/v1/documents/" (document.id) "/download" } { (document.title) }
                } @else {
                    (document.title)
                }
                @for tag in &document.tags { " " span.tag { (tag) } }
            }
            td { @if let Some(size) = size { (bytes(size)) } }
            td { time datetime=(document.created.to_rfc3339()) { (document.created.format("%Y-%m-%d %H:%M")) } }
            td.status { (status(document)) }
            td {
                form action={ "/documents/" (document.id) "/delete" } method="post" {
                    (csrf_field(login))
                    button.quiet { "Delete" }
                }
            }
        }
    }
}

fn status(document: &Document) -> String {
    let pages = document
        .pages_total
        .map(|total| format!(", {} of {total} pages read", document.pages_done));
    let reason = document.reason.as_deref().unwrap_or_default();
    match document.state {
        DocumentState::AwaitingUpload => "waiting for the file".to_owned(),
        DocumentState::Uploading => "uploading".to_owned(),
        DocumentState::Processing => format!("processing{}", pages.unwrap_or_default()),
        DocumentState::Ready => "ready".to_owned(),
        DocumentState::ReadyDegraded => format!("ready, but: {reason}"),
        DocumentState::Failed => format!("failed: {reason}"),
        DocumentState::Abandoned => "the file never came".to_owned(),
        DocumentState::Deleting => "being deleted".to_owned(),
    }
}
