//! How much a page's text looks like text.
//!
//! PDF engines that misjudge spacing give `Exa mp le do cumen t`, which no search finds, or run words together; fonts
//! without a map to Unicode give symbols. Either shows in the lengths of the words and in the characters used.

/// Text below this is worth another engine's attempt.
pub(super) const GOOD: f64 = 0.9;
/// Text below this is so bad that reading the picture of the page can only be better.
pub(super) const LEGIBLE: f64 = 0.6;

/// Fewer letters and digits than this on a page are no text, but a page number or a scanner's stamp.
const MIN_CHARACTERS: usize = 8;
/// Lengths of fewer words than this say nothing.
const MIN_WORDS: usize = 12;
/// The longest word that counts as a fragment. About a quarter of the words of a Western language are this short.
const FRAGMENT_LETTERS: usize = 2;
/// The share of fragments from which the text counts as split up.
const FRAGMENTS_USUAL: f64 = 0.45;
/// A line of so many words, most of them fragments, is split up, also where the rest of the page is not: engines split
/// what is set in one font, like headings.
const LINE_WORDS: usize = 4;
const LINE_FRAGMENTS: f64 = 0.6;
/// The score of a page of good text with a split line, less up to [`LINE_SPAN`] the more of them it has.
const LINE_SCORE: f64 = 0.85;
const LINE_SPAN: f64 = 0.2;
/// Words longer than this are words run together.
const LONG_LETTERS: usize = 30;

/// From 0 (no text) to 1 (nothing wrong with it).
pub(super) fn score(text: &str) -> f64 {
    let characters = text.chars().filter(|c| c.is_alphanumeric()).count();
    let visible = text.chars().filter(|c| !c.is_whitespace()).count();
    if characters == 0 {
        return 0.0;
    }
    if characters < MIN_CHARACTERS {
        return 0.2;
    }
    let unreadable = text.chars().filter(|&c| is_unreadable(c)).count();
    let readable = 1.0 - (4.0 * ratio(unreadable, visible)).min(1.0);
    (readable * spacing(text)).min(lines(text)).max(0.1)
}

/// 1 when no line is split up.
fn lines(text: &str) -> f64 {
    let is_split = |line: &&str| {
        let words = word_lengths(line);
        words.len() >= LINE_WORDS && fragments(&words) >= LINE_FRAGMENTS
    };
    match text.lines().filter(is_split).count() {
        0 => 1.0,
        split => LINE_SCORE - LINE_SPAN * ratio(split, text.lines().count()),
    }
}

/// 1 when the words have usual lengths, towards 0 when they are split up or run together.
fn spacing(text: &str) -> f64 {
    let lengths = word_lengths(text);
    if lengths.len() < MIN_WORDS {
        return 1.0;
    }
    let split = ((fragments(&lengths) - FRAGMENTS_USUAL) / (1.0 - FRAGMENTS_USUAL)).clamp(0.0, 1.0);
    let letters: usize = lengths.iter().sum();
    let long: usize = lengths.iter().filter(|&&letters| letters > LONG_LETTERS).sum();
    // Half of the range is used up at once, so that text just over the border is below `GOOD`.
    let split = if split > 0.0 { 0.45 + 0.55 * split } else { 0.0 };
    (1.0 - split) * (1.0 - ratio(long, letters))
}

/// The lengths of the words that are made of letters, and of all that are too long.
fn word_lengths(text: &str) -> Vec<usize> {
    let words = text.split_whitespace();
    words
        .filter(|word| word.chars().all(is_alphabetic_script) || word.len() > LONG_LETTERS)
        .map(|word| word.chars().count())
        .collect()
}

/// The share of words that are fragments.
fn fragments(lengths: &[usize]) -> f64 {
    ratio(
        lengths
            .iter()
            .filter(|&&letters| letters <= FRAGMENT_LETTERS)
            .count(),
        lengths.len(),
    )
}

/// Letters of a script that separates words by spaces.
fn is_alphabetic_script(c: char) -> bool {
    c.is_alphabetic()
        && !matches!(c as u32, 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x9FFF | 0xF900..=0xFAFF | 0x20000..)
}

/// Replacement characters, private use and controls: what comes out when a font says nothing about its glyphs.
fn is_unreadable(c: char) -> bool {
    matches!(c, '\u{FFFD}' | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..)
        || (c.is_control() && !matches!(c, '\n' | '\t' | '\r' | '\u{c}'))
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROSE: &str = "The committee met on a Tuesday in March and agreed that the archive is to be moved to the old mill by the end of the year.";

    #[test]
    fn prose_is_good_in_any_script() {
        let chinese = "委员会在三月的一个星期二开会并同意档案馆将在年底前搬到旧磨坊".repeat(3);
        for text in [
            PROSE,
            &chinese,
            "Der Ausschuß tagte an einem Dienstag im März und beschloß, das Archiv zu verlegen.",
        ] {
            assert!(score(text) >= 0.99, "{text}: {}", score(text));
        }
    }

    #[test]
    fn split_joined_and_unreadable_words_are_not() {
        let split: String = PROSE
            .split(' ')
            .flat_map(|w| w.as_bytes().chunks(2))
            .map(|c| String::from_utf8_lossy(c) + " ")
            .collect();
        let joined = PROSE
            .replace(' ', "")
            .repeat(12)
            .as_bytes()
            .chunks(80)
            .map(|c| String::from_utf8_lossy(c) + " ")
            .collect::<String>();
        let unreadable = "\u{F041}\u{F042}\u{F043} abc defgh \u{F044}".repeat(10);
        for text in [split, joined, unreadable, "12".into(), String::new()] {
            assert!(score(&text) < LEGIBLE, "{text}: {}", score(&text));
        }
    }

    #[test]
    fn a_split_heading_makes_good_text_doubtful() {
        let page = format!("Exa mp le do c umen t\n\n{PROSE}\n{PROSE}");
        assert!((LEGIBLE..GOOD).contains(&score(&page)), "{}", score(&page));
    }

    #[test]
    fn the_documents_own_words_beat_fragments() {
        assert!(score("Exa mp le do cumen t us ed as pr in ti ng an d ty pe se tt in g") < score(PROSE));
    }
}
