//! The kinds of document that are told apart.

use serde::{Deserialize, Serialize};

/// What a document is, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the formats are called what everybody calls them")]
pub enum DocumentKind {
    Pdf,
    /// Plain text in any encoding; also Markdown, CSV, JSON, XML and source code.
    Text,
    Html,
    /// An internet message (RFC 5322).
    Eml,
    Rtf,
    Png,
    Jpeg,
    Tiff,
    Gif,
    Webp,
    Bmp,
    Docx,
    Xlsx,
    Pptx,
    Odt,
    Ods,
    Odp,
    Epub,
    /// Excel 97-2003.
    Xls,
    /// Any other file in the OLE container of Office 97-2003.
    Ole,
    /// Any other zip archive, or one that needs a look at its directory.
    Zip,
    Unknown,
}

impl DocumentKind {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain",
            Self::Html => "text/html",
            Self::Eml => "message/rfc822",
            Self::Rtf => "application/rtf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Tiff => "image/tiff",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Bmp => "image/bmp",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Odp => "application/vnd.oasis.opendocument.presentation",
            Self::Epub => "application/epub+zip",
            Self::Xls => "application/vnd.ms-excel",
            Self::Ole => "application/x-ole-storage",
            Self::Zip => "application/zip",
            Self::Unknown => "application/octet-stream",
        }
    }

    /// Whether it is a picture.
    pub fn is_image(self) -> bool {
        matches!(
            self,
            Self::Png | Self::Jpeg | Self::Tiff | Self::Gif | Self::Webp | Self::Bmp
        )
    }

    /// Whether text can be read from it.
    pub fn has_text(self) -> bool {
        !matches!(self, Self::Rtf | Self::Ole | Self::Zip | Self::Unknown)
    }

    /// Whether a thumbnail can be made of it.
    pub fn is_drawable(self) -> bool {
        self == Self::Pdf || self.is_image()
    }
}

impl std::fmt::Display for DocumentKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let debug = format!("{self:?}");
        formatter.write_str(&debug.to_lowercase())
    }
}
