//! Word processing and presentations: OOXML (docx, pptx) and OpenDocument (odt, odp).

use std::collections::BTreeMap;

use super::{
    ExtractError, Report,
    archive::Package,
    xml::{self, PAGE_END, Rules},
};

/// WordprocessingML and DrawingML: text in `t`, paragraphs in `p`. A fallback repeats what a newer element says.
const OOXML: Rules = Rules {
    text: &["t"],
    skip: &["Fallback", "pPr", "rPr", "sectPr"],
    line: &["p"],
    page: &[],
    characters: &[("tab", '\t'), ("br", '\n'), ("cr", '\n'), ("noBreakHyphen", '-')],
};

/// OpenDocument: text in paragraphs and headings; what change tracking deleted stands aside.
const OPENDOCUMENT: Rules = Rules {
    text: &["p", "h"],
    skip: &["tracked-changes", "scripts", "font-face-decls"],
    line: &["p", "h"],
    page: &["page"],
    characters: &[("tab", '\t'), ("s", ' '), ("line-break", '\n')],
};

/// The body, then headers, footers, notes and comments.
pub(super) fn read_docx(package: &mut Package, report: &mut Report) -> Result<(), ExtractError> {
    let mut parts = vec![xml::text(&package.require("word/document.xml")?, &OOXML)?];
    let mut names: Vec<String> = package
        .names()
        .into_iter()
        .filter(|name| is_beside_the_body(name))
        .collect();
    names.sort_unstable();
    for name in names {
        let part = xml::text(&package.require(&name)?, &OOXML)?;
        // The header of every section is a part of its own, mostly with the same text.
        if !part.trim().is_empty() && !parts.contains(&part) {
            parts.push(part);
        }
    }
    report.total(1);
    report.text(1, parts.join("\n"));
    Ok(())
}

fn is_beside_the_body(name: &str) -> bool {
    let Some(part) = name
        .strip_prefix("word/")
        .and_then(|name| name.strip_suffix(".xml"))
    else {
        return false;
    };
    ["header", "footer", "footnotes", "endnotes", "comments"]
        .iter()
        .any(|kind| {
            part.strip_prefix(kind)
                .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
        })
}

/// A page for each slide in the order of the show, with its notes.
pub(super) fn read_pptx(package: &mut Package, report: &mut Report) -> Result<(), ExtractError> {
    let presentation = package.require("ppt/presentation.xml")?;
    let targets = relations(package, "ppt/_rels/presentation.xml.rels")?;
    let slides = xml::attributes(&presentation, "sldId", ["r:id"])?;
    let count = report.total(slides.len());
    for (number, [id]) in (1..=count).zip(slides) {
        let Some(slide) = id.and_then(|id| targets.get(&id)) else {
            continue;
        };
        let slide = resolve("ppt", slide);
        let mut text = xml::text(&package.require(&slide)?, &OOXML)?;
        let relations = relations(
            package,
            &slide
                .replacen("ppt/slides/", "ppt/slides/_rels/", 1)
                .replace(".xml", ".xml.rels"),
        )?;
        for notes in relations
            .values()
            .filter(|target| target.contains("notesSlides/"))
        {
            text.push('\n');
            text.push_str(&xml::text(
                &package.require(&resolve("ppt/slides", notes))?,
                &OOXML,
            )?);
        }
        if !report.text(number, text) {
            break;
        }
    }
    Ok(())
}

/// The body as one page, or a page for each slide; headers and footers with the first.
pub(super) fn read_opendocument(package: &mut Package, report: &mut Report) -> Result<(), ExtractError> {
    if package
        .read("META-INF/manifest.xml")?
        .is_some_and(|manifest| manifest.contains("encryption-data"))
    {
        return Err(ExtractError::Encrypted);
    }
    let content = xml::text(&package.require("content.xml")?, &OPENDOCUMENT)?;
    // Headers and footers stand in the page styles.
    let styles = package
        .read("styles.xml")?
        .map_or(Ok(String::new()), |styles| xml::text(&styles, &OPENDOCUMENT))?;
    let mut pages: Vec<String> = content
        .trim_end_matches(PAGE_END)
        .split(PAGE_END)
        .map(str::to_owned)
        .collect();
    if let Some(first) = pages.first_mut() {
        first.push('\n');
        first.push_str(&styles.replace(PAGE_END, "\n"));
    }
    let count = report.total(pages.len());
    for (number, page) in (1..=count).zip(pages) {
        if !report.text(number, page) {
            break;
        }
    }
    Ok(())
}

/// Targets by id; empty when there is no such part.
fn relations(package: &mut Package, part: &str) -> Result<BTreeMap<String, String>, ExtractError> {
    let Some(relations) = package.read(part)? else {
        return Ok(BTreeMap::new());
    };
    let pairs = xml::attributes(&relations, "Relationship", ["Id", "Target"])?;
    Ok(pairs
        .into_iter()
        .filter_map(|[id, target]| Some((id?, target?)))
        .collect())
}

/// A name in the container, from a path relative to a folder in it.
pub(super) fn resolve(folder: &str, relative: &str) -> String {
    let (folder, relative) = relative
        .strip_prefix('/')
        .map_or((folder, relative), |absolute| ("", absolute));
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_resolved_inside_the_container() {
        assert_eq!(
            resolve("ppt/slides", "../notesSlides/notesSlide1.xml"),
            "ppt/notesSlides/notesSlide1.xml"
        );
        assert_eq!(resolve("ppt", "/ppt/slides/slide2.xml"), "ppt/slides/slide2.xml");
        assert_eq!(resolve("a", "../../../etc/passwd"), "etc/passwd");
    }

    #[test]
    fn parts_beside_the_body_are_known() {
        assert!(
            [
                "word/header1.xml",
                "word/footer12.xml",
                "word/footnotes.xml",
                "word/comments.xml"
            ]
            .into_iter()
            .all(is_beside_the_body)
        );
        assert!(
            ![
                "word/document.xml",
                "word/styles.xml",
                "word/commentsExtended.xml",
                "xl/header1.xml"
            ]
            .into_iter()
            .any(is_beside_the_body)
        );
    }
}
