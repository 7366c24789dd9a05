//! Files made to break readers: whatever they do, the answer is typed and in time.

use std::time::{Duration, Instant};

use docstore_activities::extract::{ExtractError, Extraction, Limits};
use pdf_extract::{Dictionary, Object, Stream, dictionary};

use super::{
    Bench,
    make::{self, PROSE, Pdf},
    text,
};

/// Far above what a sound answer takes, far below what a hanging one would.
const IN_TIME: Duration = Duration::from_secs(120);

/// Attacks with little time for each attempt, so that those which hang are soon over.
async fn attack(content: &[u8]) -> Result<Extraction, ExtractError> {
    attack_within(
        Limits {
            cpu_seconds: 3,
            attempt_seconds: 10,
            memory_bytes: 1 << 30,
            ..Limits::default()
        },
        content,
    )
    .await
}

async fn attack_within(limits: Limits, content: &[u8]) -> Result<Extraction, ExtractError> {
    let bench = Bench::with(limits);
    let start = Instant::now();
    let result = bench.extract(content).await;
    assert!(start.elapsed() < IN_TIME);
    assert!(!matches!(result, Err(ExtractError::Unavailable(_))), "{result:?}");
    let thumbnail = bench.extractor.thumbnail(&bench.file(content)).await;
    assert!(
        !matches!(thumbnail, Err(ExtractError::Unavailable(_))),
        "{thumbnail:?}"
    );
    result
}

/// A page with text in front of a form that the attack is in.
fn pdf_with_form(add_form: impl FnOnce(&mut Pdf) -> Object) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let form = add_form(&mut pdf);
    let font = dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" };
    let resources =
        dictionary! { "XObject" => dictionary! { "X" => form }, "Font" => dictionary! { "F1" => font } };
    pdf.page(
        &format!("BT /F1 14 Tf 60 760 Td ({PROSE}) Tj ET /X Do"),
        resources,
    )
    .bytes()
}

fn form(content: &str, inner: Object) -> Stream {
    let dictionary = dictionary! {
        "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 9.into(), 9.into()],
        "Resources" => dictionary! { "XObject" => dictionary! { "X" => inner } },
    };
    Stream::new(dictionary, content.into())
}

#[tokio::test]
async fn a_form_that_contains_itself() {
    let bytes = pdf_with_form(|pdf| {
        let id = pdf.document.new_object_id();
        pdf.document.objects.insert(id, form("/X Do", id.into()).into());
        id.into()
    });
    let read = attack(&bytes).await.unwrap();
    assert!(
        text(&read).contains("archive moves"),
        "the next engine reads it: {read:?}"
    );
}

/// Twelve forms, each of which draws the next one ten times.
fn fan_out() -> Vec<u8> {
    pdf_with_form(|pdf| {
        let leaf = pdf.document.add_object(form("0 0 1 1 re f", Object::Null)).into();
        (0..12).fold(leaf, |inner, _| {
            pdf.document.add_object(form(&"/X Do ".repeat(10), inner)).into()
        })
    })
}

#[tokio::test]
async fn forms_that_fan_out() {
    let read = attack(&fan_out()).await.unwrap();
    assert!(
        text(&read).contains("archive moves"),
        "the next engine reads it: {read:?}"
    );
}

#[tokio::test]
async fn a_stream_that_is_packed_twice() {
    let twice = {
        let once = make::packed_zeros(360 << 20);
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut encoder, &once).unwrap();
        encoder.finish().unwrap()
    };
    let bytes = pdf_with_form(|pdf| {
        let mut bomb = form("", Object::Null);
        bomb.dict
            .set("Filter", vec!["FlateDecode".into(), "FlateDecode".into()]);
        bomb.set_content(twice);
        pdf.document.add_object(bomb).into()
    });
    assert!(bytes.len() < 100_000, "{}", bytes.len());
    let read = attack_within(Limits::default(), &bytes).await.unwrap();
    assert!(text(&read).contains("archive moves"), "{read:?}");
    // With no room for what it unpacks to, there is still an answer.
    let _typed = attack(&bytes).await;
}

#[tokio::test]
async fn nesting_without_end() {
    let content = "[".repeat(200_000);
    attack(&Pdf::new().page(&content, Dictionary::new()).bytes())
        .await
        .unwrap();
    let mut raw = Pdf::new().text_page(&[PROSE]).bytes();
    let at = raw.windows(3).position(|window| window == b"obj").unwrap() + 3;
    raw.splice(at..at, content.bytes());
    let _typed = attack(&raw).await;
    let html = format!("<html>{}", "<div>".repeat(200_000));
    let _typed = attack(html.as_bytes()).await;
    assert_eq!(
        attack(&make::docx(&"<w:p>".repeat(10_000)))
            .await
            .unwrap_err()
            .code(),
        "too_large"
    );
}

