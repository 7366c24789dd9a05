//! The pages, as a browser without JavaScript uses them.

use anyhow::{Context, Result};
use reqwest::{Method, Response, StatusCode};

use super::{Api, Form, PASSWORD};

/// A browser that is logged in.
pub(super) struct Browser<'a> {
    api: &'a Api,
    pub(super) cookie: String,
    csrf_token: String,
}

impl<'a> Browser<'a> {
    pub(super) async fn sign_up(api: &'a Api, email: &str) -> Result<Self> {
        Self::enter(api, "/sign-up", email).await
    }

    pub(super) async fn log_in(api: &'a Api, email: &str) -> Result<Self> {
        Self::enter(api, "/log-in", email).await
    }

    async fn enter(api: &'a Api, path: &str, email: &str) -> Result<Self> {
        let form = [("email", email), ("password", PASSWORD), ("plan", "free")];
        let answer = api.request(Method::POST, path).form(&form).send().await?;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let cookie = answer.headers()["set-cookie"]
            .to_str()?
            .split(';')
            .next()
            .context("a cookie")?
            .to_owned();
        let mut browser = Self {
            api,
            cookie,
            csrf_token: String::new(),
        };
        let page = browser.open("/documents").await?.text().await?;
        browser.csrf_token = value_of(&page, "csrf_token").context("a CSRF token")?;
        Ok(browser)
    }

    pub(super) async fn open(&self, path: &str) -> Result<Response> {
        Ok(self
            .api
            .request(Method::GET, path)
            .header("cookie", &self.cookie)
            .send()
            .await?)
    }

    pub(super) async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Result<Response> {
        let token = ("csrf_token", self.csrf_token.as_str());
        let fields: Vec<_> = fields.iter().copied().chain([token]).collect();
        Ok(self
            .api
            .request(Method::POST, path)
            .header("cookie", &self.cookie)
            .form(&fields)
            .send()
            .await?)
    }
}

