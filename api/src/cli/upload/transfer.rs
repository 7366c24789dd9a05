//! One file to the object store: `multipart/form-data` as RFC 7578 has it, the fields of the form first, then the file
//! as it is read from the disk.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::{Request, Response, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use indicatif::ProgressBar;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::{File, Form};
use crate::cli::Failure;
use crate::cli::http::{ANSWER_WITHIN, Body, Http};

/// Bytes that are read from the disk at once.
const READ_BYTES: usize = 256 * 1024;
/// Characters of a refusal of the object store that are shown.
const REASON_CHARS_MAX: usize = 300;

/// Posts the file with its form.
pub async fn post(http: &Http, form: &Form, file: &File, bar: &ProgressBar) -> Result<(), Failure> {
    let boundary = format!("docstore-{}", Uuid::new_v4().simple());
    let (before, after) = around(form, &boundary);
    let content = tokio::fs::File::open(&file.path)
        .await
        .map_err(|error| Failure::Io(format!("cannot read {}", file.path.display()), error))?;
    let sent = Arc::new(AtomicU64::new(0));
    let length = before.len() as u64 + file.size + after.len() as u64;
    let request = Request::post(&form.url)
        .header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={boundary}"),
        )
        .header(header::CONTENT_LENGTH, length)
        .body(body(before, content, file.size, after, sent.clone(), bar.clone()))
        .map_err(|error| Failure::Usage(format!("the upload form cannot be used: {error}")))?;
    let answer = while_it_moves(http.send(request), &sent, &form.url).await?;
    match answer.status() {
        status if status.is_success() || status.is_redirection() => Ok(()),
        _ => Err(refusal(answer).await),
    }
}

/// What stands before the file and behind it.
fn around(form: &Form, boundary: &str) -> (Bytes, Bytes) {
    let mut before = String::new();
    for field in &form.fields {
        before.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n",
            field.name, field.value
        ));
    }
    // The name of the file stands in the form's signed fields; here it could only be wrong.
    before.push_str(&format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"file\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n",
        form.file_field
    ));
    (before.into(), format!("\r\n--{boundary}--\r\n").into())
}

fn body(
    before: Bytes,
    content: tokio::fs::File,
    size: u64,
    after: Bytes,
    sent: Arc<AtomicU64>,
    bar: ProgressBar,
) -> Body {
    // A file that grows meanwhile is sent as long as it was; one that shrinks breaks the connection off.
    let content = ReaderStream::with_capacity(content.take(size), READ_BYTES).inspect_ok(move |piece| {
        bar.inc(piece.len() as u64);
        sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
    });
    let whole = |bytes: Bytes| stream::iter([Ok::<_, io::Error>(bytes)]);
    let pieces = whole(before).chain(content).chain(whole(after));
    StreamBody::new(pieces.map_ok(Frame::data)).boxed_unsync()
}

/// Waits for the answer as long as the upload goes on: how long a file takes is nobody's business but the network's.
async fn while_it_moves(
    sending: impl Future<Output = Result<Response<Incoming>, Failure>>,
    sent: &AtomicU64,
    url: &str,
) -> Result<Response<Incoming>, Failure> {
    let mut sending = std::pin::pin!(sending);
    let mut before = 0;
    loop {
        if let Ok(answer) = tokio::time::timeout(ANSWER_WITHIN, &mut sending).await {
            return answer;
        }
        let now = sent.load(Ordering::Relaxed);
        if now == before {
            let server = url.split('?').next().unwrap_or(url);
            return Err(Failure::TimedOut(format!("the object store at {server}")));
        }
        before = now;
    }
}

async fn refusal(answer: Response<Incoming>) -> Failure {
    let status = answer.status();
    let body = http_body_util::Limited::new(answer.into_body(), 64 * 1024)
        .collect()
        .await;
    let text = body
        .map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned())
        .unwrap_or_default();
    Failure::Store {
        status: status.as_u16(),
        reason: crate::cli::output::printable(&text)
            .chars()
            .take(REASON_CHARS_MAX)
            .collect(),
        retryable: status.is_server_error(),
    }
}
