//! An object has arrived: read it, count it, index it, draw it, and say how it ended.

use std::time::Duration;

use apus::model::Timestamp;
use apus::sdk::{ActivityFailure, Workflow, WorkflowContext, WorkflowError, WorkflowOptions};
use docstore_activities::catalog::{Outcome, Plan, Reason, UsageAfter};
use docstore_activities::extract::ExtractError;
use docstore_activities::{
    CountUsage, ExtractText, FinishDocument, IndexDocument, MakeThumbnail, NOTHING_TO_DO, ObjectFacts,
    PutMetrics, ReadObjectMetadata, SendOverQuotaMail, TextFacts,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::workflow_id;

/// Processes one document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UploadComplete {
    /// The document.
    pub document: Uuid,
    /// How often its processing was asked for again before.
    #[serde(default, skip_serializing_if = "is_first")]
    pub attempt: i32,
}

/// How it ended; none when the document was deleted meanwhile.
pub type Summary = Option<Outcome>;

impl Workflow for UploadComplete {
    type Output = Summary;
    const NAME: &'static str = "upload-complete";

    fn options() -> WorkflowOptions {
        WorkflowOptions::default().execution_timeout(Duration::from_secs(7 * 86_400))
    }

    async fn run(self, ctx: WorkflowContext) -> Result<Summary, WorkflowError> {
        match process(&ctx, &self).await {
            Err(WorkflowError::Failed { reason, .. }) if &*reason == NOTHING_TO_DO => Ok(None),
            ended => ended,
        }
    }
}

async fn process(ctx: &WorkflowContext, asked: &UploadComplete) -> Result<Summary, WorkflowError> {
    let begun = ctx.now();
    let (object, usage) = match arrive(ctx, asked.document).await {
        Ok(arrived) => arrived,
        Err(failure) => return Ok(Some(finish(ctx, asked, failed(failure)?).await?)),
    };
    let (mailed, outcome) = ctx
        .join(
            warn_owner(ctx, &object, &usage),
            conclude(ctx, asked, &object, begun),
        )
        .await;
    // A mail that is refused, or waits for its service, does not make the document any worse.
    drop(mailed);
    Ok(Some(outcome?))
}

/// What has arrived, and what its account stores with it.
async fn arrive(ctx: &WorkflowContext, document: Uuid) -> Result<(ObjectFacts, UsageAfter), ActivityFailure> {
    let object = ctx.run(ReadObjectMetadata { document }).await?;
    let size = object.size;
    let usage = ctx.run(CountUsage { document, size }).await?;
    Ok((object, usage))
}

async fn warn_owner(
    ctx: &WorkflowContext,
    object: &ObjectFacts,
    usage: &UsageAfter,
) -> Result<(), ActivityFailure> {
    if usage.over_quota {
        ctx.run(SendOverQuotaMail {
            account: object.account,
            excursion: usage.excursion,
        })
        .await?;
    }
    Ok(())
}

/// Makes of the document what can be made of it, and says how that ended.
async fn conclude(
    ctx: &WorkflowContext,
    asked: &UploadComplete,
    object: &ObjectFacts,
    begun: Timestamp,
) -> Result<Outcome, ActivityFailure> {
    let document = asked.document;
    let (outcome, drawn) = ctx
        .join(read(ctx, document, object), draw(ctx, document, object))
        .await;
    // Nor does a picture that can't be made.
    drop(drawn);
    let outcome = outcome.or_else(failed)?;
    let outcome = finish(ctx, asked, outcome).await?;
    let metrics = PutMetrics {
        document,
        plan: object.plan,
        kind: object.kind.to_string(),
        outcome: name(&outcome).into(),
        size: object.size,
        seconds: (ctx.now().0 - begun.0) as f64 / 1000.0,
    };
    // Figures are told when they can be; a document does not wait for them.
    drop(ctx.run(metrics).await);
    Ok(outcome)
}

