//! What each form of query finds, and which are refused.

use chrono::{TimeZone, Utc};

use super::*;
use crate::search::query::parse;

/// A small cabinet: each document is known by its title.
async fn cabinet(owner: Uuid) -> Bench {
    let bench = Bench::new().await;
    for (title, kind, tags, year, pages) in [
        (
            "Annual report",
            "pdf",
            &["Finance", "été 2024"][..],
            2023,
            &["The turnover grew.", "Penguin sanctuary, appendix."][..],
        ),
        (
            "Yearly summary",
            "docx",
            &["finance"][..],
            2024,
            &["A report on the annual penguin count."][..],
        ),
        (
            "Tea order",
            "text",
            &[][..],
            2024,
            &["抹茶 二十缶 と 緑茶", "O'Brien paid HX-2207"][..],
        ),
        ("Panorama", "jpeg", &["photo"][..], 2024, &[][..]),
    ] {
        let created = Utc.with_ymd_and_hms(year, 6, 1, 0, 0, 0).unwrap();
        let tags = tags.iter().map(|tag| (*tag).into()).collect();
        bench
            .put(IndexedDocument {
                kind: kind.into(),
                tags,
                created,
                ..document(owner, title, pages)
            })
            .await;
    }
    bench
}

async fn titles(bench: &Bench, query: Query) -> Vec<String> {
    let mut titles: Vec<String> = bench
        .index
        .search(query)
        .await
        .unwrap()
        .hits
        .into_iter()
        .map(|hit| hit.title)
        .collect();
    titles.sort();
    titles
}

#[tokio::test]
async fn forms_of_query() {
    let owner = Uuid::new_v4();
    let bench = cabinet(owner).await;
    const ANNUAL: &str = "Annual report";
    const YEARLY: &str = "Yearly summary";
    const TEA: &str = "Tea order";
    const PANORAMA: &str = "Panorama";
    for (text, expected) in [
        ("annual report", &[ANNUAL, YEARLY][..]),
        ("\"annual report\"", &[ANNUAL]),
        ("“annual report”", &[ANNUAL]),
        ("turnover appendix", &[ANNUAL]),
        ("penguin -turnover", &[YEARLY]),
        ("penguin NOT turnover", &[YEARLY]),
        ("penguin -\"annual penguin\"", &[ANNUAL]),
        ("penguin -\"penguin sanctuary\"", &[YEARLY]),
        ("penguin -\"annual penguin\" -\"penguin sanctuary\"", &[]),
        ("penguin -\"report annual\"", &[ANNUAL, YEARLY]),
        ("penguin AND turnover", &[ANNUAL]),
        ("turnover OR panorama", &[ANNUAL, PANORAMA]),
        ("(turnover OR count) penguin", &[ANNUAL, YEARLY]),
        ("turnover OR -penguin", &[ANNUAL, PANORAMA, TEA]),
        ("-penguin", &[PANORAMA, TEA]),
        ("--- panorama & …", &[PANORAMA]),
        ("sanct*", &[ANNUAL]),
        ("\"annual rep\"*", &[ANNUAL]),
        ("title:annual", &[ANNUAL]),
        ("title:\"annual report\"", &[ANNUAL]),
        ("title:yea*", &[YEARLY]),
        ("tag:finance", &[ANNUAL, YEARLY]),
        ("tag:\"ete 2024\"", &[ANNUAL]),
        ("tag:ph*", &[PANORAMA]),
        ("type:pdf", &[ANNUAL]),
        ("TYPE:PDF OR type:jpeg", &[ANNUAL, PANORAMA]),
        ("before:2024", &[ANNUAL]),
        ("after:2023 penguin", &[YEARLY]),
        ("created:2024-06-01 -type:jpeg", &[TEA, YEARLY]),
        ("created:2023-06..2023-07", &[ANNUAL]),
        ("modified:2024-03-18 tag:photo", &[PANORAMA]),
        ("modified:..2023", &[]),
        ("抹茶", &[TEA]),
        ("茶", &[TEA]),
        ("\"緑茶\"", &[TEA]),
        ("茶缶", &[]),
        ("o'brien hx-2207", &[TEA]),
        ("PENGUÏN", &[ANNUAL, YEARLY]),
        ("why?", &[]),
        ("Re: panorama", &[]),
    ] {
        assert_eq!(titles(&bench, query(owner, text)).await, expected, "{text}");
    }
}

