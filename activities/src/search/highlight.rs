//! The stretch of a text that shows best why it was found, as HTML with the words in `<mark>`.
//!
//! The index's own snippets know only whole terms; here beginnings of words, mistyped words and phrases are marked too.

use std::collections::HashSet;
use std::ops::Range;

use super::limits::{COMPLETION_CHARS_MIN, TYPO_CHARS_MIN};
use super::query::{Looseness, Phrase};
use super::words::analyzer;

/// The part of a snippet that may stand before its first marked word.
const LEAD_PART: usize = 6;

/// A word of the text: its normal form and its place in bytes.
struct Word {
    text: String,
    place: Range<usize>,
}

/// A place where a phrase stands: which one, and where, in bytes.
struct Mark {
    phrase: usize,
    place: Range<usize>,
}

/// The best stretch of at most `chars_max` characters; none if no phrase stands in the text.
pub(super) fn snippet(
    text: &str,
    phrases: &[&Phrase],
    looseness: Looseness,
    chars_max: usize,
) -> Option<String> {
    let marks = find_marks(text, phrases, looseness);
    let stretch = best_stretch(text, &marks, chars_max)?;
    let inside: Vec<Range<usize>> = marks
        .into_iter()
        .map(|mark| mark.place)
        .filter(|place| place.start >= stretch.start && place.end <= stretch.end)
        .collect();
    let mut html = String::new();
    if stretch.start > 0 {
        html.push('…');
    }
    html.push_str(&marked(text, &stretch, &inside));
    if stretch.end < text.len() {
        html.push('…');
    }
    Some(html)
}

/// The whole text, escaped and marked.
pub(super) fn whole(text: &str, phrases: &[&Phrase], looseness: Looseness) -> String {
    let places: Vec<Range<usize>> = find_marks(text, phrases, looseness)
        .into_iter()
        .map(|mark| mark.place)
        .collect();
    marked(text, &(0..text.len()), &places)
}

fn find_marks(text: &str, phrases: &[&Phrase], looseness: Looseness) -> Vec<Mark> {
    let mut words = Vec::new();
    analyzer().token_stream(text).process(&mut |token| {
        words.push(Word {
            text: token.text.clone(),
            place: token.offset_from..token.offset_to,
        })
    });
    let mut marks = Vec::new();
    for first in 0..words.len() {
        for (index, phrase) in phrases.iter().enumerate() {
            if let Some(found) = words
                .get(first..first + phrase.words.len())
                .filter(|found| stands(phrase, found, looseness))
            {
                let place = found[0].place.start..found[found.len() - 1].place.end;
                marks.push(Mark { phrase: index, place });
            }
        }
    }
    marks
}

fn stands(phrase: &Phrase, found: &[Word], looseness: Looseness) -> bool {
    if let (Looseness::Loose, Some(word), [only]) = (looseness, phrase.loose_word(), found) {
        return stands_loosely(word, &only.text);
    }
    let last = phrase.words.len() - 1;
    phrase
        .words
        .iter()
        .zip(found)
        .enumerate()
        .all(|(index, (word, found))| {
            if phrase.prefix && index == last {
                found.text.starts_with(word)
            } else {
                found.text == *word
            }
        })
}

fn stands_loosely(word: &str, found: &str) -> bool {
    let chars = word.chars().count();
    word == found
        || (chars >= COMPLETION_CHARS_MIN && found.starts_with(word))
        || (chars >= TYPO_CHARS_MIN
            && chars.abs_diff(found.chars().count()) <= 1
            && strsim::osa_distance(word, found) <= 1)
}

/// The window that starts a little before some mark and holds the most phrases, then the most marks, then the earliest.
fn best_stretch(text: &str, marks: &[Mark], chars_max: usize) -> Option<Range<usize>> {
    let mut best: Option<((usize, usize), Range<usize>)> = None;
    for (index, mark) in marks.iter().enumerate() {
        let window = window(text, mark.place.start, chars_max);
        let within = marks[index..]
            .iter()
            .take_while(|other| other.place.end <= window.end);
        let mut phrases = HashSet::new();
        let mut count = 0;
        for other in within {
            phrases.insert(other.phrase);
            count += 1;
        }
        let worth = (phrases.len(), count);
        if best.as_ref().is_none_or(|(most, _)| worth > *most) {
            best = Some((worth, window));
        }
    }
    best.map(|(_, window)| window)
}