async fn draw(ctx: &WorkflowContext, document: Uuid, object: &ObjectFacts) -> Result<(), ActivityFailure> {
    if object.kind.is_drawable() {
        ctx.run(MakeThumbnail { document }).await?;
    }
    Ok(())
}

/// The text of premium documents, and the index: by name for everybody, by text where there is one.
async fn read(
    ctx: &WorkflowContext,
    document: Uuid,
    object: &ObjectFacts,
) -> Result<Outcome, ActivityFailure> {
    let (outcome, with_text) = match &object.unreadable {
        Some(error) => (Outcome::Failed(reason_of_content(error)), false),
        None if object.plan == Plan::Free => (Outcome::Ready, false),
        None => outcome_of_reading(ctx.run(ExtractText { document }).await)?,
    };
    ctx.run(IndexDocument { document, with_text }).await?;
    Ok(outcome)
}

async fn finish(
    ctx: &WorkflowContext,
    asked: &UploadComplete,
    outcome: Outcome,
) -> Result<Outcome, ActivityFailure> {
    let written = FinishDocument {
        document: asked.document,
        attempt: asked.attempt,
        outcome: outcome.clone(),
    };
    ctx.run(written).await?;
    Ok(outcome)
}

impl UploadComplete {
    /// The first processing of a document.
    pub const fn first(document: Uuid) -> Self {
        Self { document, attempt: 0 }
    }

    /// The id of its run: the same for every event that asks for this attempt.
    pub fn workflow_id(&self) -> String {
        let first = workflow_id::<Self>(self.document);
        match self.attempt {
            0 => first,
            attempt => format!("{first}-{attempt}"),
        }
    }
}

/// A step that can't be done ends the document with its reason; a cancellation and a deletion end the workflow.
fn failed(failure: ActivityFailure) -> Result<Outcome, ActivityFailure> {
    if failure.is_cancelled() || failure.reason() == NOTHING_TO_DO {
        return Err(failure);
    }
    Ok(Outcome::Failed(reason_of(&failure)))
}

/// What reading a document makes of it, and whether there is a text now.
pub(crate) fn outcome_of_reading(
    text: Result<TextFacts, ActivityFailure>,
) -> Result<(Outcome, bool), ActivityFailure> {
    match text {
        Ok(text) => Ok((outcome_of(&text), true)),
        Err(failure) if failure.reason() == UNSUPPORTED => {
            Ok((Outcome::ReadyDegraded(reason_of(&failure)), false))
        }
        Err(failure) => Ok((failed(failure)?, false)),
    }
}

/// Nothing reads documents of this kind, which is no fault of the document.
const UNSUPPORTED: &str = "unsupported";

fn outcome_of(text: &TextFacts) -> Outcome {
    if text.without_text > 0 {
        let message = format!(
            "{} of {} pages have no text that could be read",
            text.without_text, text.pages
        );
        return Outcome::ReadyDegraded(Reason {
            code: "pages_without_text".into(),
            message,
        });
    }
    if text.truncated || text.missing.is_some() {
        let message = text
            .missing
            .clone()
            .unwrap_or_else(|| "the document is long; its end can't be searched".into());
        return Outcome::ReadyDegraded(Reason {
            code: "text_incomplete".into(),
            message,
        });
    }
    Outcome::Ready
}

fn reason_of(failure: &ActivityFailure) -> Reason {
    let message = match failure {
        ActivityFailure::Failed { error, .. } => error.message.clone(),
        other => other.to_string(),
    };
    Reason {
        code: failure.reason().into(),
        message,
    }
}

fn reason_of_content(error: &ExtractError) -> Reason {
    Reason {
        code: error.code().into(),
        message: error.to_string(),
    }
}

fn is_first(attempt: &i32) -> bool {
    *attempt == 0
}

fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Ready => "ready",
        Outcome::ReadyDegraded(_) => "ready_degraded",
        Outcome::Failed(_) => "failed",
    }
}
