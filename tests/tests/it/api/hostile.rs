//! What strangers type, plant and ask for: it stays text, opens nothing and finds nothing of others.

use anyhow::{Context, Result, ensure};
use docstore_activities::catalog::{Outcome, Reason};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::content::process;
use super::pages::Browser;
use super::{Api, PASSWORD, expect, problem};

const SCRIPT: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'";

/// Names that mean something to a file system, a database, a browser or a reader.
const NAMES: [&str; 12] = [
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "/etc/passwd",
    "C:\\temp\\a.txt",
    "a%00b%2e%2e%2f.txt",
    ".htaccess",
    "x'; DROP TABLE documents; --",
    SCRIPT,
    "\u{202e}fdp.exe",
    // The same to a reader, and not the same bytes.
    "\u{dc}bung.txt",
    "U\u{308}bung.txt",
    "a\u{0301}\u{200d}\u{feff}b",
];

#[tokio::test]
async fn names_stay_as_they_are_and_name_no_object() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "premium").await?;
    let account = user.get("/v1/account").await?["id"]
        .as_str()
        .context("an id")?
        .to_owned();
    let longest = "\u{1f600}".repeat(200);
    for name in NAMES.into_iter().chain([longest.as_str()]) {
        let tag: String = name.chars().filter(|c| *c != ',').take(40).collect();
        let wanted = json!({ "file_name": name, "title": name, "tags": [tag.as_str()], "size": 5 });
        let form = user.form(&wanted).await?;
        let id = &form.document;
        assert_eq!(
            form.field("key"),
            Some(format!("{account}/{id}/original").as_str())
        );
        let path = format!("/v1/documents/{id}");
        user.send(&form, "hello", &path).await?;
        let document = user.get(&path).await?;
        assert_eq!(document["file_name"], name);
        assert_eq!(document["title"], name);
        assert_eq!(document["tags"], json!([tag.trim()]));

        let link = user
            .request(Method::GET, &format!("{path}/download"))
            .header(header::ACCEPT, "application/json");
        let link = expect(link.send().await?, StatusCode::OK).await?;
        let download = api
            .http
            .get(link["url"].as_str().context("a link")?)
            .send()
            .await?;
        let disposition = download.headers()[header::CONTENT_DISPOSITION].to_str()?;
        let is_harmless = |c: char| !matches!(c, '/' | '\\') && !c.is_control();
        assert!(
            disposition.starts_with("attachment; filename=") && disposition.chars().all(is_harmless),
            "{disposition}"
        );
        assert!(
            !disposition.contains("%2F") && !disposition.contains("%5C"),
            "{disposition}"
        );
        assert_eq!(
            download.headers()[header::CONTENT_TYPE],
            "application/octet-stream"
        );
        assert_eq!(download.text().await?, "hello");
    }
    for (field, wanted) in [
        ("file_name", json!({ "file_name": "x".repeat(1_024) })),
        ("title", json!({ "file_name": "a", "title": "x".repeat(1_024) })),
        ("tags", json!({ "file_name": "a", "tags": ["x".repeat(1_024)] })),
        ("file_name", json!({ "file_name": "a\u{0}b" })),
        ("file_name", json!({ "file_name": "a\r\nb" })),
    ] {
        let refused = user.ask_for_form(&wanted).await?;
        let refused = expect(refused, StatusCode::UNPROCESSABLE_ENTITY).await?;
        assert_eq!(refused["field"], field);
    }
    Ok(())
}

