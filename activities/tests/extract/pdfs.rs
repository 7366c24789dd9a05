//! PDFs as people have them.

use std::process::Command;
use std::sync::Mutex;

use docstore_activities::extract::{DocumentKind, ExtractError, Limits, PageSource, Progress};

use super::{
    Bench,
    make::{self, PROSE, Pdf},
    text,
};

#[tokio::test]
async fn the_text_layer_is_read_page_by_page() {
    let bench = Bench::new();
    let pdf = Pdf::new()
        .text_page(&[PROSE, "First page"])
        .text_page(&[PROSE, "Second page"])
        .bytes();
    let read = bench.extract(&pdf).await.unwrap();
    assert_eq!(
        (read.kind, read.degraded.as_deref(), read.truncated),
        (DocumentKind::Pdf, None, false)
    );
    let sources: Vec<_> = read.pages.iter().map(|page| (page.number, page.source)).collect();
    assert_eq!(sources, [(1, PageSource::TextLayer), (2, PageSource::TextLayer)]);
    assert!(read.pages[0].text.contains("First page") && read.pages[1].text.contains("Second page"));
    let thumbnail = bench
        .extractor
        .thumbnail(&bench.file(&pdf))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(thumbnail.height, 400);
}

#[test]
fn a_page_is_drawn_where_nobody_keeps_a_list_of_fonts() {
    let bench = Bench::new();
    let file = bench.file(&Pdf::new().text_page(&[PROSE]).bytes());
    let folder = bench.folder.path();
    let (fonts, cache) = (folder.join("fonts.conf"), folder.join("cache"));
    let configuration = format!(
        r#"<?xml version="1.0"?>
           <fontconfig><dir>/usr/share/fonts</dir><cachedir>{}</cachedir></fontconfig>"#,
        cache.display()
    );
    std::fs::write(&fonts, configuration).unwrap();
    let request = r#"{ "task": "thumbnail", "limits": {}, "languages": "eng" }"#;
    let output = Command::new(env!("CARGO_BIN_EXE_docstore-extract"))
        .args(["__extract", request])
        .arg(&file)
        .env("FONTCONFIG_FILE", fonts)
        .output()
        .unwrap();
    assert!(cache.is_dir(), "the list would be kept there");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("png_base64"), "{said}");
}

#[tokio::test]
async fn scanned_pages_between_others_are_read_by_ocr() {
    let bench = Bench::new();
    let scan = make::picture(
        &["Delivery note for the brass fittings", "ordered in the spring"],
        200,
    );
    let pdf = Pdf::new()
        .text_page(&[PROSE])
        .picture_page(&scan)
        .page("", pdf_extract::Dictionary::new())
        .bytes();
    let seen = Mutex::new(Vec::new());
    let read = bench
        .extractor
        .extract(&bench.file(&pdf), |progress| seen.lock().unwrap().push(progress))
        .await
        .unwrap();
    let sources: Vec<_> = read.pages.iter().map(|page| page.source).collect();
    assert_eq!(
        sources,
        [PageSource::TextLayer, PageSource::Ocr, PageSource::Blank]
    );
    assert!(
        read.pages[1].text.contains("brass fittings"),
        "{}",
        read.pages[1].text
    );
    assert!(read.pages[1].confidence.unwrap() > 70);
    assert_eq!(
        read.degraded.as_deref(),
        Some("there is nothing on page 3 (of 3)")
    );
    assert_eq!(
        seen.into_inner().unwrap().last(),
        Some(&Progress { done: 3, total: 3 })
    );
}

#[tokio::test]
async fn passwords_are_asked_for_and_restrictions_ignored() {
    let bench = Bench::new();
    let locked = bench
        .extract(&Pdf::new().text_page(&[PROSE]).encrypted("secret"))
        .await;
    assert_eq!(locked, Err(ExtractError::Encrypted));
    let restricted = bench
        .extract(&Pdf::new().text_page(&[PROSE]).encrypted(""))
        .await
        .unwrap();
    assert!(text(&restricted).contains("archive moves"));
}

#[tokio::test]
async fn what_exceeds_the_limits_is_cut_off() {
    let pages = |count: usize| {
        (0..count)
            .fold(Pdf::new(), |pdf, _| pdf.text_page(&[PROSE]))
            .bytes()
    };
    let few = Bench::with(Limits {
        pages: 2,
        ..Limits::default()
    })
    .extract(&pages(5))
    .await
    .unwrap();
    assert_eq!((few.pages.len(), few.truncated), (2, true));
    let short = Bench::with(Limits {
        text_bytes: 100,
        ..Limits::default()
    })
    .extract(&pages(5))
    .await
    .unwrap();
    assert!(short.truncated && text(&short).len() <= 101, "{}", text(&short));
}

#[tokio::test]
async fn a_poster_is_drawn_no_larger_than_it_may_be() {
    let mut pdf = Pdf::new().text_page(&[]);
    for object in pdf.document.objects.values_mut() {
        if let Ok(page) = object.as_dict_mut()
            && page.has(b"MediaBox")
        {
            page.set("MediaBox", vec![0.into(), 0.into(), 14_400.into(), 14_400.into()]);
        }
    }
    let read = Bench::new().extract(&pdf.bytes()).await.unwrap();
    assert_eq!(read.pages[0].source, PageSource::Blank);
}

#[tokio::test]
async fn a_heading_that_one_engine_splits_is_whole_in_the_end() {
    // Printed by Chromium from a page with letter spacing.
    let read = Bench::new().extract(include_bytes!("heading.pdf")).await.unwrap();
    assert!(
        read.pages[0].text.starts_with("Example document"),
        "{}",
        text(&read)
    );
}
