//! Entity tags: a client that has read something asks whether it still is so, and changes it only if it is.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use docstore_activities::catalog::Document;
use headers::{ETag, HeaderMapExt, IfMatch, IfNoneMatch};
use sha2::{Digest, Sha256};

use crate::problem::{Problem, Result};

/// The most bytes of an answer that is given a tag.
const TAGGED_BYTES_MAX: usize = 8_000_000;
/// Bytes of a digest that make a tag.
const TAG_BYTES: usize = 16;
/// An answer may be kept by the client's own cache, and is asked for again before it is used.
const REVALIDATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// The tag of a document as it stands: its version and the revision of that.
pub fn of_document(document: &Document) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{}.{}\"", document.version, document.revision))
        .expect("digits, a dot and quotes are a header's")
}

/// The tag of an answer with this content.
pub fn of_content(body: &[u8]) -> Result<HeaderValue> {
    let digest = Sha256::digest(body);
    let tag = format!("\"{}\"", hex::encode(&digest[..TAG_BYTES]));
    HeaderValue::from_str(&tag).map_err(Problem::internal)
}

/// Whether a change is asked for on a condition. Refuses it where the document is not what the client has seen.
pub fn check_if_match(headers: &HeaderMap, document: &Document) -> Result<bool> {
    if !headers.contains_key(header::IF_MATCH) {
        return Ok(false);
    }
    let asked: IfMatch = headers
        .typed_try_get()
        .ok()
        .flatten()
        .ok_or_else(|| Problem::invalid("If-Match", "is no list of entity tags"))?;
    if asked.is_any() || asked.precondition_passes(&parse(&of_document(document))?) {
        // `*` asks for a document that is there, whatever it is.
        Ok(!asked.is_any())
    } else {
        Err(Problem::Changed)
    }
}

/// Gives answers to reads a tag of their content, unless they have one, and answers 304 to who has the content already.
pub async fn answer_conditionally(request: Request<Body>, next: Next) -> Response {
    let is_read = request.method() == Method::GET || request.method() == Method::HEAD;
    let known: Option<IfNoneMatch> = request.headers().typed_get();
    let response = next.run(request).await;
    if !is_read
        || response.status() != StatusCode::OK
        || response.headers().contains_key(header::CACHE_CONTROL)
    {
        return response;
    }
    match tagged(response).await {
        Ok((tag, response)) => {
            let unchanged = known.is_some_and(|known| !known.precondition_passes(&tag));
            if unchanged {
                not_modified(response)
            } else {
                response
            }
        }
        Err(problem) => problem.into_response(),
    }
}

async fn tagged(response: Response) -> Result<(ETag, Response)> {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, TAGGED_BYTES_MAX)
        .await
        .map_err(Problem::internal)?;
    let tag = match parts.headers.get(header::ETAG) {
        Some(tag) => tag.clone(),
        None => of_content(&body)?,
    };
    let parsed = parse(&tag)?;
    parts.headers.insert(header::ETAG, tag);
    parts.headers.insert(header::CACHE_CONTROL, REVALIDATE);
    Ok((parsed, Response::from_parts(parts, Body::from(body))))
}

fn not_modified(response: Response) -> Response {
    let (parts, _) = response.into_parts();
    let mut answer = StatusCode::NOT_MODIFIED.into_response();
    for name in [header::ETAG, header::CACHE_CONTROL] {
        if let Some(value) = parts.headers.get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

fn parse(tag: &HeaderValue) -> Result<ETag> {
    let text = tag.to_str().map_err(Problem::internal)?;
    text.parse()
        .map_err(|_| Problem::internal(anyhow::anyhow!("{text} is no entity tag")))
}
