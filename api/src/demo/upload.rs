//! Uploads as a browser does them: a signed form, posted to the object store, whose redirect is followed. What an
//! earlier demo began and could not finish is finished, or deleted and done again.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::customer::{Customer, Document, expect, problem};
use super::samples::{Sample, Samples};

/// Files that a browser uploads at once.
const AT_ONCE: usize = 4;
/// The page that shows a customer his documents, where an upload ends.
const DOCUMENTS_PAGE: &str = "/documents";
/// Between two looks whether what was deleted is gone.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long deleting a few documents may take.
const DELETED_WITHIN: Duration = Duration::from_secs(60);

/// A form as the API issues it.
#[derive(Deserialize)]
pub struct UploadForm {
    document: Uuid,
    url: String,
    fields: Vec<Field>,
    file_field: String,
    /// The most bytes that it takes.
    pub max_bytes: u64,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    value: String,
}

/// Uploads the customer's samples that are not there yet.
pub async fn samples(customer: &Customer, samples: &Samples) -> Result<()> {
    let there = settle(customer).await?;
    let missing = samples
        .of(customer.plan)
        .filter(|sample| !there.iter().any(|document| document.file_name == sample.file));
    stream::iter(missing.map(|sample| upload(customer, samples, sample)))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn upload(customer: &Customer, samples: &Samples, sample: &Sample) -> Result<()> {
    let content = samples.content(sample).await?;
    let wanted = json!({
        "file_name": sample.file, "content_type": sample.kind.media_type(), "size": content.len(),
        "title": sample.title, "tags": sample.tags, "redirect": true,
    });
    let uploading = async {
        let form = ask_for_form(customer, &wanted).await?;
        tell_begun(customer, &form).await?;
        post(customer, form, &sample.file, content).await
    };
    uploading
        .await
        .with_context(|| format!("cannot upload {}", sample.file))
}

/// Settles what an earlier demo left: a document whose file has arrived is reported as complete, one whose file never
/// came is deleted, a deletion is asked for again. Whether the event of what was asked before was sent is not known.
/// Returns the documents that are there.
pub async fn settle(customer: &Customer) -> Result<Vec<Document>> {
    for document in customer.leaving().await? {
        delete(customer, document.id).await?;
    }
    let mut there = Vec::new();
    for document in customer.documents().await? {
        if document.state.is_final() || has_arrived(customer, document.id).await? {
            there.push(document);
        } else {
            delete(customer, document.id).await?;
        }
    }
    wait_until_deleted(customer).await?;
    Ok(there)
}

/// Deletes a document for good. One that is gone already is fine.
pub async fn delete(customer: &Customer, document: Uuid) -> Result<()> {
    let answer = customer
        .change(
            Method::DELETE,
            &format!("/v1/documents/{document}?permanently=true"),
        )
        .send()
        .await?;
    if answer.status() != StatusCode::NOT_FOUND {
        expect(answer, StatusCode::ACCEPTED).await?;
    }
    Ok(())
}

/// Waits until what was deleted is gone and no longer counts for the quota.
pub async fn wait_until_deleted(customer: &Customer) -> Result<()> {
    let waiting = async {
        while !customer.leaving().await?.is_empty() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    };
    tokio::time::timeout(DELETED_WITHIN, waiting)
        .await
        .context("documents that were deleted are still there")?
}

async fn has_arrived(customer: &Customer, document: Uuid) -> Result<bool> {
    let path = format!("/v1/documents/{document}/upload-complete");
    let answer = customer.change(Method::POST, &path).send().await?;
    if answer.status() == StatusCode::ACCEPTED {
        return Ok(true);
    }
    let problem = problem(answer).await?;
    ensure!(problem.code == "not_uploaded", "{path}: {}", problem.detail);
    Ok(false)
}

/// Asks for the form that uploads a document.
pub async fn ask_for_form(customer: &Customer, wanted: &Value) -> Result<UploadForm> {
    let answer = customer
        .change(Method::POST, "/v1/uploads")
        .json(wanted)
        .send()
        .await?;
    Ok(expect(answer, StatusCode::CREATED).await?.json().await?)
}

async fn tell_begun(customer: &Customer, form: &UploadForm) -> Result<()> {
    let path = format!("/v1/documents/{}/upload-begun", form.document);
    expect(
        customer.change(Method::POST, &path).send().await?,
        StatusCode::ACCEPTED,
    )
    .await?;
    Ok(())
}

/// Posts a file to the object store, which sends the browser on to the completion page, which sends it on to the list
/// of documents.
pub async fn post(customer: &Customer, form: UploadForm, file_name: &str, content: Vec<u8>) -> Result<()> {
    let mut parts = Form::new();
    for Field { name, value } in form.fields {
        parts = parts.text(name, value);
    }
    let file = Part::bytes(content).file_name(file_name.to_owned());
    let answer = customer
        .browser
        .post(&form.url)
        .multipart(parts.part(form.file_field, file))
        .send()
        .await?;
    let end = expect(answer, StatusCode::OK).await?.url().clone();
    ensure!(
        end.path() == DOCUMENTS_PAGE,
        "the upload ended at {end} instead of {DOCUMENTS_PAGE}"
    );
    Ok(())
}