/// A stretch of at most `chars_max` characters around a word, cut between words where there are spaces.
fn window(text: &str, word_start: usize, chars_max: usize) -> Range<usize> {
    let lead = text[..word_start]
        .char_indices()
        .rev()
        .take(chars_max / LEAD_PART)
        .last()
        .map_or(word_start, |(index, _)| index);
    let start = if lead == 0 {
        0
    } else {
        after_space(text, lead, word_start)
    };
    let end = text[start..]
        .char_indices()
        .nth(chars_max)
        .map_or(text.len(), |(index, _)| start + index);
    let cut = if end == text.len() {
        end
    } else {
        text[word_start..end]
            .rfind(char::is_whitespace)
            .map_or(end, |index| word_start + index)
    };
    start..cut
}

fn after_space(text: &str, from: usize, until: usize) -> usize {
    let lead = &text[from..until];
    lead.char_indices()
        .find(|(_, c)| c.is_whitespace())
        .map_or(from, |(index, c)| from + index + c.len_utf8())
}

/// Part of a text as HTML; overlapping and touching marks become one, white space one blank.
fn marked(text: &str, part: &Range<usize>, places: &[Range<usize>]) -> String {
    let mut html = String::new();
    let mut at = part.start;
    let mut places = places.iter().peekable();
    while let Some(place) = places.next() {
        let mut end = place.end;
        while let Some(next) = places.next_if(|next| next.start <= end) {
            end = end.max(next.end);
        }
        escape(&text[at..place.start], &mut html);
        html.push_str("<mark>");
        escape(&text[place.start..end], &mut html);
        html.push_str("</mark>");
        at = end;
    }
    escape(&text[at..part.end], &mut html);
    html
}

fn escape(text: &str, html: &mut String) {
    let mut after_space = false;
    for c in text.chars() {
        let space = c.is_whitespace();
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ if space && after_space => {}
            _ if space => html.push(' '),
            _ => html.push(c),
        }
        after_space = space;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::search::query::parse;
    use crate::search::words::normalise;

    #[track_caller]
    fn check(text: &str, query: &str, looseness: Looseness, chars_max: usize, expected: Option<&str>) {
        let node = parse(query).expect("the test's query is well formed");
        let phrases: Vec<&Phrase> = node.wanted().into_iter().map(|(_, phrase)| phrase).collect();
        assert_eq!(snippet(text, &phrases, looseness, chars_max).as_deref(), expected);
    }

    #[test]
    fn marks_words_phrases_prefixes_and_pairs() {
        check(
            "A Crème b",
            "creme",
            Looseness::Exact,
            100,
            Some("A <mark>Crème</mark> b"),
        );
        check(
            "one two one",
            "\"one two\"",
            Looseness::Exact,
            100,
            Some("<mark>one two</mark> one"),
        );
        check(
            "walnuts",
            "wal*",
            Looseness::Exact,
            100,
            Some("<mark>walnuts</mark>"),
        );
        check(
            "は請求書を",
            "請求書",
            Looseness::Exact,
            100,
            Some("は<mark>請求書</mark>を"),
        );
        check("nothing", "else", Looseness::Exact, 100, None);
    }

    #[test]
    fn marks_mistyped_words_only_when_loose() {
        check(
            "the theodolite",
            "theodolit",
            Looseness::Loose,
            100,
            Some("the <mark>theodolite</mark>"),
        );
        check("the theodolite", "theodolit", Looseness::Exact, 100, None);
    }

    #[test]
    fn text_is_escaped() {
        check(
            "<b>&\"x' word</b>",
            "word",
            Looseness::Exact,
            100,
            Some("&lt;b&gt;&amp;&quot;x&#39; <mark>word</mark>&lt;/b&gt;"),
        );
    }

    #[test]
    fn the_stretch_with_most_words_is_shown() {
        let text = format!("alpha {}alpha beta {}", "filler ".repeat(60), "more ".repeat(60));
        let shown = "…filler <mark>alpha</mark> <mark>beta</mark> more more more more more more more…";
        check(&text, "alpha beta", Looseness::Exact, 53, Some(shown));
    }

    proptest! {
        #[test]
        fn any_text_is_shown_safely(text in "(\\PC|[ <>&]|abc|請){0,80}", chars_max in 1usize..60) {
            let text = normalise(&text);
            let node = parse("abc OR 請 OR \"b c\" OR ab*").expect("well formed");
            let phrases: Vec<&Phrase> = node.wanted().into_iter().map(|(_, phrase)| phrase).collect();
            for html in snippet(&text, &phrases, Looseness::Loose, chars_max).into_iter().chain([whole(&text, &phrases, Looseness::Loose)]) {
                let bare = html.replace("<mark>", "").replace("</mark>", "");
                prop_assert!(!bare.contains(['<', '>', '"']));
                prop_assert_eq!(html.matches("<mark>").count(), html.matches("</mark>").count());
            }
        }
    }
}
