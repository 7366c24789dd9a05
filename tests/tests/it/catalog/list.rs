//! Lists: every document once, in every order, a page at a time.

use anyhow::Result;
use docstore_activities::catalog::{DocumentState, ListQuery, Outcome, Plan, Sort};
use uuid::Uuid;

use super::{Fixture, fixture};

async fn pages(it: &Fixture, query: &ListQuery) -> Result<Vec<Uuid>> {
    let (mut query, mut ids) = (query.clone(), Vec::new());
    loop {
        let page = it.catalog.list(it.account.id, &query).await?;
        assert!(page.documents.len() <= usize::from(query.limit));
        ids.extend(page.documents.iter().map(|document| document.id));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(ids),
        }
    }
}

#[tokio::test]
async fn paging_shows_every_document_once_in_every_order() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let mut all = Vec::new();
    for size in [5, 1, 3, 1, 4, 1, 5] {
        all.push(it.arrived(size).await?.id);
    }
    all.sort();
    for sort in [Sort::Created, Sort::Modified, Sort::Title, Sort::Size] {
        for descending in [false, true] {
            let whole = pages(
                &it,
                &ListQuery {
                    sort,
                    descending,
                    limit: 100,
                    ..ListQuery::default()
                },
            )
            .await?;
            let by_two = pages(
                &it,
                &ListQuery {
                    sort,
                    descending,
                    limit: 2,
                    ..ListQuery::default()
                },
            )
            .await?;
            assert_eq!(whole, by_two, "{sort:?}, descending: {descending}");
            let mut sorted = whole;
            sorted.sort();
            assert_eq!(sorted, all, "{sort:?}, descending: {descending}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn filters_combine_and_what_is_gone_is_not_shown() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let (ready, deleting) = (it.arrived(1).await?, it.arrived(1).await?);
    it.catalog.finish(ready.id, 0, &Outcome::Ready).await?;
    it.catalog.begin_delete(it.account.id, deleting.id).await?;
    it.catalog.abandon(it.reserve(Some(1)).await?).await?;
    let all = ListQuery {
        limit: 10,
        ..ListQuery::default()
    };
    assert_eq!(pages(&it, &all).await?, [ready.id]);
    let state = Some(DocumentState::Deleting);
    assert_eq!(
        pages(&it, &ListQuery { state, ..all.clone() }).await?,
        [deleting.id]
    );
    let tagged = ListQuery {
        tag: Some("tax".to_owned()),
        ..all.clone()
    };
    assert_eq!(pages(&it, &tagged).await?, [ready.id]);
    let odd = ListQuery {
        tag: Some("'; DROP TABLE documents; --".to_owned()),
        ..all
    };
    assert!(pages(&it, &odd).await?.is_empty());
    Ok(())
}
