//! Problems as pages.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;

use super::layout;
use crate::app::AppState;
use crate::problem::Problem;

/// A page handler's usual result.
pub type Result<T> = std::result::Result<T, Refusal>;

/// A problem that is shown as a page; whoever is not logged in is sent to log in.
pub struct Refusal(Problem);

impl<E: Into<Problem>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if matches!(self.0, Problem::Unauthenticated) {
            return Redirect::to("/log-in").into_response();
        }
        self.0.log();
        let body = self.0.body();
        let content = html! {
            p { (body.detail) }
            p { a href="/" { "Go on" } }
        };
        (self.0.status(), layout::outside(&body.title, content)).into_response()
    }
}

/// What the API's handlers ask for, with its problems shown as pages.
pub struct OnPage<E>(pub E);

impl<E: FromRequestParts<AppState, Rejection = Problem>> FromRequestParts<AppState> for OnPage<E> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self> {
        Ok(Self(E::from_request_parts(parts, app).await?))
    }
}
