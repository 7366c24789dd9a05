//! Choosing files. The script sends them with progress from here or from any other page. Without it one describes a
//! document, then chooses its file: the second form goes directly to the object store, which sends the browser back.

use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;

use super::icons::Icon;
use super::layout::{self, Place, View, csrf_field};
use super::refusal::Result;
use super::signed_in::SignedIn;
use super::visitor::Visitor;
use super::words::bytes;
use crate::app::AppState;
use crate::input::{self, MAX_NAME_CHARS};
use crate::uploads::{self, Issued, Wanted};

/// A document to be uploaded, as a form has it.
#[derive(Deserialize)]
pub struct Description {
    name: String,
    #[serde(default)]
    tags: String,
}

/// Where files are dropped, or a document is described.
pub async fn describe(visitor: Visitor) -> Markup {
    let left = visitor.usage.bytes_left();
    let content = html! {
        div.heading { h1 { "Upload" } }
        @if visitor.usage.over_quota {
            div.notice.bad role="alert" {
                (Icon::Warning)
                div { "Your storage is full: uploads are blocked until you delete documents." }
            }
        } @else {
            section.card.needs-script {
                div.drop-zone {
                    (Icon::Upload)
                    p { strong { "Drop files here" } " or anywhere on the page" }
                    a.button.primary href="/upload" data-upload { "Choose files" }
                    p { (bytes(left)) " of your storage are left." }
                }
            }
            section.card.without-script { (description(&visitor)) }
        }
    };
    layout::inside(&visitor, &VIEW, content)
}

const VIEW: View<'static> = View {
    title: "Upload",
    place: Place::Upload,
    query: "",
};

fn description(visitor: &Visitor) -> Markup {
    html! {
        form.fields action="/upload" method="post" {
            (csrf_field(&visitor.login))
            div.field {
                label for="name" { "Name of the document" }
                input id="name" name="name" required maxlength=(MAX_NAME_CHARS) placeholder="invoice.pdf";
            }
            div.field {
                label for="tags" { "Tags" }
                input id="tags" name="tags" aria-describedby="tags-hint";
                span.hint id="tags-hint" { "Separated by commas." }
            }
            div { button.primary { "Next: choose the file" } }
        }
    }
}

/// The form that sends the file to the object store.
pub async fn choose(
    State(app): State<AppState>,
    SignedIn { login, form }: SignedIn<Description>,
) -> Result<Markup> {
    let name = input::line("name", &form.name, MAX_NAME_CHARS)?;
    let wanted = Wanted {
        version_of: None,
        file_name: name.clone(),
        title: name.clone(),
        tags: input::tags(uploads::split_tags(&form.tags))?,
        // The form is signed before the file is chosen: neither its type nor its size is known.
        content_type: input::content_type(None)?,
        size: None,
        redirect: true,
    };
    let account = login.account_id();
    let issued = uploads::issue_form(&app, account, &wanted).await?;
    let document = app.catalog.owned_document(account, issued.document).await?;
    uploads::begin(&app, &document).await?;
    let visitor = Visitor::of(&app, login).await?;
    Ok(layout::inside(&visitor, &VIEW, file_form(&name, &issued)))
}

/// A form that was signed, for a browser without scripts.
pub fn file_form(name: &str, issued: &Issued) -> Markup {
    html! {
        div.heading { h1 { "Choose the file" } }
        section.card {
            form.fields action=(issued.form.url) method="post" enctype="multipart/form-data" {
                @for (name, value) in &issued.form.fields { input type="hidden" name=(name) value=(value); }
                div.field {
                    label for="file" { "File for “" (name) "”" }
                    input id="file" type="file" name=(issued.form.file_field) required aria-describedby="file-hint";
                    span.hint id="file-hint" { "At most " (bytes(issued.max_bytes)) "." }
                }
                div { button.primary { (Icon::Upload) "Upload" } }
            }
        }
    }
}
