//! A query as a tree.

use super::dates::DateSpan;

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) enum Node {
    /// All of them; never empty.
    And(Vec<Node>),
    /// Any of them; never empty.
    Or(Vec<Node>),
    /// Everything else.
    Not(Box<Node>),
    /// Words to look for.
    Words {
        /// Where.
        place: Place,
        /// What.
        phrase: Phrase,
    },
    /// A tag, folded, or its beginning.
    Tag {
        /// The tag.
        value: String,
        /// Whether the tag may go on.
        prefix: bool,
    },
    /// A document type.
    Kind(String),
    /// A time of upload.
    Created(DateSpan),
    /// A time of the last change.
    Modified(DateSpan),
}

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::search) enum Place {
    /// Everywhere that the scope allows.
    Anywhere,
    /// In the title and file name.
    Title,
}

/// Words side by side; mostly a single one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) struct Phrase {
    /// The words as the index knows them; never empty.
    pub(in crate::search) words: Vec<String>,
    /// Whether the last word may go on.
    pub(in crate::search) prefix: bool,
    /// Whether it was put in quotes, and so is meant to the letter.
    pub(in crate::search) quoted: bool,
}

impl Phrase {
    /// The word, if it is one that may be mistyped or unfinished.
    pub(in crate::search) fn loose_word(&self) -> Option<&str> {
        match self.words.as_slice() {
            [word] if !self.quoted && !self.prefix => Some(word),
            _ => None,
        }
    }
}

impl Node {
    /// The phrases that are looked for, and where; not those that a document must not contain.
    pub(in crate::search) fn wanted(&self) -> Vec<(Place, &Phrase)> {
        let mut phrases = Vec::new();
        self.collect_wanted(&mut phrases);
        phrases
    }

    fn collect_wanted<'a>(&'a self, phrases: &mut Vec<(Place, &'a Phrase)>) {
        match self {
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().for_each(|node| node.collect_wanted(phrases)),
            Self::Words { place, phrase } => phrases.push((*place, phrase)),
            Self::Not(_) | Self::Tag { .. } | Self::Kind(_) | Self::Created(_) | Self::Modified(_) => {}
        }
    }
}
