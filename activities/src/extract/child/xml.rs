//! Text out of XML. Entities other than the five of XML itself are never expanded, and nothing external is opened.

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
};

use super::ExtractError;

/// No document nests deeper; text boxes in table cells in text boxes come to about 60.
const MAX_DEPTH: u64 = 512;

/// Stands between pages. XML itself cannot contain it.
pub(super) const PAGE_END: char = '\u{c}';

/// Which elements of a format mean what, by their names without prefix.
pub(super) struct Rules {
    /// Only what stands inside of these is text.
    pub text: &'static [&'static str],
    /// What stands inside of these is left out.
    pub skip: &'static [&'static str],
    /// The end of these ends a line.
    pub line: &'static [&'static str],
    /// The end of these ends a page, which [`PAGE_END`] marks.
    pub page: &'static [&'static str],
    /// These stand for a character.
    pub characters: &'static [(&'static str, char)],
}

/// The text of a document by `rules`.
pub(super) fn text(xml: &str, rules: &Rules) -> Result<String, ExtractError> {
    let mut out = String::new();
    let (mut depth, mut inside, mut skipped) = (0u64, 0u32, 0u32);
    each_event(xml, |event| {
        match event {
            Event::Start(element) => {
                let name = local_name(&element);
                depth += 1;
                inside += u32::from(rules.text.contains(&name));
                skipped += u32::from(skipped > 0 || rules.skip.contains(&name));
                if depth > MAX_DEPTH {
                    return Err(ExtractError::too_large("nested elements", MAX_DEPTH));
                }
                push_character(&mut out, name, rules, skipped);
            }
            Event::Empty(element) => push_character(&mut out, local_name(&element), rules, skipped),
            Event::End(element) => {
                let name = element.local_name();
                let name = name.as_ref();
                depth = depth.saturating_sub(1);
                inside = inside.saturating_sub(u32::from(rules.text.contains(&name)));
                if skipped == 0 && rules.line.contains(&name) {
                    out.push('\n');
                }
                if skipped == 0 && rules.page.contains(&name) {
                    out.push(PAGE_END);
                }
                skipped = skipped.saturating_sub(1);
            }
            Event::Text(text) if inside > 0 && skipped == 0 => out.push_str(&text.xml10_content()),
            Event::CData(text) if inside > 0 && skipped == 0 => out.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) if inside > 0 && skipped == 0 => out.extend(resolve(&reference)),
            _ => {}
        }
        Ok(())
    })?;
    Ok(out)
}

/// One attribute of every element of a name, in the order of the document. Both names are without prefix but for the
/// attribute's when it has one.
pub(super) fn attributes<const N: usize>(
    xml: &str,
    element: &str,
    names: [&str; N],
) -> Result<Vec<[Option<String>; N]>, ExtractError> {
    let mut found = Vec::new();
    each_event(xml, |event| {
        if let Event::Start(start) | Event::Empty(start) = event
            && local_name(&start) == element
        {
            found.push(names.map(|name| {
                let attribute = start.try_get_attribute(name).ok().flatten()?;
                Some(
                    attribute
                        .normalized_value(XmlVersion::Implicit1_0)
                        .ok()?
                        .into_owned(),
                )
            }));
        }
        Ok(())
    })?;
    Ok(found)
}

fn each_event(
    xml: &str,
    mut on_event: impl FnMut(Event<'_>) -> Result<(), ExtractError>,
) -> Result<(), ExtractError> {
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().map_err(ExtractError::corrupt)? {
            Event::Eof => return Ok(()),
            // Office formats have none; here it is only of use for an attack.
            Event::DocType(_) => return Err(ExtractError::Corrupt("it declares its own entities".into())),
            event => on_event(event)?,
        }
    }
}

fn local_name<'a>(element: &'a BytesStart<'_>) -> &'a str {
    let name = element.name().into_inner();
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn push_character(out: &mut String, name: &str, rules: &Rules, skipped: u32) {
    if skipped == 0 {
        out.extend(
            rules
                .characters
                .iter()
                .filter(|(element, _)| *element == name)
                .map(|(_, character)| character),
        );
    }
}

fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    const RULES: Rules = Rules {
        text: &["t"],
        skip: &["skip"],
        line: &["p"],
        page: &[],
        characters: &[("tab", '\t')],
    };

    #[test]
    fn rules_choose_the_text() {
        let xml = "<r> <p><w:t>R&amp;D &#233;</w:t><tab/><skip><t>no</t><x/></skip><t><![CDATA[a<b]]></t></p>\n<p><t>2</t></p></r>";
        assert_eq!(text(xml, &RULES).unwrap(), "R&D é\ta<b\n2\n");
    }

    #[test]
    fn attacks_are_refused() {
        let laughs = "<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><r><t>&b;</t></r>";
        assert_eq!(text(laughs, &RULES).unwrap_err().code(), "corrupt");
        let deep = "<p>".repeat(100_000);
        assert_eq!(text(&deep, &RULES).unwrap_err().code(), "too_large");
    }

    #[test]
    fn attributes_are_unescaped() {
        let xml = "<r><item id='a' r:id='b&amp;c'/><x:item id='d'></x:item></r>";
        let found = attributes(xml, "item", ["id", "r:id"]).unwrap();
        assert_eq!(
            found,
            [[Some("a".into()), Some("b&c".into())], [Some("d".into()), None]]
        );
    }
}
