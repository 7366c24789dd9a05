//! Random changes by several owners, against a plain map that says what must be found; and random queries.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::search::query::parse;

const OWNERS: u128 = 3;
const DOCUMENTS: u128 = 6;
const WORDS: [&str; 8] = [
    "walrus",
    "Überfall",
    "抹茶",
    "договор",
    "x1",
    "footbridge",
    "ﬁnal",
    "naïve",
];

#[derive(Debug, Clone)]
enum Step {
    Put {
        owner: u128,
        document: u128,
        pages: Vec<Vec<usize>>,
    },
    Remove {
        document: u128,
    },
    RemoveOwner {
        owner: u128,
    },
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let pages = prop::collection::vec(prop::collection::vec(0..WORDS.len(), 0..4), 0..3);
    prop_oneof![
        6 => (0..OWNERS, 0..DOCUMENTS, pages).prop_map(|(owner, document, pages)| Step::Put { owner, document, pages }),
        2 => (0..DOCUMENTS).prop_map(|document| Step::Remove { document }),
        1 => (0..OWNERS).prop_map(|owner| Step::RemoveOwner { owner }),
        1 => Just(Step::Reopen),
    ]
}

/// What should be in the index: the owner and words of each document.
type Model = BTreeMap<u128, (u128, BTreeSet<usize>)>;

async fn apply(bench: Bench, model: &mut Model, step: Step) -> Bench {
    match step {
        Step::Put {
            owner,
            document: id,
            pages,
        } => {
            let texts: Vec<String> = pages
                .iter()
                .map(|page| page.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().join(" "))
                .collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let put = document(Uuid::from_u128(owner), &format!("Title {id}"), &texts);
            bench
                .put(IndexedDocument {
                    document: Uuid::from_u128(id),
                    ..put
                })
                .await;
            model.insert(id, (owner, pages.into_iter().flatten().collect()));
        }
        Step::Remove { document } => {
            bench.index.remove(Uuid::from_u128(document)).await.unwrap();
            model.remove(&document);
        }
        Step::RemoveOwner { owner } => {
            bench.index.remove_owner(Uuid::from_u128(owner)).await.unwrap();
            model.retain(|_, (of, _)| *of != owner);
        }
        Step::Reopen => return bench.reopened().await,
    }
    bench
}

/// Each owner finds by each word exactly his own documents that have it, and by everything exactly his own.
async fn check(bench: &Bench, model: &Model) {
    for owner in 0..OWNERS {
        for (index, word) in WORDS.iter().enumerate() {
            let expected = model
                .iter()
                .filter(|(_, (of, words))| *of == owner && words.contains(&index))
                .map(|(id, _)| *id);
            expect(bench, owner, &format!("\"{word}\""), expected.collect()).await;
        }
        let own: BTreeSet<u128> = model
            .iter()
            .filter(|(_, (of, _))| *of == owner)
            .map(|(id, _)| *id)
            .collect();
        expect(bench, owner, "-nowhere OR title:title", own).await;
    }
}

async fn expect(bench: &Bench, owner: u128, text: &str, expected: BTreeSet<u128>) {
    let hits = bench.hits(Uuid::from_u128(owner), text).await;
    let found: BTreeSet<u128> = hits.hits.iter().map(|hit| hit.document.as_u128()).collect();
    assert_eq!(found, expected, "owner {owner} searches {text}");
    assert_eq!(hits.total, expected.len(), "owner {owner} searches {text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn everybody_finds_exactly_what_is_his(steps in prop::collection::vec(step(), 1..20)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut bench = Bench::new().await;
            let mut model = Model::new();
            for step in steps {
                bench = apply(bench, &mut model, step).await;
            }
            check(&bench, &model).await;
        });
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC{0,60}") {
        let _ = parse(&text);
    }

    #[test]
    fn any_mixture_of_syntax_is_parsed_or_refused(parts in prop::collection::vec(prop::sample::select(PARTS), 0..30)) {
        let _ = parse(&parts.concat());
    }
}

const PARTS: &[&str] = &[
    "a", "walrus", " ", " ", "\"", "“", "(", ")", "-", "*", ":", "title:", "tag:", "before:", "2024-03",
    "..", " OR ", " AND ", " NOT ", "~", "茶", "é", "\u{301}", "?", "&",
];

#[test]
fn queries_that_parse_can_be_run() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let bench = runtime.block_on(Bench::new());
    let owner = Uuid::new_v4();
    runtime.block_on(async {
        bench
            .put(document(owner, "Walrus a é", &["walrus 茶 a", "2024-03 é"]))
            .await;
        bench.put(document(owner, "é a", &["a walrus", "茶 é"])).await;
        bench.put(document(owner, "Nothing", &[])).await;
    });
    let stranger = Uuid::new_v4();
    proptest!(|(parts in prop::collection::vec(prop::sample::select(PARTS), 1..12))| {
        let text = parts.concat();
        let answer = runtime.block_on(bench.index.search(query(owner, &text)));
        prop_assert!(!matches!(answer, Err(SearchError::Index(_))), "{text}: {answer:?}");
        let Ok(hits) = answer else { return Ok(()) };
        prop_assert_eq!(runtime.block_on(bench.hits(stranger, &text)).total, 0);
        // Everything else is what is left of the three, unless the brackets make the query too long or too deep.
        if let Ok(others) = runtime.block_on(bench.index.search(query(owner, &format!("-({text})")))) {
            let exact = if hits.approximate { 0 } else { hits.total };
            prop_assert_eq!(exact + others.total, 3, "{}", text);
        }
    });
}
