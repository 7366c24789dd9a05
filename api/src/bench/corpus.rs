//! What stands in the documents: words of a made-up language, the frequent ones far more often than the rare ones, as in
//! any other.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use docstore_activities::search::PageText;

/// Words of the language.
const WORDS: usize = 50_000;
/// Of these the most frequent, which nobody searches for by themselves.
const FILL_WORDS: usize = 100;
/// Pages of a document.
const PAGES: u32 = 2;
/// Words on a page.
const WORDS_ON_PAGE: usize = 200;
/// What words are made of.
const SYLLABLES: [&str; 16] = [
    "ba", "do", "fe", "gi", "ka", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we", "xi", "zo",
];
/// The tags that documents have.
pub const TAGS: [&str; 8] = [
    "invoice", "contract", "tax", "letter", "report", "draft", "travel", "private",
];
/// The kinds of documents that there are.
pub const KINDS: [&str; 4] = ["pdf", "docx", "text", "xlsx"];

/// A source of documents and searches; the same seed gives the same ones.
pub struct Corpus(StdRng);

impl Corpus {
    /// The corpus of this seed.
    pub fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// The text of a document.
    pub fn pages(&mut self) -> Vec<PageText> {
        (1..=PAGES)
            .map(|number| PageText {
                number,
                text: self.words(WORDS_ON_PAGE, 0),
            })
            .collect()
    }

    /// So many words that people search for or give as a title.
    pub fn title(&mut self, words: usize) -> String {
        self.words(words, FILL_WORDS)
    }

    /// A search, of the forms that there are in turn.
    pub fn search(&mut self, number: usize) -> String {
        match number % 6 {
            0 => self.title(1),
            1 => self.title(2),
            2 => format!("\"{}\"", self.title(2)),
            3 => format!("{} tag:{}", self.title(1), TAGS[number % TAGS.len()]),
            4 => format!("{}*", &self.title(1)[..4]),
            // Mistyped.
            _ => format!("{}q", self.title(1)),
        }
    }

    fn words(&mut self, count: usize, from: usize) -> String {
        let words: Vec<_> = (0..count).map(|_| self.word(from)).collect();
        words.join(" ")
    }

    /// The frequency of a word is about one over its rank.
    fn word(&mut self, from: usize) -> String {
        let span = ((WORDS - from) as f64).ln();
        let rank = from + (self.0.random_range(0.0..span)).exp() as usize;
        spell(rank)
    }
}

/// The word of this rank. Each has at least three syllables and its own spelling.
fn spell(rank: usize) -> String {
    let mut word = String::new();
    let mut rest = rank + SYLLABLES.len().pow(2);
    while rest > 0 {
        word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
        rest /= SYLLABLES.len();
    }
    word
}
