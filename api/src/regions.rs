//! What other regions tell this one of their accounts.
//!
//! These routes are not for customers and stand in no description. Who asks proves it with the key that the two regions
//! share, and so does the answer; a request is taken once. A region speaks for accounts whose home it is, and for no
//! others.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use chrono::Utc;
use docstore_activities::catalog::{AuditEvent, Replica, ReplicaEnd};
use docstore_activities::ports::regions::signature::{ANSWER_HEADER, DATE_TOLERANCE};
use docstore_activities::ports::regions::{AccountRecord, Asked, Claim, Peer};
use serde_json::json;
use uuid::Uuid;

use crate::app::{App, AppState};
use crate::audit;
use crate::auth::{ClientAddress, password};
use crate::input;
use crate::problem::{Problem, Result};

/// The routes that other regions call.
pub fn router() -> Router<AppState> {
    Router::new().route(
        "/regions/accounts/{account}",
        put(put_account).delete(remove_account),
    )
}

/// A request that another region has proved to be its own, and that has not been taken before.
struct FromRegion {
    peer: Peer,
    claim: Claim,
    body: Bytes,
}

async fn put_account(
    State(app): State<AppState>,
    Path(account): Path<Uuid>,
    address: ClientAddress,
    from: FromRegion,
) -> Response {
    let done = store(&app, account, address, &from).await;
    from.answer(done)
}

async fn remove_account(
    State(app): State<AppState>,
    Path(account): Path<Uuid>,
    address: ClientAddress,
    from: FromRegion,
) -> Response {
    let done = remove(&app, account, address, &from).await;
    from.answer(done)
}

async fn store(app: &App, account: Uuid, address: ClientAddress, from: &FromRegion) -> Result<()> {
    let record: AccountRecord =
        serde_json::from_slice(&from.body).map_err(|error| Problem::MalformedBody(error.to_string()))?;
    let email = input::email(&record.email)?;
    password::check_hash(&record.password_hash)?;
    let replica = Replica {
        id: account,
        email: &email,
        password_hash: &record.password_hash,
        plan: record.plan,
        created: record.created,
        revision: record.revision.max(1),
    };
    match app.catalog.put_replica(&from.peer.region, &replica).await? {
        ReplicaEnd::Stored => {
            note(
                app,
                account,
                AuditEvent::ReplicaStored,
                address,
                from,
                record.revision,
            )
            .await
        }
        ReplicaEnd::Known => Ok(()),
        ReplicaEnd::AddressTaken => Err(Problem::EmailTaken),
        ReplicaEnd::NotTheirs => Err(not_theirs(account, from)),
    }
}

async fn remove(app: &App, account: Uuid, address: ClientAddress, from: &FromRegion) -> Result<()> {
    if !app.catalog.remove_replica(&from.peer.region, account).await? {
        return Err(not_theirs(account, from));
    }
    note(app, account, AuditEvent::ReplicaRemoved, address, from, 0).await
}

/// Either region has another one's account for its own: two deployments with one name, or one that was renamed.
fn not_theirs(account: Uuid, from: &FromRegion) -> Problem {
    tracing::error!(
        %account,
        region = from.peer.region,
        "a region tells of an account whose home it is not; compare the names of the regions"
    );
    Problem::NotFound
}

async fn note(
    app: &App,
    account: Uuid,
    event: AuditEvent,
    address: ClientAddress,
    from: &FromRegion,
    revision: i64,
) -> Result<()> {
    let detail = json!({ "region": from.peer.region, "revision": revision });
    audit::record(app, account, event, address, detail).await
}

impl FromRegion {
    /// An answer that proves which region gives it.
    fn answer(&self, done: Result<()>) -> Response {
        let (status, body) = match done {
            Ok(()) => (StatusCode::NO_CONTENT, Vec::new()),
            Err(problem) => {
                problem.log();
                let body = serde_json::to_vec(&problem.body());
                (
                    problem.status(),
                    body.expect("a problem has nothing that JSON cannot say"),
                )
            }
        };
        let code = self.claim.prove_answer(&self.peer.keys, status.as_u16(), &body);
        let code = HeaderValue::from_str(&code).expect("hex has no characters that a header cannot carry");
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(ANSWER_HEADER, code);
        if !status.is_success() {
            let problem = HeaderValue::from_static("application/problem+json");
            headers.insert(header::CONTENT_TYPE, problem);
        }
        response
    }
}

impl FromRequest<AppState> for FromRegion {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &AppState) -> Result<Self> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let claim = request
            .headers()
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(Claim::parse)
            .ok_or(Problem::RegionRefused)?;
        // Looked up before the body is read: whoever is no region has none of it read.
        let peer = app
            .regions
            .peer(&claim.from)
            .ok_or(Problem::RegionRefused)?
            .clone();
        let body = Bytes::from_request(request, app)
            .await
            .map_err(|rejection| Problem::MalformedBody(rejection.body_text()))?;
        let asked = Asked {
            method: method.as_str(),
            path: &path,
            body: &body,
        };
        if let Some(why) = refusal(app, &peer, &claim, asked).await? {
            // Its operator has to hear of it; nobody else can name a region and get here often.
            tracing::warn!(region = claim.from, why, "refused a request that names a region");
            return Err(Problem::RegionRefused);
        }
        Ok(Self { peer, claim, body })
    }
}

/// Why a request is not taken, if it is not.
async fn refusal(app: &App, peer: &Peer, claim: &Claim, asked: Asked<'_>) -> Result<Option<&'static str>> {
    if !claim.holds(&peer.keys, asked) {
        return Ok(Some("the code is wrong; compare the two key files"));
    }
    if claim.to != app.regions.own() {
        return Ok(Some("it is meant for another region"));
    }
    if !claim.is_timely(Utc::now()) {
        return Ok(Some("its time is too far from ours; compare the two clocks"));
    }
    // Twice the tolerance: the sender's clock may be ahead by one and the request be shown again until it is behind by one.
    let keep = DATE_TOLERANCE * 2;
    let is_new = app.catalog.accept_nonce(&peer.region, &claim.nonce, keep).await?;
    Ok((!is_new).then_some("it was taken before"))
}
