//! Plain text in any encoding.

use std::{fs, path::Path};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::Encoding;

use super::{super::sniff::looks_like_utf16, ExtractError, Report};

pub(super) fn read(file: &Path, report: &mut Report) -> Result<(), ExtractError> {
    let bytes = fs::read(file).map_err(ExtractError::reading)?;
    report.total(1);
    report.text(1, decode(&bytes, None));
    Ok(())
}

/// Decodes by the mark at the start, as UTF-8, as `declared`, or as what the bytes look like, in this order.
pub(super) fn decode(bytes: &[u8], declared: Option<&'static Encoding>) -> String {
    if let Some((encoding, mark_length)) = Encoding::for_bom(bytes) {
        return encoding
            .decode_without_bom_handling(&bytes[mark_length..])
            .0
            .into_owned();
    }
    if let Some(encoding) = looks_like_utf16(bytes) {
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        // ISO-2022-JP is ASCII with escapes.
        if !text.contains('\u{1b}') {
            return text.to_owned();
        }
    }
    let encoding = declared.unwrap_or_else(|| {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
        detector.feed(bytes, true);
        detector.guess(None, Utf8Detection::Allow)
    });
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_found_out() {
        let cases: [(&'static Encoding, &str); 5] = [
            (
                encoding_rs::WINDOWS_1252,
                "Le café à côté est fermé jusqu’à la fin de l’été, désolé.",
            ),
            (
                encoding_rs::WINDOWS_1251,
                "Протокол заседания комитета от третьего марта, часть первая.",
            ),
            (
                encoding_rs::SHIFT_JIS,
                "委員会は三月の火曜日に会議を開き、記録を移すことに同意しました。",
            ),
            (
                encoding_rs::BIG5,
                "委員會在三月的一個星期二開會並同意檔案館將在年底前搬遷。",
            ),
            (encoding_rs::UTF_8, "Grüße aus Łódź: 10 €"),
        ];
        for (encoding, text) in cases {
            assert_eq!(
                decode(&encoding.encode(text).0, None),
                text,
                "{}",
                encoding.name()
            );
        }
    }

    #[test]
    fn utf16_needs_no_mark() {
        let text = "Minutes of the meeting";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked: Vec<u8> = [0xFE, 0xFF].into_iter().chain(big.iter().copied()).collect();
        for bytes in [little, big, marked] {
            assert_eq!(decode(&bytes, None), text);
        }
    }
}