#[tokio::test]
async fn typing_errors_are_forgiven_when_nothing_matches_exactly() {
    let owner = Uuid::new_v4();
    let bench = cabinet(owner).await;
    for (text, expected) in [
        ("sanctaury", &["Annual report"][..]),
        ("pengiun turnovr", &["Annual report"]),
        ("panor", &["Panorama"]),
        ("pengiun -turnover", &["Yearly summary"]),
        ("\"sanctaury\"", &[]),
        ("tee", &[]),
    ] {
        let hits = bench.hits(owner, text).await;
        assert_eq!(hits.approximate, !expected.is_empty(), "{text}");
        assert_eq!(titles(&bench, query(owner, text)).await, expected, "{text}");
    }
    assert!(!bench.hits(owner, "sanctuary").await.approximate);
    let hit = bench.hits(owner, "sanctaury").await.hits.remove(0);
    assert_eq!(
        hit.snippet.as_deref(),
        Some("Penguin <mark>sanctuary</mark>, appendix.")
    );
}

#[tokio::test]
async fn names_only_hide_the_text() {
    let owner = Uuid::new_v4();
    let bench = cabinet(owner).await;
    let names = |text: &str| Query {
        scope: Scope::NamesAndTags,
        ..query(owner, text)
    };
    assert_eq!(titles(&bench, names("report")).await, ["Annual report"]);
    assert_eq!(
        titles(&bench, names("finance")).await,
        ["Annual report", "Yearly summary"]
    );
    for text in [
        "penguin",
        "pengiun",
        "peng*",
        "\"annual penguin\"",
        "turnover OR sanctuary",
    ] {
        assert!(titles(&bench, names(text)).await.is_empty(), "{text}");
    }
    let hit = bench.index.search(names("annual")).await.unwrap().hits.remove(0);
    assert_eq!((hit.page_number, hit.snippet), (None, None));
}

#[tokio::test]
async fn filters_narrow_and_may_stand_alone() {
    let owner = Uuid::new_v4();
    let bench = cabinet(owner).await;
    let filtered = |text: &str, filters: Filters| Query {
        filters,
        ..query(owner, text)
    };
    let kinds = Filters {
        kinds: vec!["pdf".into(), "jpeg".into()],
        ..Filters::default()
    };
    assert_eq!(
        titles(&bench, filtered("", kinds.clone())).await,
        ["Annual report", "Panorama"]
    );
    assert_eq!(
        titles(&bench, filtered("penguin", kinds)).await,
        ["Annual report"]
    );
    let tags = Filters {
        tags: vec!["FINANCE".into()],
        created_from: Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).single(),
        ..Filters::default()
    };
    assert_eq!(titles(&bench, filtered("", tags)).await, ["Yearly summary"]);
    let until = Filters {
        created_until: Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).single(),
        ..Filters::default()
    };
    assert_eq!(titles(&bench, filtered("", until)).await, ["Annual report"]);
}

#[tokio::test]
async fn results_come_in_pages_with_the_same_total() {
    let owner = Uuid::new_v4();
    let bench = cabinet(owner).await;
    let mut seen = Vec::new();
    for offset in 0..4 {
        let hits = bench
            .index
            .search(Query {
                page: Page { offset, limit: 1 },
                ..query(owner, "-nothing")
            })
            .await
            .unwrap();
        assert_eq!(hits.total, 4);
        seen.extend(hits.hits.into_iter().map(|hit| hit.title));
    }
    seen.sort();
    assert_eq!(seen, ["Annual report", "Panorama", "Tea order", "Yearly summary"]);
    for page in [
        Page { offset: 0, limit: 0 },
        Page {
            offset: 0,
            limit: 101,
        },
        Page {
            offset: 10_001,
            limit: 1,
        },
    ] {
        let refused = bench
            .index
            .search(Query {
                page,
                ..query(owner, "tea")
            })
            .await;
        assert!(matches!(
            refused,
            Err(SearchError::Query(QueryError::PageOutOfRange { .. }))
        ));
    }
}

