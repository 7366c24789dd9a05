//! Every format once.

use docstore_activities::extract::{DocumentKind, PageSource};
use image::{DynamicImage, ImageFormat};

use super::{
    Bench,
    make::{self, PROSE},
    text,
};

#[tokio::test]
async fn plain_text_in_any_encoding() {
    let bench = Bench::new();
    let latin = bench
        .extract(b"Caf\xe9 cr\xe8me, d\xe9j\xe0 vu: les r\xe9sultats de l'\xe9t\xe9")
        .await
        .unwrap();
    assert_eq!(
        (latin.kind, text(&latin).as_str()),
        (DocumentKind::Text, "Café crème, déjà vu: les résultats de l'été")
    );
    assert_eq!(latin.pages[0].source, PageSource::TextLayer);
    let wide: Vec<u8> = "\u{feff}Grüße"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(text(&bench.extract(&wide).await.unwrap()), "Grüße");
    assert_eq!(bench.extractor.thumbnail(&bench.file(b"words")).await, Ok(None));
}

#[tokio::test]
async fn html_and_mail() {
    let bench = Bench::new();
    let page = bench
        .extract(b"<!DOCTYPE html><title>Menu</title><script>x()</script><p>Soup &amp; bread")
        .await
        .unwrap();
    assert_eq!(
        (page.kind, text(&page).as_str()),
        (DocumentKind::Html, "Menu\n\nSoup & bread")
    );
    let mail = bench.extract(b"From: a@x.example\r\nTo: b@x.example\r\nSubject: Minutes\r\nDate: Tue, 3 Mar 2026 10:00:00 +0000\r\n\r\nSee you then").await.unwrap();
    assert_eq!(mail.kind, DocumentKind::Eml);
    assert!(text(&mail).contains("Subject: Minutes") && text(&mail).contains("See you then"));
}

#[tokio::test]
async fn word_processing() {
    let bench = Bench::new();
    let body = "<w:p><w:r><w:t>Profit &amp; loss</w:t></w:r></w:p><w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t></w:r></w:p>";
    let docx = bench.extract(&make::docx(body)).await.unwrap();
    assert_eq!((docx.kind, docx.degraded), (DocumentKind::Docx, None));
    assert_eq!(
        docx.pages[0].text,
        "Profit & loss\na\tb\n\nA footnote\n\nLetterhead"
    );

    let content = "<office:document-content xmlns:office='o' xmlns:text='t'><office:body><office:text><text:p>First<text:s/>line</text:p>\
        <text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:h>Heading</text:h></office:text></office:body></office:document-content>";
    let styles = "<styles xmlns:style='s' xmlns:text='t'><style:footer><text:p>Page footer</text:p></style:footer></styles>";
    let odt = bench
        .extract(&make::zip(&[
            ("mimetype", "application/vnd.oasis.opendocument.text"),
            ("content.xml", content),
            ("styles.xml", styles),
        ]))
        .await
        .unwrap();
    assert_eq!(
        (odt.kind, text(&odt).as_str()),
        (DocumentKind::Odt, "First line\nHeading\n\nPage footer")
    );
}

#[tokio::test]
async fn presentations_have_a_page_for_each_slide_in_order() {
    let bench = Bench::new();
    let slide = |text: &str| {
        format!("<p:sld xmlns:p='p' xmlns:a='a'><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>")
    };
    let pptx = make::zip(&[
        (
            "ppt/presentation.xml",
            "<p:presentation xmlns:p='p' xmlns:r='r'><p:sldIdLst><p:sldId id='1' r:id='rB'/><p:sldId id='2' r:id='rA'/></p:sldIdLst></p:presentation>",
        ),
        (
            "ppt/_rels/presentation.xml.rels",
            "<R><Relationship Id='rA' Target='slides/slide1.xml'/><Relationship Id='rB' Target='slides/slide2.xml'/></R>",
        ),
        ("ppt/slides/slide1.xml", &slide("Last")),
        ("ppt/slides/slide2.xml", &slide("Opening")),
        (
            "ppt/slides/_rels/slide2.xml.rels",
            "<R><Relationship Id='r1' Target='../notesSlides/notesSlide1.xml'/></R>",
        ),
        ("ppt/notesSlides/notesSlide1.xml", &slide("Speak slowly")),
    ]);
    let pptx = bench.extract(&pptx).await.unwrap();
    assert_eq!(
        (pptx.kind, text(&pptx).as_str()),
        (DocumentKind::Pptx, "Opening\n\nSpeak slowly|Last")
    );

    let content = "<d xmlns:draw='d' xmlns:text='t'><draw:page draw:name='1'><text:p>Un</text:p></draw:page><draw:page><text:p>Deux</text:p></draw:page></d>";
    let odp = bench
        .extract(&make::zip(&[
            ("mimetype", "application/vnd.oasis.opendocument.presentation"),
            ("content.xml", content),
        ]))
        .await
        .unwrap();
    assert_eq!((odp.kind, text(&odp).as_str()), (DocumentKind::Odp, "Un|Deux"));
}

