//! Order, pages, snippets and facets of an answer.

use super::*;

#[tokio::test]
async fn a_word_in_the_title_counts_more() {
    let bench = Bench::new().await;
    let owner = Uuid::new_v4();
    let mentioned = bench
        .put(document(
            owner,
            "Minutes",
            &["the budget, the budget and once more the budget"],
        ))
        .await;
    let titled = bench
        .put(document(owner, "Budget", &["figures for the year"]))
        .await;
    assert_eq!(bench.found(owner, "budget").await, [titled, mentioned]);
}

#[tokio::test]
async fn a_hit_names_the_page_that_holds_most_of_the_words() {
    let bench = Bench::new().await;
    let owner = Uuid::new_v4();
    let far = format!("{} harbour dues are payable", "filler ".repeat(2_000));
    bench
        .put(document(
            owner,
            "Rules",
            &["The harbour opens.", &far, "Nothing."],
        ))
        .await;
    let hit = bench.hits(owner, "harbour payable").await.hits.remove(0);
    assert_eq!(hit.page_number, Some(2));
    let snippet = hit.snippet.unwrap();
    assert!(
        snippet.ends_with("filler <mark>harbour</mark> dues are <mark>payable</mark>"),
        "{snippet}"
    );
    assert_eq!(bench.hits(owner, "opens").await.hits[0].page_number, Some(1));
    assert_eq!(bench.hits(owner, "rules").await.hits[0].page_number, None);
}

#[tokio::test]
async fn titles_and_snippets_are_safe_to_show() {
    let bench = Bench::new().await;
    let owner = Uuid::new_v4();
    bench
        .put(document(
            owner,
            "<script>alert</script> & co",
            &["a <img src=x onerror=alert(1)> b"],
        ))
        .await;
    let hit = bench.hits(owner, "alert").await.hits.remove(0);
    assert_eq!(
        hit.title_html,
        "&lt;script&gt;<mark>alert</mark>&lt;/script&gt; &amp; co"
    );
    assert_eq!(
        hit.snippet.as_deref(),
        Some("a &lt;img src=x onerror=<mark>alert</mark>(1)&gt; b")
    );
}

#[tokio::test]
async fn facets_count_what_matches() {
    let bench = Bench::new().await;
    let owner = Uuid::new_v4();
    for (kind, tags) in [("pdf", &["Tax", "Home"][..]), ("pdf", &["Tax"]), ("png", &[])] {
        let tags = tags.iter().map(|tag| (*tag).into()).collect();
        bench
            .put(IndexedDocument {
                kind: kind.into(),
                tags,
                ..document(owner, "Receipt", &[])
            })
            .await;
    }
    bench.put(document(owner, "Letter", &[])).await;
    bench.put(document(Uuid::new_v4(), "Receipt", &[])).await;
    let hits = bench.hits(owner, "receipt").await;
    let count = |value: &str, documents| FacetCount {
        value: value.into(),
        documents,
    };
    assert_eq!(hits.total, 3);
    assert_eq!(
        hits.facets,
        Facets {
            kinds: vec![count("pdf", 2), count("png", 1)],
            tags: vec![count("Tax", 2), count("Home", 1)]
        }
    );
    assert_eq!(
        hits.hits
            .iter()
            .filter(|hit| hit.kind == "pdf")
            .map(|hit| hit.tags.len())
            .sum::<usize>(),
        3
    );
}