fn unescape(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// The value of the first hidden field with this name.
fn value_of(page: &str, name: &str) -> Option<String> {
    let field = page
        .split("<input")
        .find(|field| field.contains(&format!("name=\"{name}\"")))?;
    field.split("value=\"").nth(1)?.split('"').next().map(unescape)
}

/// The upload form of a page.
fn upload_form(page: &str) -> Option<Form> {
    let form = page
        .split("<form")
        .find(|form| form.contains("multipart/form-data"))?;
    let attribute = |text: &str, name: &str| {
        text.split(&format!("{name}=\""))
            .nth(1)?
            .split('"')
            .next()
            .map(unescape)
    };
    let hidden = form
        .split("<input")
        .filter(|field| field.contains("type=\"hidden\""));
    let fields = hidden.map(|field| Some((attribute(field, " name")?, attribute(field, " value")?)));
    Some(Form {
        document: String::new(),
        url: attribute(form, "action")?,
        fields: fields.collect::<Option<_>>()?,
    })
}

#[tokio::test]
async fn a_document_is_uploaded_listed_and_deleted_without_scripts() -> Result<()> {
    let api = Api::start().await?;
    let browser = Browser::sign_up(&api, "ada@example.com").await?;
    let odd_name = "<script>alert(1)</script> \"quoted\" & more.txt";
    let page = browser
        .send("/upload", &[("name", odd_name), ("tags", "tax, <b>")])
        .await?
        .text()
        .await?;
    let form = upload_form(&page).context("an upload form")?;
    let stored = api.send_form(&form, "hello").await?;
    assert_eq!(stored.status(), StatusCode::SEE_OTHER);
    let back = stored.headers()["location"].to_str()?.to_owned();
    let completed = browser
        .open(back.strip_prefix(&api.url).context("a way back")?)
        .await?;
    assert_eq!(completed.status(), StatusCode::SEE_OTHER);

    let list = browser.open("/documents").await?;
    let policy = list.headers()["content-security-policy"].to_str()?.to_owned();
    assert!(
        policy.contains("script-src 'self';") && !policy.contains("unsafe"),
        "{policy}"
    );
    let page = list.text().await?;
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains("<script>alert"),
        "escaped"
    );
    assert!(page.contains("Processing"));

    let id = page
        .split("data-document=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .context("a row")?;
    let delete = format!("/documents/{id}/trash");
    let bob = Browser::sign_up(&api, "bob@example.com").await?;
    assert_eq!(bob.send(&delete, &[]).await?.status(), StatusCode::NOT_FOUND);
    assert_eq!(browser.send(&delete, &[]).await?.status(), StatusCode::SEE_OTHER);
    assert!(!browser.open("/documents").await?.text().await?.contains(id));
    Ok(())
}

#[tokio::test]
async fn forms_of_other_pages_change_nothing() -> Result<()> {
    let api = Api::start().await?;
    let mut browser = Browser::sign_up(&api, "ada@example.com").await?;
    browser.csrf_token = "x".repeat(43);
    assert_eq!(
        browser.send("/log-out", &[]).await?.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        browser.open("/documents").await?.status(),
        StatusCode::OK,
        "still logged in"
    );
    let planted = api
        .request(Method::POST, "/log-in")
        .header("sec-fetch-site", "cross-site");
    let planted = planted
        .form(&[("email", "ada@example.com"), ("password", PASSWORD)])
        .send()
        .await?;
    assert_eq!(planted.status(), StatusCode::FORBIDDEN);
    Ok(())
}

#[tokio::test]
async fn whoever_is_not_logged_in_is_sent_to_log_in() -> Result<()> {
    let api = Api::start().await?;
    for (path, log_in) in [
        ("/documents", "/log-in"),
        ("/upload", "/log-in?next=/upload"),
        ("/search?q=a%26b", "/log-in?next=/search%3Fq%3Da%2526b"),
    ] {
        let answer = api.request(Method::GET, path).send().await?;
        assert_eq!(
            (answer.status(), answer.headers()["location"].to_str()?),
            (StatusCode::SEE_OTHER, log_in)
        );
    }
    let wrong = api
        .request(Method::POST, "/log-in")
        .form(&[("email", "a@b.c"), ("password", "wrong")])
        .send()
        .await?;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    assert!(
        wrong
            .text()
            .await?
            .contains("The e-mail address or the password is wrong.")
    );
    Ok(())
}

#[tokio::test]
async fn what_pages_refer_to_is_kept_for_ever_under_an_address_of_its_own() -> Result<()> {
    let api = Api::start().await?;
    let page = api.request(Method::GET, "/log-in").send().await?.text().await?;
    let addresses: Vec<&str> = page
        .split('"')
        .filter(|text| text.starts_with("/assets/"))
        .collect();
    assert!(addresses.len() >= 3, "style, icon and scripts: {addresses:?}");
    for address in &addresses {
        let answer = api.request(Method::GET, address).send().await?;
        assert_eq!(answer.status(), StatusCode::OK, "{address}");
        let kept = answer.headers()["cache-control"].to_str()?;
        assert!(kept.contains("immutable") && kept.contains("public"), "{kept}");
    }
    let of_another_version = api
        .request(Method::GET, "/assets/0123456789abcdef/style.css")
        .send()
        .await?;
    assert_eq!(of_another_version.headers()["cache-control"], "no-store");
    let unknown = api
        .request(Method::GET, "/assets/0123456789abcdef/passwd")
        .send()
        .await?;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn a_form_that_was_filled_in_wrongly_comes_back_with_what_is_wrong() -> Result<()> {
    let api = Api::start().await?;
    Browser::sign_up(&api, "ada@example.com").await?;
    for (email, password, wrong) in [
        (
            "ada@example.com",
            PASSWORD,
            "An account with this e-mail address exists; log in instead.",
        ),
        (
            "nobody",
            PASSWORD,
            "Is not an e-mail address such as name@example.com.",
        ),
        ("bob@example.com", "short", "Use at least 10 characters."),
    ] {
        let form = [("email", email), ("password", password), ("plan", "premium")];
        let answer = api.request(Method::POST, "/sign-up").form(&form).send().await?;
        assert!(answer.status().is_client_error());
        let page = answer.text().await?;
        assert!(
            page.contains(wrong) && page.contains(&format!("value=\"{email}\"")),
            "{wrong}: {page}"
        );
        assert!(!page.contains(PASSWORD), "no password is sent back");
        assert!(
            page.contains("value=\"premium\" checked"),
            "the plan stays chosen"
        );
    }
    Ok(())
}