#[tokio::test]
async fn books_are_read_in_the_order_of_their_spine() {
    let epub = make::zip(&[
        ("mimetype", "application/epub+zip"),
        (
            "META-INF/container.xml",
            "<container><rootfiles><rootfile full-path='OEBPS/book.opf'/></rootfiles></container>",
        ),
        (
            "OEBPS/book.opf",
            "<package><manifest><item id='a' href='one%20two.xhtml'/><item id='b' href='start.xhtml'/></manifest><spine><itemref idref='b'/><itemref idref='a'/></spine></package>",
        ),
        (
            "OEBPS/one two.xhtml",
            "<html><body><p>Chapter two</p></body></html>",
        ),
        (
            "OEBPS/start.xhtml",
            "<!DOCTYPE html><html><body><p>Chapter one</p></body></html>",
        ),
    ]);
    let epub = Bench::new().extract(&epub).await.unwrap();
    assert_eq!(
        (epub.kind, text(&epub).as_str()),
        (DocumentKind::Epub, "Chapter one|Chapter two")
    );
}

#[tokio::test]
async fn spreadsheets_show_dates_and_may_be_sparse() {
    let xlsx = Bench::new().extract(&make::xlsx()).await.unwrap();
    assert_eq!(
        (xlsx.kind, text(&xlsx).as_str()),
        (DocumentKind::Xlsx, "Budget\nRent\t1250\t2024-05-06\ncorner")
    );
}

#[tokio::test]
async fn pictures_are_read_and_drawn() {
    let bench = Bench::new();
    let page = DynamicImage::from(make::picture(&[PROSE, "Invoice 4711"], 150));
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Tiff,
        ImageFormat::Gif,
        ImageFormat::WebP,
        ImageFormat::Bmp,
    ] {
        let image = if format == ImageFormat::Jpeg {
            page.clone()
        } else {
            page.to_rgba8().into()
        };
        let bytes = make::encode(image, format);
        let read = bench.extract(&bytes).await.unwrap();
        assert!(read.kind.is_image(), "{format:?}");
        assert_eq!(
            (read.pages[0].source, read.degraded.as_deref()),
            (PageSource::Ocr, None),
            "{format:?}"
        );
        assert!(read.pages[0].confidence.unwrap() > 70, "{format:?}");
        assert!(
            read.pages[0].text.contains("archive moves to the old mill"),
            "{format:?}: {}",
            read.pages[0].text
        );
        let thumbnail = bench
            .extractor
            .thumbnail(&bench.file(&bytes))
            .await
            .unwrap()
            .unwrap();
        let drawn = image::load_from_memory_with_format(&thumbnail.png, ImageFormat::Png).unwrap();
        assert_eq!(
            (drawn.width(), drawn.height()),
            (thumbnail.width, thumbnail.height)
        );
        assert_eq!(thumbnail.height, 400);
    }
}

#[tokio::test]
async fn a_blank_picture_has_no_text_and_no_fault() {
    let blank = make::encode(
        image::GrayImage::from_pixel(600, 800, image::Luma([255])),
        ImageFormat::Png,
    );
    let read = Bench::new().extract(&blank).await.unwrap();
    assert_eq!(read.pages[0].source, PageSource::Blank);
    assert_eq!(
        read.degraded.as_deref(),
        Some("there is nothing on page 1 (of 1)")
    );
}
