//! An account's documents are indexed anew: with their texts after an upgrade, without after a downgrade, and all of them
//! when the index is another one.
//!
//! What is left to do stands in the catalog and not here, so a plan that changes twice, a document that is uploaded
//! meanwhile and a run that begins again are all the same: one looks what is left, does it, and looks again.

use std::time::Duration;

use apus::sdk::{Activity, ActivityFailure, Workflow, WorkflowContext, WorkflowError, WorkflowOptions};
use docstore_activities::{
    ExtractText, LeftToIndex, ListUnindexed, NOTHING_TO_DO, ReindexDocument, ReviseOutcome,
    SendOverQuotaMail, SettleIndex, TextSource, ToIndex,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::upload_complete::outcome_of_reading;

/// The pause while all that is left is being processed, at first. Doubled each time.
const PAUSE_FIRST: Duration = Duration::from_secs(2);
/// The longest pause.
const PAUSE_LONGEST: Duration = Duration::from_secs(300);
/// Looks at what is left in one run; with 50 documents each they take some ten thousand of a history's 25,000 events.
const LOOKS: u32 = 10;
/// Texts are read behind those of documents that have just been uploaded.
const BEHIND_UPLOADS: i32 = -1;

/// Indexes the documents of one account as it wants them now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReindexAccount {
    /// The account.
    pub account: Uuid,
}

impl Workflow for ReindexAccount {
    type Output = ();
    const NAME: &'static str = "reindex-account";

    fn options() -> WorkflowOptions {
        WorkflowOptions::default().execution_timeout(Duration::from_secs(30 * 86_400))
    }

    async fn run(self, ctx: WorkflowContext) -> Result<(), WorkflowError> {
        let account = self.account;
        let Some(left) = ctx.run(ListUnindexed { account }).await? else {
            return Ok(());
        };
        let (mailed, settled) = ctx
            .join(
                warn_owner(&ctx, account, left.excursion),
                index_all(&ctx, account, left),
            )
            .await;
        // A mail that is refused keeps no document from being found.
        drop(mailed);
        if settled? {
            Ok(())
        } else {
            Err(ctx.continue_as_new(&self))
        }
    }
}

/// Whoever stores more than his smaller plan holds is told so, once.
async fn warn_owner(
    ctx: &WorkflowContext,
    account: Uuid,
    excursion: Option<i64>,
) -> Result<(), ActivityFailure> {
    if let Some(excursion) = excursion {
        ctx.run(SendOverQuotaMail { account, excursion }).await?;
    }
    Ok(())
}

/// Indexes until nothing is left; false when there is more than one run ought to do.
async fn index_all(
    ctx: &WorkflowContext,
    account: Uuid,
    mut left: LeftToIndex,
) -> Result<bool, WorkflowError> {
    let mut pause = PAUSE_FIRST;
    for _ in 0..LOOKS {
        let wanted = left.wanted;
        if !left.documents.is_empty() {
            let documents = left.documents.iter().map(|found| index(ctx, *found, wanted));
            for indexed in ctx.join_all(documents).await {
                indexed?;
            }
            pause = PAUSE_FIRST;
        } else if left.processing > 0 {
            ctx.timer(pause).await?;
            pause = (pause * 2).min(PAUSE_LONGEST);
        } else if ctx.run(SettleIndex { account, wanted }).await? {
            return Ok(true);
        }
        match ctx.run(ListUnindexed { account }).await? {
            Some(more) => left = more,
            None => return Ok(true),
        }
    }
    Ok(false)
}

/// One document. One that is deleted meanwhile needs nothing.
async fn index(ctx: &WorkflowContext, found: ToIndex, wanted: i64) -> Result<(), ActivityFailure> {
    match try_index(ctx, found, wanted).await {
        Err(failure) if failure.reason() == NOTHING_TO_DO => Ok(()),
        ended => ended,
    }
}

async fn try_index(ctx: &WorkflowContext, found: ToIndex, wanted: i64) -> Result<(), ActivityFailure> {
    let document = found.document;
    let put = |with_text| {
        ctx.run(ReindexDocument {
            document,
            with_text,
            wanted,
        })
    };
    let with_text = match found.text {
        TextSource::Unwanted => false,
        TextSource::Unread => read(ctx, document).await?,
        TextSource::Stored => match put(true).await {
            // The stored text was lost.
            Err(failure) if failure.reason() == NO_OBJECT => read(ctx, document).await?,
            ended => return ended.map(drop),
        },
    };
    put(with_text).await?;
    Ok(())
}

/// Reads the text and writes down how that went; whether there is one now.
async fn read(ctx: &WorkflowContext, document: Uuid) -> Result<bool, ActivityFailure> {
    let options = ExtractText::options().priority(BEHIND_UPLOADS);
    let text = ctx
        .activity(ExtractText { document })
        .options(options)
        .run()
        .await;
    let (outcome, with_text) = outcome_of_reading(text)?;
    ctx.run(ReviseOutcome { document, outcome }).await?;
    Ok(with_text)
}

/// What an activity says that finds no object under a key.
const NO_OBJECT: &str = "no_object";
