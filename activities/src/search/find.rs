//! Answering a query.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tantivy::aggregation::agg_req::Aggregations;
use tantivy::aggregation::agg_result::{AggregationResult, AggregationResults, BucketResult};
use tantivy::aggregation::{AggContextParams, AggregationCollector, Key};
use tantivy::collector::{Count, TopDocs};
use tantivy::schema::{Field, Value};
use tantivy::{DocAddress, Score, Searcher, TantivyDocument};
use uuid::Uuid;

use super::error::SearchError;
use super::highlight;
use super::limits::{FACET_VALUES_MAX, SNIPPET_CHARS_MAX};
use super::passages::{Best, BestPassages};
use super::query::{self, Looseness, Node, Phrase, Query, Scope};
use super::schema::Fields;

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hits {
    /// Documents that match, on all pages of the result.
    pub total: usize,
    /// The documents of the page that was asked for, the best first.
    pub hits: Vec<Hit>,
    /// How the matching documents divide.
    pub facets: Facets,
    /// Whether nothing matched to the letter and these match with a typing error forgiven or a name completed.
    pub approximate: bool,
}

/// A document that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The document's id.
    pub document: Uuid,
    /// Its title.
    pub title: String,
    /// Its title as HTML: escaped, the words that were looked for in `<mark>`.
    pub title_html: String,
    /// Its type.
    pub kind: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was uploaded.
    pub created: DateTime<Utc>,
    /// When it last changed.
    pub modified: DateTime<Utc>,
    /// Size of its file, in bytes.
    pub size: u64,
    /// How well it matches; comparable within one answer only.
    pub score: f32,
    /// The page that matches best; none if only names match.
    pub page_number: Option<u32>,
    /// What stands there, as HTML: escaped, the words that were looked for in `<mark>`.
    pub snippet: Option<String>,
}

/// How matching documents divide, the most frequent values first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facets {
    /// By type.
    pub kinds: Vec<FacetCount>,
    /// By tag; a document counts for each of its tags.
    pub tags: Vec<FacetCount>,
}

/// A value and how many of the matching documents have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetCount {
    /// The value.
    pub value: String,
    /// The documents.
    pub documents: u64,
}

/// Answers a query from what a searcher sees.
pub(super) fn find(searcher: &Searcher, fields: &Fields, query: &Query) -> Result<Hits, SearchError> {
    let node = query.checked()?;
    let search = Search {
        searcher,
        fields,
        query,
        node: node.as_ref(),
    };
    let exact = search.run(Looseness::Exact)?;
    let may_loosen = node.as_ref().is_some_and(|node| {
        node.wanted()
            .iter()
            .any(|(_, phrase)| phrase.loose_word().is_some())
    });
    if exact.total > 0 || !may_loosen {
        return Ok(exact);
    }
    search.run(Looseness::Loose)
}

struct Search<'a> {
    searcher: &'a Searcher,
    fields: &'a Fields,
    query: &'a Query,
    node: Option<&'a Node>,
}

