//! A customer of DocStore: everything that the demo does with his account goes through the web API, with a cookie jar
//! and a CSRF token as a browser has them.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use docstore_activities::catalog::DocumentState;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

use crate::problem::ProblemBody;
use crate::routes::accounts::PlanName;

/// The password of the demo's accounts, which exist on this machine only.
pub const PASSWORD: &str = "correct horse battery staple";
/// Documents that are asked for at once.
const PAGE: &str = "200";
/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// How often a customer who has to wait before he may log in tries again.
const LOG_IN_TRIES: usize = 5;

/// Somebody who is logged in.
pub struct Customer {
    /// What his account pays for.
    pub plan: PlanName,
    /// The browser's cookies, and its connections to the site and to the object store.
    pub browser: Client,
    site: String,
    csrf_token: String,
}

/// A document as the API shows it.
#[derive(Clone, Deserialize)]
pub struct Document {
    /// Its id.
    pub id: Uuid,
    /// The name of its file.
    pub file_name: String,
    /// The kind that its content shows.
    pub kind: Option<String>,
    /// Where it stands.
    pub state: DocumentState,
    /// Why it is not better.
    pub reason: Option<Reason>,
    /// Pages that have been read.
    pub pages_done: u32,
    /// Pages in all.
    pub pages_total: Option<u32>,
}

/// Why a document is degraded or failed.
#[derive(Clone, Deserialize)]
pub struct Reason {
    /// For programs.
    pub code: String,
}

#[derive(Deserialize)]
struct DocumentPage {
    documents: Vec<Document>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Session {
    csrf_token: String,
}

/// What the account of a plan is called.
pub fn plan_name(plan: PlanName) -> &'static str {
    match plan {
        PlanName::Free => "free",
        PlanName::Premium => "premium",
    }
}

/// The address of the demo's account with this plan.
pub fn email(plan: PlanName) -> String {
    format!("{}@example.com", plan_name(plan))
}

impl Customer {
    /// Signs up, unless he has done so before, and logs in.
    pub async fn arrive(site: &str, plan: PlanName) -> Result<Self> {
        let browser = Client::builder()
            .cookie_store(true)
            .timeout(ANSWER_WITHIN)
            .build()
            .context("cannot make an HTTP client")?;
        let email = email(plan);
        let account = json!({ "email": email, "password": PASSWORD, "plan": plan });
        let signed_up = browser
            .post(format!("{site}/v1/accounts"))
            .json(&account)
            .send()
            .await?;
        if signed_up.status() != StatusCode::CONFLICT {
            expect(signed_up, StatusCode::CREATED)
                .await
                .with_context(|| format!("{email} cannot sign up"))?;
        }
        let session = log_in(&browser, site, &email)
            .await
            .with_context(|| format!("{email} cannot log in"))?;
        Ok(Self {
            plan,
            browser,
            site: site.to_owned(),
            csrf_token: session.csrf_token,
        })
    }

    /// Asks for something, with these parameters.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, parameters: &[(&str, &str)]) -> Result<T> {
        let url = Url::parse_with_params(&format!("{}{path}", self.site), parameters)?;
        let answer = expect(self.browser.get(url).send().await?, StatusCode::OK).await?;
        answer
            .json()
            .await
            .with_context(|| format!("{path} answered something else than it should"))
    }

    /// A request that changes something.
    pub fn change(&self, method: Method, path: &str) -> RequestBuilder {
        self.browser
            .request(method, format!("{}{path}", self.site))
            .header("X-CSRF-Token", &self.csrf_token)
    }

    /// His documents, but for those that were given up or are being deleted.
    pub async fn documents(&self) -> Result<Vec<Document>> {
        self.list(&[]).await
    }

    /// His documents that are being deleted.
    pub async fn leaving(&self) -> Result<Vec<Document>> {
        self.list(&[("state", "deleting")]).await
    }

    async fn list(&self, which: &[(&str, &str)]) -> Result<Vec<Document>> {
        let (mut documents, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut parameters = which.to_vec();
            parameters.push(("limit", PAGE));
            parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page: DocumentPage = self.get("/v1/documents", &parameters).await?;
            documents.extend(page.documents);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(documents);
            }
        }
    }
}

async fn log_in(browser: &Client, site: &str, email: &str) -> Result<Session> {
    let credentials = json!({ "email": email, "password": PASSWORD, "kind": "cookie" });
    for _ in 0..LOG_IN_TRIES {
        let answer = browser
            .post(format!("{site}/v1/sessions"))
            .json(&credentials)
            .send()
            .await?;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            // Programs that were killed while they logged in look like somebody who guesses.
            let wait = answer
                .headers()
                .get("retry-after")
                .and_then(|wait| wait.to_str().ok()?.parse().ok());
            tokio::time::sleep(Duration::from_secs(wait.unwrap_or(1))).await;
            continue;
        }
        return Ok(expect(answer, StatusCode::CREATED).await?.json().await?);
    }
    bail!("he has to wait after every one of {LOG_IN_TRIES} attempts")
}

/// The answer, if it has this status.
pub async fn expect(answer: Response, status: StatusCode) -> Result<Response> {
    if answer.status() == status {
        return Ok(answer);
    }
    let (found, url) = (answer.status(), answer.url().clone());
    bail!(
        "{url} answered {found}: {}",
        answer.text().await.unwrap_or_default()
    )
}

/// The problem that an answer tells of.
pub async fn problem(answer: Response) -> Result<ProblemBody> {
    let status = answer.status();
    ensure!(status.is_client_error(), "{} answered {status}", answer.url());
    answer.json().await.context("a refusal is a problem in JSON")
}
