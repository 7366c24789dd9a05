//! Calls of the web API: where it is, who calls, and how results are to be written.

use std::path::PathBuf;
use std::time::Duration;

use axum::body::Bytes;
use clap::Args;
use http::{Method, Request, Response, StatusCode, header};
use reqwest::Url;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::Failure;
use super::http::{self as transport, Http};
use super::session::{Home, Session};
use crate::problem::ProblemBody;

/// Where DocStore is if nobody says otherwise.
const USUAL_SERVER: &str = "http://127.0.0.1:8480";
/// How often a call is made again because it was told to wait.
const WAITS_MAX: usize = 5;
/// The longest wait that is waited out; longer ones are told to the user.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// The options of every command that calls the API.
#[derive(Args)]
pub struct Connection {
    /// DocStore's address: by default where you are logged in, or http://127.0.0.1:8480
    #[arg(long, env = "DOCSTORE_SERVER", value_name = "URL", global = true)]
    server: Option<String>,
    /// A bearer token, instead of the one that `account log-in` keeps
    #[arg(
        long,
        env = "DOCSTORE_TOKEN",
        value_name = "TOKEN",
        global = true,
        hide_env_values = true
    )]
    token: Option<String>,
    /// Where the log-in is kept: by default docstore in your configuration directory
    #[arg(long, env = "DOCSTORE_HOME", value_name = "DIR", global = true)]
    home: Option<PathBuf>,
    /// Write the result as JSON, as the API gave it
    #[arg(long, global = true)]
    pub json: bool,
}

/// The API of one DocStore, and who calls it.
pub struct Client {
    /// Reaches the object store too.
    pub http: Http,
    /// Where the log-in is kept.
    pub home: Home,
    server: Url,
    session: Option<Session>,
    token: Option<String>,
}

impl Connection {
    /// The API, without anybody being logged in.
    pub fn open(&self) -> Result<Client, Failure> {
        let home = Home::new(self.home.as_deref())?;
        let session = home.session()?;
        let named = self
            .server
            .as_deref()
            .or(session.as_ref().map(|session| session.server.as_str()));
        let server = parse(named.unwrap_or(USUAL_SERVER))?;
        // A token is shown to the server that gave it out and to no other.
        let session = session.filter(|session| parse(&session.server).is_ok_and(|of| of == server));
        let token = self
            .token
            .clone()
            .or(session.as_ref().map(|session| session.token.clone()));
        Ok(Client {
            http: Http::new()?,
            home,
            server,
            session,
            token,
        })
    }

    /// The API for somebody who is logged in.
    pub fn log_in(&self) -> Result<Client, Failure> {
        let client = self.open()?;
        if client.token.is_none() {
            let elsewhere = client.home.session()?.map(|session| session.server);
            return Err(Failure::NotLoggedIn {
                server: client.server(),
                elsewhere,
            });
        }
        Ok(client)
    }
}

impl Client {
    /// The same at another server, where nobody is logged in yet.
    pub fn at(&self, server: &str) -> Result<Self, Failure> {
        Ok(Self {
            http: self.http.clone(),
            home: self.home.clone(),
            server: parse(server)?,
            session: None,
            token: None,
        })
    }

    /// The server: scheme and authority.
    pub fn server(&self) -> String {
        self.server.as_str().trim_end_matches('/').to_owned()
    }

