//! From the tree to the index's own queries. The owner is part of every one of them.

use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, FuzzyTermQuery, Occur, PhrasePrefixQuery,
    PhraseQuery, Query as IndexQuery, RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::dates::DateSpan;
use super::syntax::{Node, Phrase, Place};
use super::{Query, Scope};
use crate::search::limits::{COMPLETION_CHARS_MIN, PHRASE_PREFIX_EXPANSIONS_MAX, TYPO_CHARS_MIN};
use crate::search::schema::Fields;
use crate::search::words::fold;

const TITLE_BOOST: f32 = 4.0;
const TAG_BOOST: f32 = 3.0;
const FILE_NAME_BOOST: f32 = 2.0;
/// What a mistyped or completed word is worth beside the word itself.
const LOOSE_BOOST: f32 = 0.5;

/// Whether words match to the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::search) enum Looseness {
    /// To the letter.
    Exact,
    /// With a typing error forgiven, and completed in names.
    Loose,
}

/// The cards that answer a query.
pub(in crate::search) fn cards(
    fields: &Fields,
    query: &Query,
    node: Option<&Node>,
    looseness: Looseness,
) -> Box<dyn IndexQuery> {
    let mut clauses = vec![(
        Occur::Must,
        unscored(exact_term(fields.owner, &query.owner.to_string())),
    )];
    let filters = &query.filters;
    if !filters.kinds.is_empty() {
        let kinds = filters
            .kinds
            .iter()
            .map(|kind| exact_term(fields.kind, &fold(kind)))
            .collect();
        clauses.push((Occur::Must, unscored(Box::new(BooleanQuery::union(kinds)))));
    }
    for tag in &filters.tags {
        clauses.push((Occur::Must, unscored(exact_term(fields.tag, &fold(tag)))));
    }
    if filters.created_from.is_some() || filters.created_until.is_some() {
        let seconds = |time: chrono::DateTime<chrono::Utc>| time.timestamp();
        let span = DateSpan {
            from: filters.created_from.map(seconds),
            until: filters.created_until.map(seconds),
        };
        clauses.push((Occur::Must, unscored(within(fields.created, span))));
    }
    if let Some(node) = node {
        let compiler = Compiler {
            fields,
            scope: query.scope,
            looseness,
        };
        clauses.push(compiler.clause(node));
    }
    Box::new(BooleanQuery::new(clauses))
}

/// The passages of some documents with any of the words looked for; none if the words are not looked for in texts.
pub(in crate::search) fn passages(
    fields: &Fields,
    documents: &[&str],
    node: &Node,
    looseness: Looseness,
) -> Option<Box<dyn IndexQuery>> {
    let words: Vec<Box<dyn IndexQuery>> = node
        .wanted()
        .into_iter()
        .filter(|(place, _)| *place == Place::Anywhere)
        .map(|(_, phrase)| text_query(fields.text, phrase, looseness, false))
        .collect();
    if words.is_empty() || documents.is_empty() {
        return None;
    }
    let ids = documents
        .iter()
        .map(|document| Term::from_field_text(fields.passage_of, document));
    let of_documents = unscored(Box::new(TermSetQuery::new(ids)));
    let any_word = Box::new(BooleanQuery::union(words));
    Some(Box::new(BooleanQuery::new(vec![
        (Occur::Must, of_documents),
        (Occur::Must, any_word),
    ])))
}

struct Compiler<'a> {
    fields: &'a Fields,
    scope: Scope,
    looseness: Looseness,
}

