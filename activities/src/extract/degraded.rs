//! Says which pages have no text.

use super::{DocumentKind, Page, PageSource};

/// So many pages are named; more are counted.
const NAMED: usize = 10;

/// What is missing from a document, `None` when nothing is.
///
/// Of pages that are pictures each is expected to have text. The slides of a show, the sheets of a workbook and the
/// chapters of a book are not: there only a document without any text is worth a word.
pub(super) fn reason(kind: DocumentKind, pages: &[Page]) -> Option<String> {
    let all_expected = kind.is_drawable();
    if !all_expected {
        return pages
            .iter()
            .all(|page| page.text.is_empty())
            .then(|| "the document has no text".into());
    }
    let of = |source: PageSource| {
        pages
            .iter()
            .filter(|page| page.source == source)
            .map(|page| page.number)
            .collect::<Vec<_>>()
    };
    let (blank, unread) = (of(PageSource::Blank), of(PageSource::Nothing));
    let parts = [("no text was found on", unread), ("there is nothing on", blank)];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, numbers)| !numbers.is_empty())
        .map(|(what, numbers)| format!("{what} {}", name(numbers)))
        .collect();
    (!parts.is_empty()).then(|| format!("{} (of {})", parts.join(", "), pages.len()))
}

fn name(numbers: &[u32]) -> String {
    let mut named: Vec<String> = numbers.iter().take(NAMED).map(u32::to_string).collect();
    if numbers.len() > NAMED {
        named.push(format!("{} more", numbers.len() - NAMED));
    }
    format!(
        "page{} {}",
        if numbers.len() == 1 { "" } else { "s" },
        named.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(sources: &[PageSource]) -> Vec<Page> {
        let text = |source| {
            if matches!(source, PageSource::Blank | PageSource::Nothing) {
                ""
            } else {
                "words"
            }
        };
        let page = |(number, &source): (u32, &PageSource)| Page {
            number,
            text: text(source).into(),
            source,
            confidence: None,
        };
        (1..).zip(sources).map(page).collect()
    }

    #[test]
    fn pages_without_text_are_named() {
        use PageSource::{Blank, Nothing, Ocr, TextLayer};
        assert_eq!(reason(DocumentKind::Pdf, &pages(&[TextLayer, Ocr])), None);
        let mixed = pages(&[Nothing, Ocr, Blank, Nothing]);
        assert_eq!(
            reason(DocumentKind::Pdf, &mixed).as_deref(),
            Some("no text was found on pages 1, 4, there is nothing on page 3 (of 4)")
        );
        let many = pages(&[Nothing; 12]);
        assert!(reason(DocumentKind::Pdf, &many).is_some_and(|reason| reason.contains("9, 10, 2 more")));
    }

    #[test]
    fn a_slide_needs_no_text() {
        use PageSource::{Nothing, TextLayer};
        assert_eq!(reason(DocumentKind::Pptx, &pages(&[TextLayer, Nothing])), None);
        assert!(reason(DocumentKind::Pptx, &pages(&[Nothing])).is_some());
    }
}
