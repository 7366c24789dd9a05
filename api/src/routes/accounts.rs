//! Accounts: sign-up and what an account stores.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use docstore_activities::catalog::{Account, AuditEvent, NewAccount, Plan, Usage};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::{App, AppState};
use crate::auth::{ClientAddress, Login, password};
use crate::input::{self, Body};
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
    #[schema(max_length = 254, example = "ada@example.com")]
    pub email: String,
    /// At least 10 characters.
    #[schema(min_length = 10, max_length = 1024, format = Password)]
    pub password: String,
    /// What the account pays for.
    #[serde(default)]
    pub plan: PlanName,
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
    let account = create(&app, address, wanted).await?;
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

/// Checks what was asked for and creates the account.
pub(crate) async fn create(app: &App, address: ClientAddress, wanted: SignUp) -> Result<Account> {
    let email = input::email(&wanted.email)?;
    password::check(&wanted.password)?;
    let password_hash = app.passwords.hash(wanted.password).await?;
    let account = app
        .catalog
        .create_account(&NewAccount {
            id: Uuid::now_v7(),
            email: &email,
            password_hash: &password_hash,
            plan: wanted.plan.into(),
            home_region: &app.site.region,
        })
        .await?;
    let address = address.0.to_string();
    app.catalog
        .audit(
            Some(account.id),
            AuditEvent::SignUp,
            Some(&address),
            json!({ "plan": wanted.plan }),
        )
        .await?;
    tracing::info!(account = %account.id, plan = ?account.plan, "created an account");
    Ok(account)
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
