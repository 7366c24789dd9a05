//! A new version of a document, without the script: name its file, then choose it.

use axum::extract::State;
use docstore_activities::catalog::Document;
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::AppState;
use crate::auth::Owned;
use crate::input::{self, MAX_NAME_CHARS};
use crate::pages::layout::{self, Place, View, csrf_field};
use crate::pages::refusal::{OnPage, Result};
use crate::pages::signed_in::SignedInAbout;
use crate::pages::upload::file_form;
use crate::pages::visitor::Visitor;
use crate::uploads::{self, Wanted};

/// The new file's name.
#[derive(Deserialize)]
pub struct Description {
    name: String,
}

/// The form that names the file.
pub async fn describe(visitor: Visitor, OnPage(Owned { document, .. }): OnPage<Owned>) -> Markup {
    let content = html! {
        div.heading { h1 { "A new version of “" (document.title) "”" } }
        section.card {
            form.fields action={ "/documents/" (document.id) "/versions" } method="post" {
                (csrf_field(&visitor.login))
                div.field {
                    label for="name" { "Name of the file" }
                    input id="name" name="name" value=(document.file_name) required maxlength=(MAX_NAME_CHARS);
                }
                div { button.primary { "Next: choose the file" } }
            }
        }
    };
    layout::inside(&visitor, &view(&document), content)
}

/// The form that sends the file to the object store.
pub async fn choose(State(app): State<AppState>, about: SignedInAbout<Description>) -> Result<Markup> {
    let SignedInAbout {
        login,
        document,
        form,
    } = about;
    let name = input::line("name", &form.name, MAX_NAME_CHARS)?;
    let wanted = Wanted {
        version_of: Some(document.id),
        file_name: name.clone(),
        title: document.title.clone(),
        tags: document.tags.clone(),
        // The form is signed before the file is chosen: neither its type nor its size is known.
        content_type: input::content_type(None)?,
        size: None,
        redirect: true,
    };
    let issued = uploads::issue_form(&app, document.owner, &wanted).await?;
    let version = app
        .catalog
        .owned_version(document.owner, document.id, issued.version)
        .await?;
    uploads::begin(&app, &version).await?;
    let visitor = Visitor::of(&app, login).await?;
    Ok(layout::inside(
        &visitor,
        &view(&document),
        file_form(&name, &issued),
    ))
}

fn view(document: &Document) -> View<'_> {
    View {
        title: &document.title,
        place: Place::Documents,
        query: "",
    }
}
