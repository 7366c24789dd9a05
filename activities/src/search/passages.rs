//! The best passage of each document of a result, in one search over all of them.
//!
//! One search a document would expand prefixes and mistyped words anew for each.

use std::collections::HashMap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::StrColumn;
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};

use super::schema::PASSAGE_OF;

/// Keeps, for each document, its passage with the highest score.
pub(super) struct BestPassages;

/// The best passages by document id.
pub(super) type Best = HashMap<String, (Score, DocAddress)>;

pub(super) struct SegmentBest {
    segment: SegmentOrdinal,
    /// The document ids of the passages; none if the segment has no passage.
    documents: Option<StrColumn>,
    /// By the ordinal of the document's id in this segment.
    best: HashMap<u64, (Score, DocId)>,
}

impl Collector for BestPassages {
    type Fruit = Best;
    type Child = SegmentBest;

    fn for_segment(&self, segment: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<SegmentBest> {
        Ok(SegmentBest {
            segment,
            documents: reader.fast_fields().str(PASSAGE_OF)?,
            best: HashMap::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Best>>) -> tantivy::Result<Best> {
        let mut merged = Best::new();
        for segment in segments {
            for (document, found) in segment? {
                let best = merged.entry(document).or_insert(found);
                if found.0 > best.0 {
                    *best = found;
                }
            }
        }
        Ok(merged)
    }
}

impl SegmentCollector for SegmentBest {
    type Fruit = tantivy::Result<Best>;

    fn collect(&mut self, passage: DocId, score: Score) {
        let Some(document) = self
            .documents
            .as_ref()
            .and_then(|column| column.ords().first(passage))
        else {
            return;
        };
        let best = self.best.entry(document).or_insert((score, passage));
        // Passages come in the order of the pages: of equals the first is kept.
        if score > best.0 {
            *best = (score, passage);
        }
    }

    fn harvest(self) -> tantivy::Result<Best> {
        let mut named = Best::new();
        let Some(documents) = self.documents else {
            return Ok(named);
        };
        for (ordinal, (score, passage)) in self.best {
            let mut document = String::new();
            documents.ord_to_str(ordinal, &mut document)?;
            named.insert(document, (score, DocAddress::new(self.segment, passage)));
        }
        Ok(named)
    }
}
