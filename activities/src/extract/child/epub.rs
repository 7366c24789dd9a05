//! EPUB: the chapters in reading order, each a page.

use std::collections::BTreeMap;

use super::{ExtractError, Report, archive::Package, html, office::resolve, xml};

pub(super) fn read(package: &mut Package, report: &mut Report) -> Result<(), ExtractError> {
    let container = package.require("META-INF/container.xml")?;
    let roots = xml::attributes(&container, "rootfile", ["full-path"])?;
    let opf = roots
        .into_iter()
        .flatten()
        .flatten()
        .next()
        .ok_or_else(|| ExtractError::Corrupt("it names no content".into()))?;
    if package.names().iter().any(|name| name == "META-INF/rights.xml") {
        return Err(ExtractError::Encrypted);
    }
    let folder = opf.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let opf = package.require(&opf)?;
    let items = xml::attributes(&opf, "item", ["id", "href"])?;
    let items: BTreeMap<String, String> = items
        .into_iter()
        .filter_map(|[id, href]| Some((id?, href?)))
        .collect();
    let spine = xml::attributes(&opf, "itemref", ["idref"])?;
    let count = report.total(spine.len());
    for (number, [id]) in (1..=count).zip(spine) {
        let Some(href) = id.and_then(|id| items.get(&id)) else {
            continue;
        };
        let chapter = package.read(&resolve(&folder, &percent_decode(href)))?;
        let text = chapter.map_or(Ok(String::new()), |chapter| html::to_text(&chapter))?;
        if !report.text(number, text) {
            break;
        }
    }
    Ok(())
}

/// References are URLs, names in the container are not.
fn percent_decode(href: &str) -> String {
    let mut bytes = Vec::with_capacity(href.len());
    let mut rest = href.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = tail
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|digits| hex::decode(digits).ok());
        match escaped {
            Some(decoded) => {
                bytes.extend(decoded);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::percent_decode;

    #[test]
    fn references_are_decoded() {
        assert_eq!(percent_decode("chapter%201%C3%A9.xhtml"), "chapter 1é.xhtml");
        assert_eq!(percent_decode("100%"), "100%");
    }
}
