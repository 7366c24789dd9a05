//! Sign-up, log-in and log-out.

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{IntoResponse, Redirect, Response};
use docstore_activities::catalog::SessionKind;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout;
use super::refusal::{OnPage, Result};
use super::signed_in::SignedIn;
use crate::app::{App, AppState};
use crate::auth::{self, ClientAddress, Credentials, clear_session_cookie, password, session_cookie};
use crate::problem::Problem;
use crate::routes::accounts::{self, PlanName, SignUp};

/// Credentials as a form has them.
#[derive(Deserialize)]
pub struct LogInForm {
    email: String,
    password: String,
}

/// An account to be created, as a form has it.
#[derive(Deserialize)]
pub struct SignUpForm {
    email: String,
    password: String,
    plan: PlanName,
}

/// A form without fields.
#[derive(Deserialize)]
pub struct Nothing {}

/// The list of documents, or the way to it.
pub async fn start() -> Redirect {
    Redirect::to("/documents")
}

/// The form that creates an account.
pub async fn sign_up_page() -> Markup {
    sign_up_form("", None)
}

/// Creates an account and logs in.
pub async fn sign_up(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    Form(form): Form<SignUpForm>,
) -> Result<Response> {
    let wanted = SignUp {
        email: form.email.clone(),
        password: form.password.clone(),
        plan: form.plan,
    };
    match accounts::create(&app, address, wanted).await {
        Ok(_) => {}
        Err(problem @ (Problem::Invalid { .. } | Problem::EmailTaken)) => {
            return Ok((problem.status(), sign_up_form(&form.email, Some(&problem))).into_response());
        }
        Err(problem) => return Err(problem.into()),
    }
    let opened = open_session(&app, address, &form.email, form.password).await;
    Ok(opened?)
}

/// The form that opens a session.
pub async fn log_in_page() -> Markup {
    log_in_form("", None)
}

/// Opens a session.
pub async fn log_in(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    Form(form): Form<LogInForm>,
) -> Result<Response> {
    match open_session(&app, address, &form.email, form.password).await {
        Ok(response) => Ok(response),
        Err(problem @ (Problem::WrongCredentials | Problem::LockedOut(_))) => {
            Ok((problem.status(), log_in_form(&form.email, Some(&problem))).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Closes the session.
pub async fn log_out(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    SignedIn { login, .. }: SignedIn<Nothing>,
) -> Result<Response> {
    auth::log_out(&app, &login, address).await?;
    let to_log_in = [
        (SET_COOKIE, clear_session_cookie(&app.site)),
        (LOCATION, "/log-in".parse().map_err(Problem::internal)?),
    ];
    Ok((StatusCode::SEE_OTHER, axum::response::AppendHeaders(to_log_in)).into_response())
}

async fn open_session(
    app: &App,
    address: ClientAddress,
    email: &str,
    password: String,
) -> std::result::Result<Response, Problem> {
    let opened = auth::log_in(
        app,
        Credentials {
            email,
            password,
            address,
        },
        SessionKind::Cookie,
    )
    .await?;
    let cookie = [(SET_COOKIE, session_cookie(&app.site, &opened.token))];
    Ok((cookie, Redirect::to("/documents")).into_response())
}

fn sign_up_form(email: &str, problem: Option<&Problem>) -> Markup {
    let content = html! {
        (notice(problem))
        form.entry action="/sign-up" method="post" {
            label { "E-mail address" input type="email" name="email" value=(email) required maxlength="254" autocomplete="username"; }
            label {
                "Password, at least " (password::MIN_CHARS) " characters"
                input type="password" name="password" required minlength=(password::MIN_CHARS) autocomplete="new-password";
            }
            label {
                "Plan"
                select name="plan" {
                    option value="free" { "Free: 5 GB, search by name, date and tag" }
                    option value="premium" { "Premium: 20 GB, search in the full text" }
                }
            }
            button { "Sign up" }
        }
        p { "You have an account? " a href="/log-in" { "Log in" } "." }
    };
    layout::outside("Sign up", content)
}

fn log_in_form(email: &str, problem: Option<&Problem>) -> Markup {
    let content = html! {
        (notice(problem))
        form.entry action="/log-in" method="post" {
            label { "E-mail address" input type="email" name="email" value=(email) required maxlength="254" autocomplete="username"; }
            label { "Password" input type="password" name="password" required autocomplete="current-password"; }
            button { "Log in" }
        }
        p { "No account yet? " a href="/sign-up" { "Sign up" } "." }
    };
    layout::outside("Log in", content)
}

fn notice(problem: Option<&Problem>) -> Markup {
    html! { @if let Some(problem) = problem { p.notice role="alert" { (problem) } } }
}
