//! An account's documents after its plan changed, and what is left of a closed account.

use anyhow::{Context, Result};
use docstore_activities::catalog::{DocumentState, Outcome, Plan};
use docstore_activities::{
    CountUsage, ExtractText, FinishDocument, ForgetAccount, IndexDocument, LeftToIndex, ListUnindexed,
    MarkDocuments, ReadObjectMetadata, ReindexDocument, ReviseOutcome, SettleIndex, TextSource,
};
use uuid::Uuid;

use super::{World, deletion, sample};

impl World {
    /// A text of a free account, processed.
    async fn processed(&self) -> Result<Uuid> {
        let document = self.arrived(sample("plum-cake.txt")?).await?;
        let object = self.run(ReadObjectMetadata { document }).await?;
        let size = object.size;
        self.run(CountUsage { document, size }).await?;
        self.index(document, false).await?;
        let finish = FinishDocument {
            document,
            attempt: 0,
            outcome: Outcome::Ready,
        };
        self.run(finish).await?;
        Ok(document)
    }

    async fn index(&self, document: Uuid, with_text: bool) -> Result<()> {
        self.run(IndexDocument { document, with_text }).await?;
        Ok(())
    }

    async fn change_plan(&self, plan: Plan) -> Result<i64> {
        let change = self
            .environment
            .catalog
            .change_plan(self.account.id, plan)
            .await?;
        Ok(change.account.index_wanted)
    }

    async fn left(&self) -> Result<LeftToIndex> {
        let account = self.account.id;
        let left = self.run(ListUnindexed { account }).await?;
        left.context("the account is open")
    }

    async fn reindex(&self, document: Uuid, with_text: bool, wanted: i64) -> Result<()> {
        let reindex = || ReindexDocument {
            document,
            with_text,
            wanted,
        };
        self.run(reindex()).await?;
        self.run(reindex()).await?;
        Ok(())
    }
}

#[tokio::test]
async fn texts_come_and_go_with_the_plan() -> Result<()> {
    let world = World::new(Plan::Free).await?;
    let document = world.processed().await?;
    assert!(world.found("zwetschgendatschi").await?.is_empty());
    assert!(world.left().await?.documents.is_empty());

    let wanted = world.change_plan(Plan::Premium).await?;
    let left = world.left().await?;
    assert_eq!(
        (left.wanted, left.documents[0].text),
        (wanted, TextSource::Unread)
    );
    world.run(ExtractText { document }).await?;
    assert_eq!(world.left().await?.documents[0].text, TextSource::Stored);
    world.reindex(document, true, wanted).await?;
    assert_eq!(world.found("zwetschgendatschi").await?, [document]);
    assert!(world.left().await?.documents.is_empty());
    let account = world.account.id;
    assert!(world.run(SettleIndex { account, wanted }).await?);
    let totals = world.environment.catalog.totals().await?;
    assert!(
        totals.iter().all(|total| total.plan == Plan::Premium),
        "{totals:?}"
    );

    let back = world.change_plan(Plan::Free).await?;
    assert!(
        !world.run(SettleIndex { account, wanted }).await?,
        "it has another wish"
    );
    assert_eq!(world.left().await?.documents[0].text, TextSource::Unwanted);
    world.reindex(document, false, back).await?;
    assert!(world.found("zwetschgendatschi").await?.is_empty());
    assert_eq!(
        world.found("kingfisher").await?,
        [document],
        "by its name as before"
    );
    Ok(())
}

#[tokio::test]
async fn what_is_read_once_more_can_end_otherwise() -> Result<()> {
    let world = World::new(Plan::Free).await?;
    let document = world.processed().await?;
    let outcome = Outcome::Failed(docstore_activities::catalog::Reason {
        code: "encrypted".to_owned(),
        message: "the document is encrypted".to_owned(),
    });
    let revise = || ReviseOutcome {
        document,
        outcome: outcome.clone(),
    };
    world.run(revise()).await?;
    world.run(revise()).await?;
    let found = world.environment.catalog.document(document).await?;
    assert_eq!(
        (found.state, found.reason_code.as_deref()),
        (DocumentState::Failed, Some("encrypted"))
    );
    Ok(())
}

#[tokio::test]
async fn nothing_is_left_of_a_closed_account() -> Result<()> {
    let world = World::new(Plan::Premium).await?;
    let (account, document) = (world.account.id, world.processed().await?);
    world.run(ExtractText { document }).await?;
    world.index(document, true).await?;
    world.environment.catalog.begin_account_deletion(account).await?;
    assert!(!world.run(ForgetAccount { account }).await?, "a document is left");
    assert_eq!(world.run(MarkDocuments { account }).await?, [document]);
    deletion::delete_again(&world, document).await?;
    assert!(world.run(MarkDocuments { account }).await?.is_empty());
    assert!(world.run(ForgetAccount { account }).await?);
    assert!(world.run(ForgetAccount { account }).await?, "once more");
    assert_eq!(world.stored(document).await?, [false; 3]);
    assert!(world.found("kingfisher").await?.is_empty());
    assert!(world.environment.catalog.account(account).await.is_err());
    Ok(())
}
