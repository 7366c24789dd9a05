//! HTTP in and out: which action is called, its body, and the answer's form.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use uuid::Uuid;

use super::refusal::Refusal;
use super::{Action, Service, Shared, actions, json};

/// How long a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(30);
const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");
const TARGET: &str = "x-amz-target";
const REQUEST_ID: &str = "x-amzn-requestid";

/// What an action answers: JSON, or nothing at all.
pub(super) type Answer = Option<Vec<u8>>;

/// Answers every request, whatever its method and path.
pub(super) async fn answer(State(shared): State<Shared>, request: Request) -> Response {
    let request_id = Uuid::new_v4();
    let meters = Arc::clone(&shared.meters);
    let measured = meters.begin();
    let action = action_of(request.method(), request.uri().path(), request.headers());
    let answered = match &action {
        Ok(action) => call(shared, action, request).await,
        Err(why) => Err(Refusal::UnknownOperation((*why).to_owned())),
    };
    measured.answered(action.as_deref().ok(), answered.as_ref().err());
    let action = action.as_deref().unwrap_or("unknown");
    let (status, body) = match answered {
        Ok(body) => (StatusCode::OK, body.unwrap_or_default()),
        Err(refusal) => refused(&refusal, action, request_id),
    };
    respond(status, body, request_id)
}

/// The action that a request names: what follows the last dot, as old clients send a longer prefix.
fn action_of(method: &Method, path: &str, headers: &HeaderMap) -> Result<String, &'static str> {
    if method != Method::POST || path != "/" {
        return Err("Actions are called by POST to /");
    }
    let target = headers.get(TARGET).and_then(|target| target.to_str().ok());
    let (_, action) = target
        .and_then(|target| target.rsplit_once('.'))
        .ok_or("The header X-Amz-Target names no action, such as SimpleWorkflowService.ListDomains")?;
    Ok(action.to_owned())
}

async fn call(shared: Shared, action: &str, request: Request) -> Result<Answer, Refusal> {
    // In a box, because polls wait for long and need nothing of this any more.
    let (service, action, body) = Box::pin(admit(shared, action, request)).await?;
    actions::run(service, action.name, body).await
}

/// What is to be done, for a caller who may have it done.
async fn admit(
    shared: Shared,
    action: &str,
    request: Request,
) -> Result<(Service, &'static Action, Bytes), Refusal> {
    let (head, body) = request.into_parts();
    let claimed = shared.authenticator.identify(&shared.node, &head).await?;
    let body = read(body, shared.node.limits().request_bytes).await?;
    let caller = shared.authenticator.verify(&shared.node, claimed, &body).await?;
    let action = Action::find(action)?;
    shared.throttle.check(action.name)?;
    let service = shared.service(caller);
    service.check_permitted(action, &body).await?;
    Ok((service, action, body))
}

async fn read(body: Body, most: usize) -> Result<Bytes, Refusal> {
    let read = axum::body::to_bytes(body, most);
    let read = tokio::time::timeout(BODY_WITHIN, read).await;
    read.map_err(|_| Refusal::TooSlow)?.map_err(|_| Refusal::TooLarge)
}

fn refused(refusal: &Refusal, action: &str, request_id: Uuid) -> (StatusCode, Vec<u8>) {
    let (status, code, message) = (refusal.status(), refusal.code(), refusal.message());
    if status.is_server_error() {
        tracing::warn!(action, %request_id, code, message, "a call failed");
    } else {
        tracing::debug!(action, %request_id, code, message, "a call was refused");
    }
    (status, json::fault(&code, message))
}

fn respond(status: StatusCode, body: Vec<u8>, request_id: Uuid) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
    if let Ok(id) = HeaderValue::try_from(request_id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    response
}