    /// Who is logged in, as far as this machine knows.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Asks for something, with these parameters.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<T, Failure> {
        let call = Call {
            parameters,
            ..Call::new(Method::GET, path)
        };
        self.parse(&self.exchange(&call).await?)
    }

    /// Asks for a change that answers with something.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: Option<&Value>) -> Result<T, Failure> {
        let call = Call {
            body,
            ..Call::new(Method::POST, path)
        };
        self.parse(&self.exchange(&call).await?)
    }

    /// Asks for something to be created; asked again with the same key, it is the same that was created.
    pub async fn create<T: DeserializeOwned>(
        &self,
        path: &str,
        key: Uuid,
        body: &Value,
    ) -> Result<T, Failure> {
        let call = Call {
            body: Some(body),
            key: Some(key),
            ..Call::new(Method::POST, path)
        };
        self.parse(&self.exchange(&call).await?)
    }

    /// Asks for a change; what it answers is of no interest.
    pub async fn change(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(), Failure> {
        let call = Call {
            body,
            ..Call::new(method, path)
        };
        self.exchange(&call).await.map(drop)
    }

    fn parse<T: DeserializeOwned>(&self, answer: &[u8]) -> Result<T, Failure> {
        serde_json::from_slice(answer).map_err(|error| self.strange(error.to_string()))
    }

    /// The body of a successful answer. Whoever is told to wait, waits.
    async fn exchange(&self, call: &Call<'_>) -> Result<Bytes, Failure> {
        for _ in 0..WAITS_MAX {
            let answer = self.http.call(self.request(call)?).await?;
            match told_to_wait(&answer) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return self.read(answer),
            }
        }
        self.read(self.http.call(self.request(call)?).await?)
    }

    fn request(&self, call: &Call<'_>) -> Result<Request<transport::Body>, Failure> {
        let mut url = self
            .server
            .join(call.path)
            .map_err(|error| Failure::Usage(error.to_string()))?;
        if !call.parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(call.parameters);
        }
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(url.as_str())
            .header(header::ACCEPT, "application/json");
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(key) = call.key {
            request = request.header("idempotency-key", key.to_string());
        }
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = call.body.map(Value::to_string).unwrap_or_default();
        request
            .body(transport::whole(body))
            .map_err(|error| Failure::Usage(format!("this cannot be sent: {error}")))
    }

    fn read(&self, answer: Response<Bytes>) -> Result<Bytes, Failure> {
        if answer.status().is_success() {
            return Ok(answer.into_body());
        }
        match serde_json::from_slice::<ProblemBody>(answer.body()) {
            Ok(problem) => Err(match self.home_of(&answer) {
                Some(home) => Failure::AtHomeElsewhere {
                    problem: Box::new(problem),
                    home,
                },
                None => Failure::Refused(Box::new(problem)),
            }),
            Err(_) => Err(self.strange(format!("status {}", answer.status()))),
        }
    }

    /// The region that the answer sends to. Whoever speaks with this one over TLS is not sent where there is none.
    fn home_of(&self, answer: &Response<Bytes>) -> Option<String> {
        let location = answer.headers().get(header::LOCATION)?.to_str().ok()?;
        let home: Url = location.parse().ok()?;
        let is_safe = home.scheme() == "https" || (home.scheme() == "http" && self.server.scheme() == "http");
        let is_redirect = answer.status() == StatusCode::TEMPORARY_REDIRECT;
        (is_redirect && is_safe).then(|| home.origin().ascii_serialization())
    }

    fn strange(&self, cause: String) -> Failure {
        Failure::NotDocStore {
            server: self.server(),
            cause,
        }
    }
}

/// One call of the API.
struct Call<'a> {
    method: Method,
    path: &'a str,
    parameters: &'a [(&'a str, &'a str)],
    body: Option<&'a Value>,
    /// What makes a creation that is asked for again the same.
    key: Option<Uuid>,
}

impl<'a> Call<'a> {
    fn new(method: Method, path: &'a str) -> Self {
        Self {
            method,
            path,
            parameters: &[],
            body: None,
            key: None,
        }
    }
}

/// How long DocStore says to wait because it had too many requests; none when it did not, or the wait is too long.
fn told_to_wait(answer: &Response<Bytes>) -> Option<Duration> {
    if answer.status().is_success() {
        return None;
    }
    let problem: ProblemBody = serde_json::from_slice(answer.body()).ok()?;
    let wait = answer
        .headers()
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .parse()
        .ok()?;
    let wait = Duration::from_secs(wait);
    (problem.code == "rate_limited" && wait <= WAIT_MAX).then_some(wait)
}

/// An address without path, so that the same server always looks the same.
fn parse(server: &str) -> Result<Url, Failure> {
    let refused = || {
        Failure::Usage(format!(
            "{server:?} is no address such as https://docs.example.com"
        ))
    };
    let url: Url = server.parse().map_err(|_| refused())?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.username().is_empty();
    if is_plain { Ok(url) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_server_is_a_scheme_and_a_host() {
        for good in [
            "http://127.0.0.1:8480",
            "https://docs.example.com/",
            "https://docs.example.com:443",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for bad in [
            "docs.example.com",
            "ftp://x",
            "http://",
            "https://x/y",
            "https://a@x",
            "https://x?y",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
