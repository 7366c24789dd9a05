//! Uploading without JavaScript: describe the document, then choose its file. The second form goes directly to the
//! object store, which sends the browser back.

use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::{self, bytes, csrf_field};
use super::refusal::{OnPage, Result};
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::auth::Login;
use crate::input::{self, MAX_NAME_CHARS};
use crate::uploads::{self, Wanted};

/// A document to be uploaded, as a form has it.
#[derive(Deserialize)]
pub struct Description {
    name: String,
    #[serde(default)]
    tags: String,
}

/// The form that describes the document.
pub async fn describe(OnPage(login): OnPage<Login>) -> Markup {
    let content = html! {
        form.entry action="/upload" method="post" {
            (csrf_field(&login))
            label { "Name of the document" input name="name" required maxlength=(MAX_NAME_CHARS) placeholder="invoice.pdf"; }
            label { "Tags, separated by commas" input name="tags"; }
            button { "Next: choose the file" }
        }
    };
    layout::inside("Upload a document", &login, "", content)
}

/// The form that sends the file to the object store.
pub async fn choose(
    State(app): State<AppState>,
    SignedIn { login, form }: SignedIn<Description>,
) -> Result<Markup> {
    let name = input::line("name", &form.name, MAX_NAME_CHARS)?;
    let wanted = Wanted {
        file_name: name.clone(),
        title: name.clone(),
        tags: input::tags(uploads::split_tags(&form.tags))?,
        // The form is signed before the file is chosen: neither its type nor its size is known.
        content_type: input::content_type(None)?,
        size: None,
        redirect: true,
    };
    let issued = uploads::issue_form(&app, login.account_id(), &wanted).await?;
    let document = app
        .catalog
        .owned_document(login.account_id(), issued.document)
        .await?;
    uploads::begin(&app, &document).await?;
    let content = html! {
        form.entry action=(issued.form.url) method="post" enctype="multipart/form-data" {
            @for (name, value) in &issued.form.fields { input type="hidden" name=(name) value=(value); }
            label { "File for “" (name) "”, at most " (bytes(issued.max_bytes)) input type="file" name=(issued.form.file_field) required; }
            button { "Upload" }
        }
    };
    Ok(layout::inside("Choose the file", &login, "", content))
}