#[tokio::test]
async fn containers_that_unpack_to_too_much() {
    let claims = make::docx(&format!("<w:p><w:t>{}</w:t></w:p>", "A".repeat(300 << 20)));
    assert!(claims.len() < 1 << 20);
    assert_eq!(attack(&claims).await.unwrap_err().code(), "too_large");
    // The size that the directory states is a lie: what counts is what comes out.
    let lies = understate(
        make::docx(&format!("<w:p><w:t>{}</w:t></w:p>", "A".repeat(40 << 20))),
        40 << 20,
    );
    assert!(matches!(
        attack(&lies).await.unwrap_err().code(),
        "too_large" | "corrupt"
    ));
    let laughs = make::zip(&[(
        "word/document.xml",
        "<!DOCTYPE d [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]><w:document><w:t>&b;</w:t></w:document>",
    )]);
    assert_eq!(attack(&laughs).await.unwrap_err().code(), "corrupt");
}

/// Replaces every 32-bit number about as large as `size` by a small one.
fn understate(mut zip: Vec<u8>, size: u32) -> Vec<u8> {
    for at in 0..zip.len() - 4 {
        let number = u32::from_le_bytes([zip[at], zip[at + 1], zip[at + 2], zip[at + 3]]);
        if (size..size + 200).contains(&number) {
            zip[at..at + 4].copy_from_slice(&9u32.to_le_bytes());
        }
    }
    zip
}

#[tokio::test]
async fn pictures_larger_than_any_page() {
    let header = [
        make::png_header(30_000, 30_000, 8, 2),
        make::png_chunk(b"IDAT", &[0; 9]),
    ]
    .concat();
    assert_eq!(attack(&header).await.unwrap_err().code(), "too_large");
    let row = 30_000 / 8 + 1;
    let whole = [
        make::png_header(30_000, 30_000, 1, 0),
        make::png_chunk(b"IDAT", &make::packed_zeros(row * 30_000)),
        make::png_chunk(b"IEND", b""),
    ]
    .concat();
    assert!(whole.len() < 1 << 20);
    assert_eq!(attack(&whole).await.unwrap_err().code(), "too_large");
    // Within the number of pixels, but of 16 bits in four channels.
    let deep = [
        make::png_header(9_900, 10_000, 16, 6),
        make::png_chunk(b"IDAT", &[0; 9]),
    ]
    .concat();
    assert_eq!(attack(&deep).await.unwrap_err().code(), "too_large");
}

#[tokio::test]
async fn files_that_are_nothing() {
    assert_eq!(attack(b"").await, Err(ExtractError::Empty));
    assert_eq!(
        attack(&[0; 5000]).await,
        Err(ExtractError::Unsupported("unknown".into()))
    );
    assert_eq!(
        attack(b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0")
            .await
            .unwrap_err()
            .code(),
        "unsupported"
    );
    assert_eq!(
        attack(&make::zip(&[("a.txt", "hello")])).await,
        Err(ExtractError::Unsupported("zip".into()))
    );
    let small = Bench::with(Limits {
        input_bytes: 3,
        ..Limits::default()
    });
    assert_eq!(small.extract(b"four").await.unwrap_err().code(), "too_large");
}

#[tokio::test]
async fn memory_and_time_are_limited() {
    let tight = Bench::with(Limits {
        memory_bytes: 300 << 20,
        ..Limits::default()
    });
    let text = vec![b'x'; 200 << 20];
    assert_eq!(tight.extract(&text).await, Err(ExtractError::OutOfMemory));
    let hurried = Bench::with(Limits {
        attempt_seconds: 0,
        ..Limits::default()
    });
    assert_eq!(hurried.extract(b"text").await, Err(ExtractError::TimedOut));
}

#[tokio::test]
async fn cut_and_altered_files_end_in_an_answer() {
    let samples = [
        Pdf::new().text_page(&[PROSE]).bytes(),
        make::docx("<w:p><w:t>words</w:t></w:p>"),
        make::xlsx(),
        make::encode(
            image::GrayImage::from_fn(64, 64, |x, y| image::Luma([(x * y) as u8])),
            image::ImageFormat::Tiff,
        ),
        make::encode(
            image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([x as u8, y as u8, 7])),
            image::ImageFormat::Jpeg,
        ),
    ];
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for sample in samples {
        for cut in [sample.len() / 4, sample.len() / 2, sample.len() - 1] {
            let _typed = attack(&sample[..cut]).await;
        }
        for _ in 0..4 {
            let mut altered = sample.clone();
            for _ in 0..1 + sample.len() / 200 {
                let at = random(altered.len());
                altered[at] ^= 1 << random(8);
            }
            let _typed = attack(&altered).await;
        }
    }
}

#[tokio::test]
async fn an_abandoned_extraction_leaves_no_process_behind() {
    let bench = Bench::new();
    let file = bench.file(&fan_out());
    let children = || {
        let mut processes = std::fs::read_dir("/proc").unwrap().flatten();
        let name = file.to_string_lossy().into_owned();
        processes.any(|process| {
            std::fs::read(process.path().join("cmdline"))
                .is_ok_and(|line| String::from_utf8_lossy(&line).contains(&name))
        })
    };
    let extraction = bench.extractor.extract(&file, |_| {});
    assert!(
        tokio::time::timeout(Duration::from_millis(500), extraction)
            .await
            .is_err()
    );
    let gone = async {
        while children() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(IN_TIME, gone).await.unwrap();
}
