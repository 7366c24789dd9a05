//! Calls that a client may repeat when it does not know whether they were done: with the same `Idempotency-Key` they are
//! done once, and the repetition gets the answer that the first one got.
//!
//! Answers are kept for a day, sealed under a key that is made of the client's own and of what it asked for: they hold
//! session tokens and upload forms, and a copy of the database must not give those away. Only what was done is kept; a
//! call that was refused can be repeated with the same key once its reason is gone.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use docstore_activities::catalog::Claim;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::app::{App, AppState};
use crate::auth::Login;
use crate::problem::{Problem, Result};

/// The header with the client's key.
pub const HEADER: &str = "idempotency-key";
/// The most characters of a key.
pub const MAX_KEY_CHARS: usize = 255;
/// The most bytes of an answer that is kept.
const MAX_ANSWER_BYTES: usize = 1_000_000;
/// The header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The nonce stands before what is sealed. It is long enough to be random.
const NONCE_BYTES: usize = 24;

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// Does calls with a key once.
pub async fn once(State(app): State<AppState>, request: Request<Body>, next: Next) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(HEADER) {
        return next.run(request).await;
    }
    match answer(app, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn answer(app: AppState, request: Request<Body>, next: Next) -> Result<Response> {
    let (mut parts, body) = request.into_parts();
    let key = sent_key(&parts)?;
    let body = match Bytes::from_request(Request::from_parts(parts.clone(), body), &app).await {
        Ok(body) => body,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let call = Call::new(&app, &mut parts, &key, &body).await;
    match app.catalog.claim_key(&call.id, &call.content).await? {
        Claim::Granted => {}
        Claim::Answered(sealed) => return call.open(&sealed),
        Claim::UnderWay => return Err(Problem::SameKeyUnderWay),
        Claim::Another => return Err(Problem::KeyReused),
    }
    let request = Request::from_parts(parts, Body::from(body));
    // In a task of its own: a client that goes away is the very one that will ask again.
    let doing = tokio::spawn(async move {
        let response = next.run(request).await;
        keep(&app, &call, response).await
    });
    doing.await.map_err(Problem::internal)?
}

/// Keeps the answer to what was done; gives the key back where nothing was.
async fn keep(app: &App, call: &Call, response: Response) -> Result<Response> {
    if !response.status().is_success() {
        app.catalog.release_key(&call.id).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_ANSWER_BYTES)
        .await
        .map_err(Problem::internal)?;
    let headers = parts.headers.iter().filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    let kept = Kept {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body: String::from_utf8(body.to_vec()).map_err(Problem::internal)?,
    };
    app.catalog.keep_answer(&call.id, &call.seal(&kept)?).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn sent_key(parts: &Parts) -> Result<String> {
    let refused = || {
        let detail = format!("is 1 to {MAX_KEY_CHARS} visible characters of ASCII, such as a random UUID");
        Problem::invalid("Idempotency-Key", detail)
    };
    let mut sent = parts.headers.get_all(HEADER).iter();
    let (Some(key), None) = (sent.next(), sent.next()) else {
        return Err(refused());
    };
    let key = key.to_str().map_err(|_| refused())?;
    if key.is_empty() || key.len() > MAX_KEY_CHARS || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refused());
    }
    Ok(key.to_owned())
}

/// A call that is to be done once.
struct Call {
    /// Who asks for what with which key.
    id: [u8; 32],
    /// What exactly is asked for.
    content: [u8; 32],
    /// Opens the answer; known only while somebody asks.
    secret: [u8; 32],
}

impl Call {
    async fn new(app: &AppState, parts: &mut Parts, key: &str, body: &Bytes) -> Self {
        let path = parts.uri.to_string();
        let content = digest(&[b"content", path.as_bytes(), body]);
        // Refused later, by the handler, if it needs a session; keys of those who have none do not meet.
        let caller = match Login::from_request_parts(parts, app).await {
            Ok(login) => login.account_id().into_bytes().to_vec(),
            Err(_) => content.to_vec(),
        };
        Self {
            id: digest(&[b"call", &caller, path.as_bytes(), key.as_bytes()]),
            content,
            secret: digest(&[b"answer", &caller, key.as_bytes(), body]),
        }
    }

    fn seal(&self, kept: &Kept) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(kept).map_err(Problem::internal)?;
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let sealed = XChaCha20Poly1305::new(&self.secret.into())
            .encrypt(&XNonce::from(nonce), plain.as_slice())
            .map_err(|_| Problem::internal(anyhow::anyhow!("an answer could not be sealed")))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, sealed: &[u8]) -> Result<Response> {
        let unreadable = || Problem::internal(anyhow::anyhow!("an answer that was kept cannot be opened"));
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(unreadable)?;
        let plain = XChaCha20Poly1305::new(&self.secret.into())
            .decrypt(&XNonce::from(*nonce), sealed)
            .map_err(|_| unreadable())?;
        let kept: Kept = serde_json::from_slice(&plain).map_err(Problem::internal)?;
        let mut response = Response::new(Body::from(kept.body));
        *response.status_mut() = StatusCode::from_u16(kept.status).map_err(Problem::internal)?;
        for (name, value) in kept.headers {
            let name: HeaderName = name.parse().map_err(Problem::internal)?;
            if name != header::CONTENT_LENGTH {
                let value = HeaderValue::from_str(&value).map_err(Problem::internal)?;
                response.headers_mut().append(name, value);
            }
        }
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
        Ok(response)
    }
}

/// Of the parts and of where each ends.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