impl Search<'_> {
    fn run(&self, looseness: Looseness) -> Result<Hits, SearchError> {
        let cards = query::cards(self.fields, self.query, self.node, looseness);
        let page = self.query.page;
        let best = TopDocs::with_limit(page.limit)
            .and_offset(page.offset)
            .order_by_score();
        let facets = AggregationCollector::from_aggs(facet_request()?, AggContextParams::default());
        let (total, best, facets) = self.searcher.search(&cards, &(Count, best, facets))?;
        let cards = best
            .into_iter()
            .map(|(score, address)| Ok((score, self.searcher.doc(address)?)))
            .collect::<tantivy::Result<Vec<(Score, TantivyDocument)>>>()?;
        let passages = self.best_passages(&cards, looseness)?;
        let hits = cards
            .iter()
            .map(|(score, card)| self.hit(*score, card, &passages, looseness))
            .collect::<Result<_, SearchError>>()?;
        let approximate = looseness == Looseness::Loose && total > 0;
        Ok(Hits {
            total,
            hits,
            facets: facet_counts(facets),
            approximate,
        })
    }

    /// The best passage of each card, if texts may be searched and words are looked for in them.
    fn best_passages(
        &self,
        cards: &[(Score, TantivyDocument)],
        looseness: Looseness,
    ) -> Result<Best, SearchError> {
        if self.query.scope == Scope::NamesAndTags {
            return Ok(Best::new());
        }
        let documents: Vec<&str> = cards
            .iter()
            .map(|(_, card)| text(card, self.fields.document))
            .collect();
        let passages = self
            .node
            .and_then(|node| query::passages(self.fields, &documents, node, looseness));
        match passages {
            Some(passages) => Ok(self.searcher.search(&passages, &BestPassages)?),
            None => Ok(Best::new()),
        }
    }

    fn hit(
        &self,
        score: Score,
        card: &TantivyDocument,
        passages: &Best,
        looseness: Looseness,
    ) -> Result<Hit, SearchError> {
        let fields = self.fields;
        let document = text(card, fields.document);
        let title = text(card, fields.title);
        let phrases = self.phrases();
        let shown = match passages.get(document) {
            Some((_, address)) => self.page_and_snippet(*address, &phrases, looseness)?,
            None => None,
        };
        let (page_number, snippet) = shown.unzip();
        Ok(Hit {
            document: Uuid::parse_str(document).map_err(|error| {
                tantivy::TantivyError::InternalError(format!("a card without an id: {error}"))
            })?,
            title: title.to_owned(),
            title_html: highlight::whole(title, &phrases, looseness),
            kind: text(card, fields.kind).to_owned(),
            tags: card
                .get_all(fields.tag_label)
                .filter_map(|tag| tag.as_str().map(str::to_owned))
                .collect(),
            created: time(card, fields.created),
            modified: time(card, fields.modified),
            size: card
                .get_first(fields.size)
                .and_then(|size| size.as_u64())
                .unwrap_or_default(),
            score,
            page_number,
            snippet,
        })
    }

    fn phrases(&self) -> Vec<&Phrase> {
        self.node
            .map(Node::wanted)
            .unwrap_or_default()
            .into_iter()
            .map(|(_, phrase)| phrase)
            .collect()
    }

    fn page_and_snippet(
        &self,
        address: DocAddress,
        phrases: &[&Phrase],
        looseness: Looseness,
    ) -> Result<Option<(u32, String)>, SearchError> {
        let passage: TantivyDocument = self.searcher.doc(address)?;
        let page = passage
            .get_first(self.fields.page)
            .and_then(|page| page.as_u64())
            .and_then(|page| u32::try_from(page).ok());
        let snippet = highlight::snippet(
            text(&passage, self.fields.text),
            phrases,
            looseness,
            SNIPPET_CHARS_MAX,
        );
        Ok(page.zip(snippet))
    }
}

fn text(entry: &TantivyDocument, field: Field) -> &str {
    entry
        .get_first(field)
        .and_then(|value| value.as_str())
        .unwrap_or_default()
}

fn time(card: &TantivyDocument, field: Field) -> DateTime<Utc> {
    let seconds = card
        .get_first(field)
        .and_then(|value| value.as_i64())
        .unwrap_or_default();
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

fn facet_request() -> Result<Aggregations, SearchError> {
    let request = serde_json::json!({
        "kinds": { "terms": { "field": "kind", "size": FACET_VALUES_MAX } },
        "tags": { "terms": { "field": "tag_label", "size": FACET_VALUES_MAX } },
    });
    serde_json::from_value(request)
        .map_err(|error| tantivy::TantivyError::InternalError(error.to_string()).into())
}

fn facet_counts(mut results: AggregationResults) -> Facets {
    let mut counts = |name: &str| match results.0.remove(name) {
        Some(AggregationResult::BucketResult(BucketResult::Terms { buckets, .. })) => buckets
            .into_iter()
            .filter_map(|bucket| match bucket.key {
                Key::Str(value) => Some(FacetCount {
                    value,
                    documents: bucket.doc_count,
                }),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    Facets {
        kinds: counts("kinds"),
        tags: counts("tags"),
    }
}
