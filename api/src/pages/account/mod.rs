//! The account: what it stores and pays for, its password, who is logged in, its end.

mod changes;
mod sections;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use docstore_activities::catalog::SessionRecord;
use maud::{Markup, html};

pub use changes::{change_password, change_plan, delete, end_session};

use super::layout::{self, Place, View};
use super::notice::Done;
use super::refusal::{OnPage, Result};
use super::visitor::Visitor;
use crate::app::{App, AppState};
use crate::input::Params;
use crate::problem::Problem;

/// What was asked for and not done, and by which form.
struct Failed {
    form: Form,
    problem: Problem,
}

/// A form of the page that can be filled in wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Password,
    Deletion,
}

impl Failed {
    /// The problem, if it is this form's.
    fn of(failed: Option<&Self>, form: Form) -> Option<&Problem> {
        failed
            .filter(|failed| failed.form == form)
            .map(|failed| &failed.problem)
    }

    fn status(&self) -> StatusCode {
        self.problem.status()
    }
}

/// The account's page.
pub async fn show(
    State(app): State<AppState>,
    visitor: Visitor,
    OnPage(Params(done)): OnPage<Params<Done>>,
) -> Result<Markup> {
    let sessions = app.catalog.sessions(visitor.account_id()).await?;
    Ok(page(&app, &visitor, &sessions, &done, None))
}

/// The page with what was wrong.
async fn again(app: &App, visitor: &Visitor, failed: Failed) -> Result<Response> {
    let sessions = app.catalog.sessions(visitor.account_id()).await?;
    let page = page(app, visitor, &sessions, &Done::default(), Some(&failed));
    Ok((failed.status(), page).into_response())
}

fn page(
    app: &App,
    visitor: &Visitor,
    sessions: &[SessionRecord],
    done: &Done,
    failed: Option<&Failed>,
) -> Markup {
    let content = html! {
        div.heading { h1 { "Account" } }
        (done.show())
        div.cards {
            (sections::storage(visitor))
            (sections::plan(app, visitor))
            (sections::password(visitor, Failed::of(failed, Form::Password)))
            (sections::identity(visitor))
            (sections::sessions(visitor, sessions))
            (sections::deletion(visitor, Failed::of(failed, Form::Deletion)))
        }
    };
    let view = View {
        title: "Account",
        place: Place::Account,
        query: "",
    };
    layout::inside(visitor, &view, content)
}
