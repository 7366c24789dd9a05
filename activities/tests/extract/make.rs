//! Makes documents.

use std::io::{Cursor, Write};

use image::{DynamicImage, GrayImage};
use pdf_extract::{
    Dictionary, Document, EncryptionState, EncryptionVersion, Object, ObjectId, Permissions, Stream,
    dictionary,
};
use zip::{ZipWriter, write::SimpleFileOptions};

pub const PROSE: &str = "The committee agreed that the archive moves to the old mill before winter";

/// A PDF under construction: pages with a content stream and resources each.
pub struct Pdf {
    pub document: Document,
    pages: ObjectId,
    kids: Vec<Object>,
}

impl Pdf {
    pub fn new() -> Self {
        let mut document = Document::with_version("1.5");
        let pages = document.new_object_id();
        Self {
            document,
            pages,
            kids: Vec::new(),
        }
    }

    /// Adds a page of A4.
    pub fn page(mut self, content: &str, resources: Dictionary) -> Self {
        let content = self
            .document
            .add_object(Stream::new(dictionary! {}, content.into()));
        let page = dictionary! {
            "Type" => "Page", "Parent" => self.pages, "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
            "Contents" => content, "Resources" => resources,
        };
        let page = self.document.add_object(page);
        self.kids.push(page.into());
        self
    }

    /// Adds a page of text in Helvetica.
    pub fn text_page(self, lines: &[&str]) -> Self {
        let shown: String = lines
            .iter()
            .map(|line| format!("({line}) Tj 0 -24 Td "))
            .collect();
        let font = dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding" };
        self.page(
            &format!("BT /F1 14 Tf 60 760 Td {shown} ET"),
            dictionary! { "Font" => dictionary! { "F1" => font } },
        )
    }

    /// Adds a page that is a picture, as a scanner makes it.
    pub fn picture_page(mut self, picture: &GrayImage) -> Self {
        let dictionary = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => picture.width(), "Height" => picture.height(),
            "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8,
        };
        let mut stream = Stream::new(dictionary, picture.as_raw().clone());
        stream.compress().unwrap();
        let image = self.document.add_object(stream);
        self.page(
            "595 0 0 842 0 0 cm /I Do",
            dictionary! { "XObject" => dictionary! { "I" => image } },
        )
    }

    pub fn bytes(mut self) -> Vec<u8> {
        self.finish();
        self.save()
    }

    /// Locked with a user password; with an empty one it only carries restrictions.
    pub fn encrypted(mut self, user_password: &str) -> Vec<u8> {
        self.finish();
        let id = Object::string_literal("0123456789abcdef");
        self.document.trailer.set("ID", vec![id.clone(), id]);
        let version = EncryptionVersion::V2 {
            document: &self.document,
            owner_password: "owner",
            user_password,
            key_length: 128,
            permissions: Permissions::all(),
        };
        let state = EncryptionState::try_from(version).unwrap();
        self.document.encrypt(&state).unwrap();
        self.save()
    }

    fn finish(&mut self) {
        let count = i64::try_from(self.kids.len()).unwrap();
        let kids = std::mem::take(&mut self.kids);
        self.document.objects.insert(
            self.pages,
            dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }.into(),
        );
        let catalog = self
            .document
            .add_object(dictionary! { "Type" => "Catalog", "Pages" => self.pages });
        self.document.trailer.set("Root", catalog);
    }

    fn save(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.document.save_to(&mut bytes).unwrap();
        bytes
    }
}

/// A zip container with deflated entries.
pub fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A docx whose body is `paragraphs` of WordprocessingML.
pub fn docx(paragraphs: &str) -> Vec<u8> {
    let body = format!("<w:document xmlns:w='w'><w:body>{paragraphs}</w:body></w:document>");
    let header = "<w:hdr xmlns:w='w'><w:p><w:r><w:t>Letterhead</w:t></w:r></w:p></w:hdr>";
    let notes = "<w:footnotes xmlns:w='w'><w:footnote><w:p><w:r><w:t>A footnote</w:t></w:r></w:p></w:footnote></w:footnotes>";
    zip(&[
        ("[Content_Types].xml", "<Types/>"),
        ("word/document.xml", &body),
        ("word/header1.xml", header),
        ("word/footnotes.xml", notes),
    ])
}

/// An xlsx with one sheet: words, a number and a date.
pub fn xlsx() -> Vec<u8> {
    let workbook = "<workbook xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main' \
        xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'><sheets><sheet name='Budget' sheetId='1' r:id='rId1'/></sheets></workbook>";
    let relations = "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>\
        <Relationship Id='rId1' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet' Target='worksheets/sheet1.xml'/>\
        <Relationship Id='rId2' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles' Target='styles.xml'/></Relationships>";
    let styles = "<styleSheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><cellXfs count='2'><xf numFmtId='0'/><xf numFmtId='14'/></cellXfs></styleSheet>";
    let sheet = "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>\
        <row r='1'><c r='A1' t='inlineStr'><is><t>Rent</t></is></c><c r='B1'><v>1250</v></c><c r='C1' s='1'><v>45418</v></c></row>\
        <row r='1048576'><c r='XFD1048576' t='inlineStr'><is><t>corner</t></is></c></row></sheetData></worksheet>";
    let root = "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'><Relationship Id='rId1' \
        Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument' Target='xl/workbook.xml'/></Relationships>";
    zip(&[
        ("_rels/.rels", root),
        ("xl/workbook.xml", workbook),
        ("xl/_rels/workbook.xml.rels", relations),
        ("xl/styles.xml", styles),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}

/// A PNG header that claims a size, and nothing after it.
pub fn png_header(width: u32, height: u32, bits: u8, colour: u8) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([bits, colour, 0, 0, 0]);
    [b"\x89PNG\r\n\x1a\n".to_vec(), png_chunk(b"IHDR", &header)].concat()
}

pub fn png_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut checksum = flate2::Crc::new();
    checksum.update(name);
    checksum.update(data);
    let length = u32::try_from(data.len()).unwrap();
    [
        &length.to_be_bytes()[..],
        name,
        data,
        &checksum.sum().to_be_bytes(),
    ]
    .concat()
}

/// `length` zeros as zlib packs them.
pub fn packed_zeros(length: usize) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::copy(
        &mut std::io::Read::take(std::io::repeat(0), length as u64),
        &mut encoder,
    )
    .unwrap();
    encoder.finish().unwrap()
}

pub fn encode(image: impl Into<DynamicImage>, format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A page of print as a picture, drawn by poppler from a PDF.
pub fn picture(lines: &[&str], dots_per_inch: u32) -> GrayImage {
    let folder = tempfile::TempDir::new().unwrap();
    let pdf = folder.path().join("page.pdf");
    std::fs::write(&pdf, Pdf::new().text_page(lines).bytes()).unwrap();
    let status = std::process::Command::new("pdftoppm")
        .args(["-r", &dots_per_inch.to_string(), "-gray", "-png", "-singlefile"])
        .args([&pdf, &folder.path().join("page")])
        .status()
        .unwrap();
    assert!(status.success());
    image::open(folder.path().join("page.png")).unwrap().into_luma8()
}
