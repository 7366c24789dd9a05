//! How text becomes words: the same for every language, the same for documents and queries.
//!
//! Text is normalised (NFKC, soft hyphens and other invisible characters dropped) before it is indexed, so that the offsets
//! of a word in the stored text and in the index agree. A word is a run of letters and digits, in lower case, accents
//! folded away. Scripts written without spaces have no such runs: there each pair of neighbouring characters is a word,
//! and the last character of a run is one more, so that a single character can be found by prefix wherever it stands.

use tantivy::tokenizer::{
    AsciiFoldingFilter, LowerCaser, RemoveLongFilter, TextAnalyzer, Token, TokenStream, Tokenizer,
};
use unicode_normalization::UnicodeNormalization;

use super::limits::WORD_BYTES_MAX;

/// The name under which the index knows the analyzer.
pub(super) const ANALYZER: &str = "words";

/// The analyzer of documents.
pub(super) fn analyzer() -> TextAnalyzer {
    build(WordTokenizer {
        closing_single: true,
        token: Token::default(),
    })
}

/// The words of a piece of a query, in order.
///
/// A run of an unspaced script gives its pairs only: what follows its last character in a document is not known.
pub(super) fn query_words(text: &str) -> Vec<String> {
    let mut analyzer = build(WordTokenizer {
        closing_single: false,
        token: Token::default(),
    });
    let normal = normalise(text);
    let mut words = Vec::new();
    analyzer
        .token_stream(&normal)
        .process(&mut |token| words.push(token.text.clone()));
    words
}

/// Whether a word is a single character of a script without spaces, which is found as the beginning of a pair.
pub(super) fn is_single_unspaced(word: &str) -> bool {
    let mut chars = word.chars();
    matches!((chars.next(), chars.next()), (Some(only), None) if is_unspaced(only))
}

/// Text in the form in which it is indexed and stored.
pub(super) fn normalise(text: &str) -> String {
    text.nfkc().filter(|c| !is_invisible(*c)).collect()
}

/// A tag or kind as it is compared: normalised, trimmed, in lower case, accents folded.
pub(super) fn fold(text: &str) -> String {
    let normal = normalise(text);
    let mut folded = TextAnalyzer::builder(tantivy::tokenizer::RawTokenizer::default())
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build();
    let mut stream = folded.token_stream(normal.trim());
    if stream.advance() {
        stream.token().text.clone()
    } else {
        String::new()
    }
}

fn build(tokenizer: WordTokenizer) -> TextAnalyzer {
    TextAnalyzer::builder(tokenizer)
        .filter(RemoveLongFilter::limit(WORD_BYTES_MAX))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
        || (c.is_control() && !c.is_whitespace())
}

/// Characters of scripts written without spaces between words, and Hangul, whose particles are written onto the word.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}'       // Thai, Lao
        | '\u{1000}'..='\u{109f}'     // Myanmar
        | '\u{1780}'..='\u{17ff}'     // Khmer
        | '\u{3005}'..='\u{3007}'     // ideographic iteration mark, closing mark, zero
        | '\u{3040}'..='\u{30ff}'     // kana
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' // Han
        | '\u{ac00}'..='\u{d7a3}') // Hangul
}

#[derive(Clone)]
struct WordTokenizer {
    /// Whether the last character of an unspaced run is a word of its own.
    closing_single: bool,
    token: Token,
}

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        self.token.reset();
        WordStream {
            text,
            at: 0,
            run_continues: false,
            closing_single: self.closing_single,
            token: &mut self.token,
        }
    }
}

struct WordStream<'a> {
    text: &'a str,
    /// Where the next word is looked for, in bytes.
    at: usize,
    /// Whether the character at `at` has been the second of a pair.
    run_continues: bool,
    closing_single: bool,
    token: &'a mut Token,
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        loop {
            let rest = &self.text[self.at..];
            let Some(first) = rest.chars().next() else {
                return false;
            };
            let after_first = self.at + first.len_utf8();
            if is_unspaced(first) {
                let from = self.at;
                let second = self.text[after_first..]
                    .chars()
                    .next()
                    .filter(|c| is_unspaced(*c));
                let closes_run = second.is_none() && self.run_continues;
                self.at = after_first;
                self.run_continues = second.is_some();
                if closes_run && !self.closing_single {
                    continue;
                }
                return self.emit(from, after_first + second.map_or(0, char::len_utf8));
            }
            self.run_continues = false;
            if first.is_alphanumeric() {
                let length = rest
                    .find(|c: char| !c.is_alphanumeric() || is_unspaced(c))
                    .unwrap_or(rest.len());
                let from = self.at;
                self.at += length;
                return self.emit(from, from + length);
            }
            self.at = after_first;
        }
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

impl WordStream<'_> {
    fn emit(&mut self, from: usize, to: usize) -> bool {
        self.token.position = self.token.position.wrapping_add(1);
        self.token.offset_from = from;
        self.token.offset_to = to;
        self.token.text.clear();
        self.token.text.push_str(&self.text[from..to]);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, in_document: &[&str], in_query: &[&str]) {
        let mut words = Vec::new();
        analyzer()
            .token_stream(&normalise(text))
            .process(&mut |token| words.push(token.text.clone()));
        assert_eq!(words, in_document, "document {text:?}");
        assert_eq!(query_words(text), in_query, "query {text:?}");
    }

    #[test]
    fn accents_case_and_composition_do_not_matter() {
        check("Crème BRÛLÉE", &["creme", "brulee"], &["creme", "brulee"]);
        check("e\u{301}che\u{301}ance", &["echeance"], &["echeance"]);
        check(
            "o\u{fb03}ce \u{ff12}\u{ff10}",
            &["office", "20"],
            &["office", "20"],
        );
        check("co\u{ad}operate", &["cooperate"], &["cooperate"]);
    }

    #[test]
    fn punctuation_separates() {
        check(
            "HX-2207, 2024-03-18",
            &["hx", "2207", "2024", "03", "18"],
            &["hx", "2207", "2024", "03", "18"],
        );
        check("--- … !", &[], &[]);
    }

    #[test]
    fn unspaced_scripts_give_pairs() {
        check(
            "請求書は",
            &["請求", "求書", "書は", "は"],
            &["請求", "求書", "書は"],
        );
        check("茶 tea茶", &["茶", "tea", "茶"], &["茶", "tea", "茶"]);
        assert!(is_single_unspaced("茶"));
        assert!(!is_single_unspaced("請求") && !is_single_unspaced("a"));
    }

    #[test]
    fn long_words_are_left_out() {
        check(&"x".repeat(WORD_BYTES_MAX + 1), &[], &[]);
    }

    #[test]
    fn tags_fold() {
        assert_eq!(fold("  Été 2024 "), "ete 2024");
        assert_eq!(fold(""), "");
    }
}
