//! Accounts: sign-up, what an account stores, its plan and password, its end.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use chrono::{DateTime, Utc};
use docstore_activities::catalog::{Account, Plan, Usage};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts;
use crate::app::AppState;
use crate::auth::{ClientAddress, Login, clear_session_cookie};
use crate::input::{Body, Email};
use crate::problem::{ProblemBody, Result};

/// What an account pays for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Plan)]
pub enum PlanName {
    /// Documents are found by name, date and tag.
    #[default]
    Free,
    /// More storage, and the full text of every document.
    Premium,
}

impl From<PlanName> for Plan {
    fn from(plan: PlanName) -> Self {
        match plan {
            PlanName::Free => Self::Free,
            PlanName::Premium => Self::Premium,
        }
    }
}

impl From<Plan> for PlanName {
    fn from(plan: Plan) -> Self {
        match plan {
            Plan::Free => Self::Free,
            Plan::Premium => Self::Premium,
        }
    }
}

/// An account to be created.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// One account an address, however it is capitalised.
    #[schema(value_type = Email, example = "ada@example.com")]
    pub email: String,
    /// At least 10 characters.
    #[schema(min_length = 10, max_length = 1024, format = Password)]
    pub password: String,
    /// What the account pays for.
    #[serde(default)]
    pub plan: PlanName,
}

/// What is to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// What the account is to pay for.
    plan: PlanName,
}

/// A change of password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password that the account has.
    #[schema(format = Password)]
    current_password: String,
    /// At least 10 characters.
    #[schema(min_length = 10, max_length = 1024, format = Password)]
    new_password: String,
}

/// The word of somebody who is logged in that it is he who asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The account's password.
    #[schema(format = Password)]
    password: String,
}

/// An account.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub struct AccountBody {
    /// Its id.
    id: Uuid,
    /// Its e-mail address.
    email: String,
    /// What it pays for.
    plan: PlanName,
    /// The region where it was created and its documents stay.
    home_region: String,
    /// When it was created.
    created: DateTime<Utc>,
    /// What it stores.
    usage: UsageBody,
}

/// What an account stores.
#[derive(Serialize, ToSchema)]
#[schema(as = Usage)]
pub struct UsageBody {
    /// Bytes that it may store.
    quota_bytes: u64,
    /// Bytes that it stores.
    bytes_used: u64,
    /// Bytes promised to uploads under way.
    bytes_reserved: u64,
    /// Documents that it stores.
    documents: u64,
    /// It stores more than it may: uploads are blocked.
    over_quota: bool,
}

/// Sign up
///
/// Creates an account. It does not log in.
#[utoipa::path(post, operation_id = "sign_up", path = "/v1/accounts", tag = "accounts", security(()), request_body = SignUp, responses(
    (status = 201, description = "The account was created", body = AccountBody),
    (status = 400, description = "The body is no JSON of this form", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "The address has an account", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A value is not allowed", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn sign_up(
    State(app): State<AppState>,
    address: ClientAddress,
    Body(wanted): Body<SignUp>,
) -> Result<(StatusCode, Json<AccountBody>)> {
    let account = accounts::create(&app, address, wanted).await?;
    let usage = app.catalog.usage(account.id).await?;
    Ok((StatusCode::CREATED, Json(AccountBody::new(account, &usage))))
}

/// The account that is logged in
#[utoipa::path(get, operation_id = "show_account", path = "/v1/account", tag = "accounts", responses(
    (status = 200, description = "The account and what it stores", body = AccountBody),
    (status = 401, description = "Not logged in", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn show(State(app): State<AppState>, login: Login) -> Result<Json<AccountBody>> {
    let usage = app.catalog.usage(login.account_id()).await?;
    Ok(Json(AccountBody::new(login.session.account, &usage)))
}

/// Change the plan
///
/// The quota changes at once. After an upgrade the text of the documents that are there becomes searchable bit by bit;
/// after a downgrade it is taken out of the search. Whoever stores more than a smaller plan holds keeps everything, and
/// can't upload until there is room.
#[utoipa::path(patch, operation_id = "change_account", path = "/v1/account", tag = "accounts", request_body = AccountChange, responses(
    (status = 200, description = "The account as it is now", body = AccountBody),
    (status = 400, description = "The body is no JSON of this form", body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, description = "Not logged in", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn change(
    State(app): State<AppState>,
    address: ClientAddress,
    login: Login,
    Body(wanted): Body<AccountChange>,
) -> Result<Json<AccountBody>> {
    let account = accounts::change_plan(&app, address, &login, wanted.plan.into()).await?;
    let usage = app.catalog.usage(account.id).await?;
    Ok(Json(AccountBody::new(account, &usage)))
}

/// Change the password
///
/// Ends all other sessions of the account. After some wrong passwords further attempts have to wait.
#[utoipa::path(put, operation_id = "change_password", path = "/v1/account/password", tag = "accounts", request_body = PasswordChange, responses(
    (status = 204, description = "The password was changed"),
    (status = 400, description = "The body is no JSON of this form", body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, description = "Not logged in", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "The current password is wrong", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "The new password is not allowed", body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, description = "Too many failures; `Retry-After` says when", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn change_password(
    State(app): State<AppState>,
    address: ClientAddress,
    login: Login,
    Body(wanted): Body<PasswordChange>,
) -> Result<StatusCode> {
    let (current, new) = (wanted.current_password, wanted.new_password);
    accounts::change_password(&app, address, &login, current, new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Delete the account
///
/// Ends all its sessions and removes its documents, and everything else that belongs to it, soon after. There is no way
/// back.
#[utoipa::path(delete, operation_id = "delete_account", path = "/v1/account", tag = "accounts", request_body = Confirmation, responses(
    (status = 202, description = "It is closed and being deleted"),
    (status = 400, description = "The body is no JSON of this form", body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, description = "Not logged in", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "The password is wrong", body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, description = "Too many failures; `Retry-After` says when", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn delete(
    State(app): State<AppState>,
    address: ClientAddress,
    login: Login,
    Body(confirmed): Body<Confirmation>,
) -> Result<(StatusCode, HeaderMap)> {
    accounts::delete(&app, address, &login, confirmed.password).await?;
    let headers = HeaderMap::from_iter([(header::SET_COOKIE, clear_session_cookie(&app.site))]);
    Ok((StatusCode::ACCEPTED, headers))
}

impl AccountBody {
    fn new(account: Account, usage: &Usage) -> Self {
        Self {
            id: account.id,
            email: account.email,
            plan: account.plan.into(),
            home_region: account.home_region,
            created: account.created,
            usage: UsageBody {
                quota_bytes: usage.quota_bytes,
                bytes_used: usage.bytes_used,
                bytes_reserved: usage.bytes_reserved,
                documents: usage.documents,
                over_quota: usage.over_quota,
            },
        }
    }
}