#[test]
fn what_is_not_understood_is_refused_with_its_place() {
    for (text, expected) in [
        ("", QueryError::Empty),
        (" & ( … ) ", QueryError::Empty),
        ("a \"b c", QueryError::UnclosedQuote { position: 2 }),
        ("a (b OR c", QueryError::UnclosedGroup { position: 2 }),
        ("a) b", QueryError::UnopenedGroup { position: 1 }),
        (
            "OR a",
            QueryError::MissingOperand {
                position: 0,
                operator: "OR".into(),
            },
        ),
        (
            "a OR",
            QueryError::MissingOperand {
                position: 2,
                operator: "OR".into(),
            },
        ),
        (
            "a AND OR b",
            QueryError::MissingOperand {
                position: 2,
                operator: "AND".into(),
            },
        ),
        (
            "AND a",
            QueryError::MissingOperand {
                position: 0,
                operator: "AND".into(),
            },
        ),
        (
            "a NOT",
            QueryError::MissingOperand {
                position: 2,
                operator: "NOT".into(),
            },
        ),
        (
            "a (-) b",
            QueryError::MissingOperand {
                position: 3,
                operator: "-".into(),
            },
        ),
        (
            "colour:red",
            QueryError::UnknownField {
                position: 0,
                field: "colour".into(),
            },
        ),
        (
            "see http://example.com",
            QueryError::UnknownField {
                position: 4,
                field: "http".into(),
            },
        ),
        (
            "tag: x",
            QueryError::MissingValue {
                position: 0,
                field: "tag".into(),
            },
        ),
        (
            "a title:\"\"",
            QueryError::MissingValue {
                position: 2,
                field: "title".into(),
            },
        ),
        (
            "before:yesterday",
            QueryError::BadDate {
                position: 7,
                value: "yesterday".into(),
            },
        ),
        (
            "before:2024..2025",
            QueryError::BadDate {
                position: 7,
                value: "2024..2025".into(),
            },
        ),
        ("*ing", QueryError::MisplacedStar { position: 0 }),
        ("a*b", QueryError::MisplacedStar { position: 1 }),
        ("type:pd*", QueryError::MisplacedStar { position: 7 }),
        ("a*", QueryError::PrefixTooShort { position: 0, min: 2 }),
        (
            "word~2",
            QueryError::UnknownSyntax {
                position: 4,
                found: "~".into(),
            },
        ),
        (
            "[a TO b]",
            QueryError::UnknownSyntax {
                position: 0,
                found: "[".into(),
            },
        ),
        (
            "a && b",
            QueryError::UnknownSyntax {
                position: 2,
                found: "&".into(),
            },
        ),
        (
            "te?t",
            QueryError::UnknownSyntax {
                position: 2,
                found: "?".into(),
            },
        ),
        (
            "title:te?t",
            QueryError::UnknownSyntax {
                position: 8,
                found: "?".into(),
            },
        ),
        (
            "word^3",
            QueryError::UnknownSyntax {
                position: 4,
                found: "^".into(),
            },
        ),
    ] {
        assert_eq!(parse(text), Err(expected), "{text}");
    }
    assert!(matches!(
        parse(&"x".repeat(1_001)),
        Err(QueryError::TooLong { chars: 1_001, .. })
    ));
    assert!(matches!(
        parse(&"x ".repeat(65)),
        Err(QueryError::TooManyWords { .. })
    ));
    assert!(matches!(
        parse(&"(".repeat(500)),
        Err(QueryError::TooDeep { position: 16, .. })
    ));
    assert!(matches!(parse(&"-".repeat(500)), Err(QueryError::Empty)));
    assert!(matches!(
        parse(&"x".repeat(200)),
        Err(QueryError::WordTooLong { position: 0, .. })
    ));
}

#[test]
fn refusals_have_codes_for_programs() {
    let refusal = parse("tag:").unwrap_err();
    assert_eq!(
        serde_json::to_value(&refusal).unwrap(),
        serde_json::json!({"code": "missing_value", "position": 0, "field": "tag"})
    );
}