impl Compiler<'_> {
    fn clause(&self, node: &Node) -> (Occur, Box<dyn IndexQuery>) {
        match node {
            // What must not be there is meant to the letter, however loosely the rest is read.
            Node::Not(inner) => (
                Occur::MustNot,
                Compiler {
                    looseness: Looseness::Exact,
                    ..*self
                }
                .query(inner),
            ),
            other => (Occur::Must, self.query(other)),
        }
    }

    fn query(&self, node: &Node) -> Box<dyn IndexQuery> {
        match node {
            Node::And(nodes) => self.all_of(nodes),
            Node::Or(nodes) => Box::new(BooleanQuery::union(
                nodes.iter().map(|node| self.query(node)).collect(),
            )),
            Node::Not(_) => self.all_of(std::slice::from_ref(node)),
            Node::Words { place, phrase } => self.words(*place, phrase),
            Node::Tag { value, prefix: false } => exact_term(self.fields.tag, value),
            Node::Tag { value, prefix: true } => beginning(self.fields.tag, value),
            Node::Kind(kind) => exact_term(self.fields.kind, kind),
            Node::Created(span) => within(self.fields.created, *span),
            Node::Modified(span) => within(self.fields.modified, *span),
        }
    }

    /// A conjunction matches nothing if all its clauses are negative, so it starts from everything.
    fn all_of(&self, nodes: &[Node]) -> Box<dyn IndexQuery> {
        let everything = (Occur::Must, unscored(Box::new(AllQuery)));
        Box::new(BooleanQuery::new(
            std::iter::once(everything)
                .chain(nodes.iter().map(|node| self.clause(node)))
                .collect(),
        ))
    }

    fn words(&self, place: Place, phrase: &Phrase) -> Box<dyn IndexQuery> {
        let fields = self.fields;
        let mut places = vec![
            (fields.title, TITLE_BOOST, true),
            (fields.file_name, FILE_NAME_BOOST, true),
        ];
        if place == Place::Anywhere {
            places.push((fields.tag_words, TAG_BOOST, true));
            if self.scope == Scope::FullText {
                places.push((fields.body, 1.0, false));
            }
        }
        let queries = places
            .into_iter()
            .map(|(field, boost, is_name)| boosted(text_query(field, phrase, self.looseness, is_name), boost))
            .collect();
        Box::new(BooleanQuery::union(queries))
    }
}

fn text_query(field: Field, phrase: &Phrase, looseness: Looseness, is_name: bool) -> Box<dyn IndexQuery> {
    let terms: Vec<Term> = phrase
        .words
        .iter()
        .map(|word| Term::from_field_text(field, word))
        .collect();
    match (terms.as_slice(), phrase.prefix) {
        ([_], true) => beginning(field, &phrase.words[0]),
        ([term], false) => {
            let exact = Box::new(TermQuery::new(term.clone(), IndexRecordOption::WithFreqs));
            match phrase.loose_word().filter(|_| looseness == Looseness::Loose) {
                Some(word) => loosened(exact, field, word, is_name),
                None => exact,
            }
        }
        (_, true) => {
            let mut query = PhrasePrefixQuery::new(terms);
            query.set_max_expansions(PHRASE_PREFIX_EXPANSIONS_MAX);
            Box::new(query)
        }
        (_, false) => Box::new(PhraseQuery::new(terms)),
    }
}

fn loosened(exact: Box<dyn IndexQuery>, field: Field, word: &str, is_name: bool) -> Box<dyn IndexQuery> {
    let mut ways = vec![exact];
    let chars = word.chars().count();
    if chars >= TYPO_CHARS_MIN {
        let mistyped = FuzzyTermQuery::new(Term::from_field_text(field, word), 1, true);
        ways.push(boosted(Box::new(mistyped), LOOSE_BOOST));
    }
    if is_name && chars >= COMPLETION_CHARS_MIN {
        ways.push(boosted(beginning(field, word), LOOSE_BOOST));
    }
    Box::new(BooleanQuery::union(ways))
}

fn exact_term(field: Field, value: &str) -> Box<dyn IndexQuery> {
    Box::new(TermQuery::new(
        Term::from_field_text(field, value),
        IndexRecordOption::Basic,
    ))
}

fn beginning(field: Field, start: &str) -> Box<dyn IndexQuery> {
    Box::new(FuzzyTermQuery::new_prefix(
        Term::from_field_text(field, start),
        0,
        true,
    ))
}

fn within(field: Field, span: DateSpan) -> Box<dyn IndexQuery> {
    let bound = |second: i64| Term::from_field_i64(field, second);
    let from = span
        .from
        .map_or(Bound::Unbounded, |from| Bound::Included(bound(from)));
    let until = span
        .until
        .map_or(Bound::Unbounded, |until| Bound::Excluded(bound(until)));
    Box::new(RangeQuery::new(from, until))
}

fn unscored(query: Box<dyn IndexQuery>) -> Box<dyn IndexQuery> {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

fn boosted(query: Box<dyn IndexQuery>, boost: f32) -> Box<dyn IndexQuery> {
    Box::new(BoostQuery::new(query, boost))
}