#[tokio::test]
async fn what_strangers_wrote_is_text_on_every_page() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("eve@example.com", "premium").await?;
    let browser = Browser::log_in(&api, "eve@example.com").await?;
    let wanted = json!({ "file_name": SCRIPT, "tags": ["<script>alert(1)</script>"], "size": 5 });
    let mut ids = Vec::new();
    for _ in 0..3 {
        let form = user.form(&wanted).await?;
        user.send(&form, "hello", &format!("/v1/documents/{}", form.document))
            .await?;
        ids.push(form.document);
    }
    let (read, failed, trashed) = (&ids[0], &ids[1], &ids[2]);
    process(&api, read, &[(1, SCRIPT)]).await?;
    let reason = Reason {
        code: "unreadable".to_owned(),
        message: SCRIPT.to_owned(),
    };
    let outcome = Outcome::Failed(reason);
    api.app.catalog.finish(failed.parse()?, 0, &outcome).await?;
    let trash = user.request(Method::DELETE, &format!("/v1/documents/{trashed}"));
    expect(trash.send().await?, StatusCode::OK).await?;

    let typed: String = url::form_urlencoded::byte_serialize(SCRIPT.as_bytes()).collect();
    let mut shown = 0;
    for path in [
        "/documents".to_owned(),
        format!("/documents/{read}"),
        format!("/documents/{failed}"),
        format!("/documents/{failed}/versions/new"),
        "/trash".to_owned(),
        "/account".to_owned(),
        format!("/documents?tag={typed}"),
        format!("/documents?cursor={typed}"),
        format!("/documents?notice={typed}&about={typed}"),
        format!("/documents/{typed}"),
        format!("/search?q={typed}"),
        format!("/search?q=a&tag={typed}&kind={typed}"),
        format!("/log-in?next={typed}"),
        format!("/nowhere/{typed}"),
        format!("/uploads/complete?document={typed}"),
    ] {
        let answer = browser.open(&path).await?;
        let policy = answer.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()?
            .to_owned();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(answer.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        let page = answer.text().await?;
        assert!(
            !page.contains("<script>alert") && !page.contains("<img src=x"),
            "{path}: {page}"
        );
        shown += usize::from(page.contains("&lt;script&gt;alert(1)"));
    }
    assert!(shown >= 6, "only {shown} pages show it");
    let document = user
        .request(Method::GET, &format!("/v1/documents/{failed}"))
        .send()
        .await?;
    assert_eq!(document.headers()[header::CONTENT_TYPE], "application/json");
    assert_eq!(document.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(
        expect(document, StatusCode::OK).await?["reason"]["message"],
        SCRIPT
    );
    Ok(())
}

#[tokio::test]
async fn a_planted_session_becomes_nobodys() -> Result<()> {
    let api = Api::start().await?;
    let eve = Browser::sign_up(&api, "eve@example.com").await?;
    Browser::sign_up(&api, "ada@example.com").await?;
    let invented = format!("docstore_session={}", "x".repeat(43));
    for planted in [invented.as_str(), eve.cookie.as_str()] {
        let form = [("email", "ada@example.com"), ("password", PASSWORD)];
        let log_in = api
            .request(Method::POST, "/log-in")
            .header(header::COOKIE, planted);
        let opened = log_in.form(&form).send().await?;
        assert_eq!(opened.status(), StatusCode::SEE_OTHER);
        let own = opened.headers()[header::SET_COOKIE].to_str()?;
        assert!(!own.starts_with(planted), "she gets a session of her own");
    }
    let account = |cookie: &str| {
        let asked = api
            .request(Method::GET, "/v1/account")
            .header(header::COOKIE, cookie);
        asked.send()
    };
    assert_eq!(account(&invented).await?.status(), StatusCode::UNAUTHORIZED);
    let of_eve = expect(account(&eve.cookie).await?, StatusCode::OK).await?;
    assert_eq!(of_eve["email"], "eve@example.com");
    Ok(())
}

#[tokio::test]
async fn pages_of_other_sites_read_nothing() -> Result<()> {
    let api = Api::start().await?;
    let browser = Browser::sign_up(&api, "ada@example.com").await?;
    for method in [Method::OPTIONS, Method::GET, Method::POST] {
        for path in [
            "/v1/account",
            "/v1/sessions",
            "/v1/documents",
            "/documents",
            "/openapi.json",
        ] {
            let asked = api
                .request(method.clone(), path)
                .header(header::COOKIE, &browser.cookie)
                .header(header::ORIGIN, "https://evil.example")
                .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
                .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "x-csrf-token");
            let answer = asked.send().await?;
            let allows = answer
                .headers()
                .keys()
                .any(|name| name.as_str().starts_with("access-control"));
            assert!(!allows, "{method} {path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn filters_are_values_and_nothing_else() -> Result<()> {
    let api = Api::start().await?;
    let (ada, bob) = (
        api.user("ada@example.com", "premium").await?,
        api.user("bob@example.com", "premium").await?,
    );
    for name in ["a secret.txt", "secret.txt"] {
        ada.upload(name, "hello").await?;
    }
    bob.upload("own.txt", "hello").await?;
    for typed in [
        "' OR '1'='1",
        "x') OR owner IS NOT NULL --",
        "%",
        "_",
        "\\",
        "{}",
        "tax\" OR owner:*",
        "$1",
        "(a+)+$",
    ] {
        let value: String = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect();
        for path in [
            format!("/v1/documents?tag={value}"),
            format!("/v1/documents?kind={value}"),
            format!("/v1/trash?tag={value}"),
        ] {
            let found = bob.get(&path).await?;
            assert_eq!(found["documents"], json!([]), "{path}");
        }
        let searched = bob
            .request(
                Method::GET,
                &format!("/v1/search?q=secret&tag={value}&kind={value}"),
            )
            .send()
            .await?;
        assert_eq!(
            expect(searched, StatusCode::OK).await?["hits"],
            json!([]),
            "{typed}"
        );
        for name in ["sort", "order", "state", "limit"] {
            let path = format!("/v1/documents?{name}={value}");
            let refused = bob.request(Method::GET, &path).send().await?;
            let code = problem(refused, StatusCode::UNPROCESSABLE_ENTITY).await;
            assert_eq!(code.context(path)?, "invalid_value");
        }
    }
    // Another's cursor leads to one's own documents only.
    let sorted = "/v1/documents?sort=title&order=asc";
    let page = ada.get(&format!("{sorted}&limit=1")).await?;
    let cursor = page["next_cursor"].as_str().context("a second page")?;
    let page = bob.get(&format!("{sorted}&cursor={cursor}")).await?;
    let titles: Vec<&Value> = page["documents"]
        .as_array()
        .context("documents")?
        .iter()
        .map(|document| &document["title"])
        .collect();
    assert_eq!(titles, ["own.txt"]);
    Ok(())
}

#[tokio::test]
async fn queries_that_would_take_long_are_refused() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "premium").await?;
    for query in [
        "(".repeat(900),
        format!("{}a{}", "(".repeat(400), ")".repeat(400)),
        "a OR ".repeat(150) + "a",
        "x".repeat(1_001),
        "a*".to_owned(),
        "*".to_owned(),
        "*a".to_owned(),
        "a~9".to_owned(),
        "owner:*".to_owned(),
    ] {
        let typed: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let asked = user.request(Method::GET, &format!("/v1/search?q={typed}"));
        let code = problem(asked.send().await?, StatusCode::BAD_REQUEST).await;
        assert_eq!(code.with_context(|| query.clone())?, "bad_query");
    }
    // There are no patterns: these are the words `a` and `a`.
    ensure!(user.get("/v1/search?q=(a%2B)%2B%24%20/a/").await?["total"] == 0);
    Ok(())
}
