//! Files to the object store, as they are read from the disk: with a form in `multipart/form-data`, as RFC 7578 has it,
//! the form's fields first; or parts of them to links.

use std::io::{self, SeekFrom};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::{Request, Response, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use indicatif::ProgressBar;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::begun::Form;
use super::file::{File, cannot_read};
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
    let request = Request::post(&form.url).header(
        header::CONTENT_TYPE,
        format!("multipart/form-data; boundary={boundary}"),
    );
    let content = Content {
        before,
        file,
        bytes: 0..file.stamp.size,
        after,
    };
    send(http, request, &form.url, content, bar).await
}

/// Puts these bytes of the file to a link.
pub async fn put(
    http: &Http,
    url: &str,
    file: &File,
    bytes: Range<u64>,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    let content = Content {
        before: Bytes::new(),
        file,
        bytes,
        after: Bytes::new(),
    };
    send(http, Request::put(url), url, content, bar).await
}

/// Bytes of a file, and what goes before and behind them.
struct Content<'a> {
    before: Bytes,
    file: &'a File,
    bytes: Range<u64>,
    after: Bytes,
}

/// Sends it; the bar moves with it, and back when it is refused.
async fn send(
    http: &Http,
    request: http::request::Builder,
    url: &str,
    content: Content<'_>,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    let around = (content.before.len() + content.after.len()) as u64;
    let length = around + content.bytes.end - content.bytes.start;
    let sent = Arc::new(AtomicU64::new(0));
    let request = request
        .header(header::CONTENT_LENGTH, length)
        .body(body(content, sent.clone(), bar.clone()).await?)
        .map_err(|error| Failure::Usage(format!("nothing can be uploaded to {url:?}: {error}")))?;
    let done = match while_it_moves(http.send(request), &sent, url).await {
        Ok(answer) if answer.status().is_success() || answer.status().is_redirection() => Ok(()),
        Ok(answer) => Err(refusal(answer).await),
        Err(failure) => Err(failure),
    };
    if done.is_err() {
        bar.dec(sent.load(Ordering::Relaxed));
    }
    done
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

async fn body(content: Content<'_>, sent: Arc<AtomicU64>, bar: ProgressBar) -> Result<Body, Failure> {
    let path = &content.file.path;
    let cannot = |error| cannot_read(path, error);
    let mut file = tokio::fs::File::open(path).await.map_err(cannot)?;
    let Range { start, end } = content.bytes;
    file.seek(SeekFrom::Start(start)).await.map_err(cannot)?;
    // A file that grows meanwhile is sent as long as it was; one that shrinks breaks the connection off.
    let pieces = ReaderStream::with_capacity(file.take(end - start), READ_BYTES).inspect_ok(move |piece| {
        bar.inc(piece.len() as u64);
        sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
    });
    let whole = |bytes: Bytes| stream::iter([Ok::<_, io::Error>(bytes)]);
    let pieces = whole(content.before).chain(pieces).chain(whole(content.after));
    Ok(StreamBody::new(pieces.map_ok(Frame::data)).boxed_unsync())
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
