//! An upload that was begun, by a form or in parts, and what has become of it since.

use std::time::Duration;

use chrono::{DateTime, Utc};
use docstore_activities::catalog::DocumentState;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::parts::Parts;
use crate::cli::client::Client;
use crate::cli::{Failure, document};

/// A form that ends sooner is not begun with: the upload may take longer than that.
const FORM_LEFT_MIN: Duration = Duration::from_secs(60);

/// An upload that was begun.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Begun {
    /// The file goes as a whole.
    Form(Form),
    /// The file goes in parts.
    Parts(Parts),
}

/// A signed form, as the API issues it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Form {
    document: Uuid,
    /// Where it is posted to.
    pub url: String,
    /// Its fields, in this order.
    pub fields: Vec<Field>,
    /// The field that the file is.
    pub file_field: String,
    expires: DateTime<Utc>,
}

/// A field of a form.
#[derive(Clone, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What has become of an upload.
pub enum Standing {
    /// Its file is there.
    Arrived(Value),
    /// It still takes the file, or what is missing of it.
    Awaited(Begun),
    /// It is over without a file.
    Over,
}

impl Begun {
    /// The path of its document in the API.
    pub fn document(&self) -> String {
        let document = match self {
            Self::Form(form) => form.document,
            Self::Parts(parts) => parts.document,
        };
        format!("/v1/documents/{document}")
    }

    /// What has become of it.
    pub async fn standing(self, client: &Client) -> Result<Standing, Failure> {
        let path = self.document();
        let Some(shown) = there(client.get::<Value>(&path, &[]).await)? else {
            return Ok(Standing::Over);
        };
        let known = document::read(&shown)?;
        if known.uploaded.is_some() {
            return Ok(match known.state {
                DocumentState::Deleting => Standing::Over,
                _ => Standing::Arrived(shown),
            });
        }
        // The file may have arrived without DocStore having been told.
        match client.post(&format!("{path}/upload-complete"), None).await {
            Ok(document) => return Ok(Standing::Arrived(document)),
            Err(Failure::Refused(problem)) if problem.code == "not_uploaded" => {}
            Err(failure) => return Err(failure),
        }
        let is_awaited = match &self {
            Self::Form(form) => form.expires > Utc::now() + FORM_LEFT_MIN,
            Self::Parts(parts) => there(parts.look(client).await)?.is_some(),
        };
        Ok(match is_awaited {
            true => Standing::Awaited(self),
            false => Standing::Over,
        })
    }
}

/// What is there; nothing where DocStore says so.
fn there<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(Failure::Refused(problem)) if problem.code == "not_found" => Ok(None),
        Err(failure) => Err(failure),
    }
}
