//! Problems as pages.

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;

use super::icons::Icon;
use super::layout;
use super::way_back::WayBack;
use crate::app::AppState;
use crate::problem::Problem;

/// A page handler's usual result.
pub type Result<T> = std::result::Result<T, Refusal>;

/// A problem that is shown as a page; whoever is not logged in is sent to log in.
pub enum Refusal {
    /// To be shown.
    Problem(Problem),
    /// To log in, and then where he wanted to go.
    LogInFirst(WayBack),
}

impl Refusal {
    /// Whoever wanted to look at a page has to log in.
    pub fn log_in_first(wanted: &Uri) -> Self {
        Self::LogInFirst(WayBack::to(wanted))
    }
}

impl<E: Into<Problem>> From<E> for Refusal {
    fn from(error: E) -> Self {
        match error.into() {
            Problem::Unauthenticated => Self::LogInFirst(WayBack::default()),
            problem => Self::Problem(problem),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem = match self {
            Self::LogInFirst(way_back) => return Redirect::to(&way_back.log_in_path()).into_response(),
            Self::Problem(problem) => problem,
        };
        if let Problem::WrongRegion { url: Some(home), .. } = &problem {
            return Redirect::to(&format!("{home}/log-in")).into_response();
        }
        problem.log();
        let body = problem.body();
        let content = html! {
            section.card {
                h1 { (body.title) }
                p { (body.detail) }
                a.button.primary href="/documents" { (Icon::Documents) "To your documents" }
            }
        };
        (problem.status(), layout::outside(&body.title, content)).into_response()
    }
}

/// What the API's handlers ask for, with its problems shown as pages.
pub struct OnPage<E>(pub E);

impl<E: FromRequestParts<AppState, Rejection = Problem>> FromRequestParts<AppState> for OnPage<E> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self> {
        match E::from_request_parts(parts, app).await {
            Ok(found) => Ok(Self(found)),
            Err(Problem::Unauthenticated) => Err(Refusal::log_in_first(&parts.uri)),
            Err(problem) => Err(problem.into()),
        }
    }
}
