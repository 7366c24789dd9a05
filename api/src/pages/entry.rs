//! Sign-up, log-in and log-out.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{IntoResponse, Redirect, Response};
use docstore_activities::catalog::{Plan, SessionKind};
use maud::{Markup, html};
use serde::Deserialize;

use super::fields::{self, PasswordField};
use super::layout;
use super::notice::Done;
use super::refusal::{OnPage, Result};
use super::signed_in::{NoFields, SignedIn};
use super::way_back::WayBack;
use super::words::bytes;
use crate::accounts;
use crate::app::{App, AppState};
use crate::auth::{self, ClientAddress, Credentials, UserAgent, clear_session_cookie, session_cookie};
use crate::problem::Problem;
use crate::routes::accounts::{PlanName, SignUp};

/// Credentials as a form has them.
#[derive(Deserialize)]
pub struct LogInForm {
    email: String,
    password: String,
    #[serde(default)]
    next: WayBack,
}

/// An account to be created, as a form has it.
#[derive(Deserialize)]
pub struct SignUpForm {
    email: String,
    password: String,
    plan: PlanName,
}

/// What the log-in's address says.
#[derive(Deserialize)]
pub struct LogInParams {
    #[serde(default)]
    next: WayBack,
    #[serde(flatten)]
    done: Done,
}

/// The list of documents, or the way to it.
pub async fn start() -> Redirect {
    Redirect::to("/documents")
}

/// The form that creates an account.
pub async fn sign_up_page(State(app): State<AppState>) -> Markup {
    sign_up_form(&app, "", PlanName::Free, None)
}

/// Creates an account and logs in.
pub async fn sign_up(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    OnPage(user_agent): OnPage<UserAgent>,
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
            let page = sign_up_form(&app, &form.email, form.plan, Some(&problem));
            return Ok((problem.status(), page).into_response());
        }
        Err(problem) => return Err(problem.into()),
    }
    let shown = Credentials {
        email: &form.email,
        password: form.password,
        address,
        user_agent,
    };
    let opened = open_session(&app, shown, &WayBack::default()).await;
    Ok(opened?)
}

/// The form that opens a session.
pub async fn log_in_page(Query(params): Query<LogInParams>) -> Markup {
    log_in_form("", &params.next, &params.done, None)
}

/// Opens a session.
pub async fn log_in(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    OnPage(user_agent): OnPage<UserAgent>,
    Form(form): Form<LogInForm>,
) -> Result<Response> {
    let shown = Credentials {
        email: &form.email,
        password: form.password,
        address,
        user_agent,
    };
    match open_session(&app, shown, &form.next).await {
        Ok(response) => Ok(response),
        Err(problem @ (Problem::WrongCredentials | Problem::LockedOut(_))) => {
            let page = log_in_form(&form.email, &form.next, &Done::default(), Some(&problem));
            Ok((problem.status(), page).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Closes the session.
pub async fn log_out(
    State(app): State<AppState>,
    OnPage(address): OnPage<ClientAddress>,
    SignedIn { login, .. }: SignedIn<NoFields>,
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
    shown: Credentials<'_>,
    way_back: &WayBack,
) -> std::result::Result<Response, Problem> {
    let opened = auth::log_in(app, shown, SessionKind::Cookie).await?;
    let cookie = [(SET_COOKIE, session_cookie(&app.site, &opened.token))];
    Ok((cookie, Redirect::to(way_back.path())).into_response())
}

fn sign_up_form(app: &App, email: &str, plan: PlanName, problem: Option<&Problem>) -> Markup {
    let password = PasswordField {
        name: "password",
        label: "Password",
        is_new: true,
        problem,
    };
    let content = html! {
        form.card action="/sign-up" method="post" {
            header { h1 { "Create your account" } }
            (fields::problem_above(problem, &["email", "password"]))
            (fields::email(email, problem))
            (password.show())
            fieldset.plans {
                legend { "Plan" }
                (plan_choice(app, PlanName::Free, plan))
                (plan_choice(app, PlanName::Premium, plan))
            }
            button.primary { "Sign up" }
        }
        p.below { "You have an account? " a href="/log-in" { "Log in" } }
    };
    layout::outside_wide("Sign up", content)
}

fn plan_choice(app: &App, plan: PlanName, chosen: PlanName) -> Markup {
    let (value, name) = match plan {
        PlanName::Free => ("free", "Free"),
        PlanName::Premium => ("premium", "Premium"),
    };
    html! {
        label.plan {
            span.name { input type="radio" name="plan" value=(value) checked[plan == chosen]; (name) }
            ul { @for line in plan_offers(app, plan.into()) { li { (line) } } }
        }
    }
}

/// What a plan gives.
pub fn plan_offers(app: &App, plan: Plan) -> [String; 2] {
    let storage = format!("{} of storage", bytes(app.catalog.quotas().of(plan)));
    let search = match plan {
        Plan::Free => "Search by name, date and tag",
        Plan::Premium => "Search in the text of every document, scans too",
    };
    [storage, search.to_owned()]
}

fn log_in_form(email: &str, way_back: &WayBack, done: &Done, problem: Option<&Problem>) -> Markup {
    let password = PasswordField {
        name: "password",
        label: "Password",
        is_new: false,
        problem,
    };
    let content = html! {
        form.card action="/log-in" method="post" {
            header { h1 { "Log in" } }
            (done.show())
            (fields::problem_above(problem, &[]))
            (fields::email(email, None))
            (password.show())
            @if let Some(path) = way_back.to_carry() { input type="hidden" name="next" value=(path); }
            button.primary { "Log in" }
        }
        p.below { "No account yet? " a href="/sign-up" { "Sign up" } }
    };
    layout::outside("Log in", content)
}
