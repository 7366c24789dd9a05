//! What the forms of the account's page do.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::{Failed, Form, again};
use crate::accounts;
use crate::app::AppState;
use crate::auth::{ClientAddress, clear_session_cookie};
use crate::pages::notice::Notice;
use crate::pages::refusal::{OnPage, Result};
use crate::pages::signed_in::{NoFields, SignedIn};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::routes::accounts::PlanName;

const ACCOUNT: &str = "/account";

/// A plan that was chosen.
#[derive(Deserialize)]
pub struct PlanForm {
    plan: PlanName,
}

/// A change of password.
#[derive(Deserialize)]
pub struct PasswordForm {
    current_password: String,
    new_password: String,
}

/// The password once more.
#[derive(Deserialize)]
pub struct DeletionForm {
    password: String,
}

/// Gives the account another plan.
pub async fn change_plan(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    SignedIn { login, form }: SignedIn<PlanForm>,
) -> Result<Redirect> {
    accounts::change_plan(&app, address, &login, form.plan.into()).await?;
    Ok(Redirect::to(&Notice::PlanChanged.at(ACCOUNT)))
}

/// Gives the account another password.
pub async fn change_password(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    SignedIn { login, form }: SignedIn<PasswordForm>,
) -> Result<Response> {
    let changed =
        accounts::change_password(&app, address, &login, form.current_password, form.new_password).await;
    match changed {
        Ok(()) => Ok(Redirect::to(&Notice::PasswordChanged.at(ACCOUNT)).into_response()),
        Err(problem) if can_be_mended(&problem) => {
            let visitor = Visitor::of(&app, login).await?;
            let form = Form::Password;
            again(&app, &visitor, Failed { form, problem }).await
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Ends a session.
pub async fn end_session(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    session: std::result::Result<Path<Uuid>, PathRejection>,
    SignedIn { login, .. }: SignedIn<NoFields>,
) -> Result<Redirect> {
    let Path(session) = session.map_err(|_| Problem::NotFound)?;
    accounts::end_session(&app, address, &login, session).await?;
    Ok(Redirect::to(&Notice::SessionEnded.at(ACCOUNT)))
}

/// Deletes the account.
pub async fn delete(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    SignedIn { login, form }: SignedIn<DeletionForm>,
) -> Result<Response> {
    match accounts::delete(&app, address, &login, form.password).await {
        Ok(()) => {
            let farewell = Notice::AccountDeleted.at("/log-in");
            let headers = [
                (SET_COOKIE, clear_session_cookie(&app.site)),
                (LOCATION, farewell.parse().map_err(Problem::internal)?),
            ];
            Ok((StatusCode::SEE_OTHER, AppendHeaders(headers)).into_response())
        }
        Err(problem) if can_be_mended(&problem) => {
            let visitor = Visitor::of(&app, login).await?;
            let form = Form::Deletion;
            again(&app, &visitor, Failed { form, problem }).await
        }
        Err(problem) => Err(problem.into()),
    }
}

/// By filling in the form once more.
fn can_be_mended(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::Invalid { .. } | Problem::WrongPassword | Problem::LockedOut(_)
    )
}
