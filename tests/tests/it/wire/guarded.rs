//! An endpoint that takes stored credentials, and calls by who has one.

use apus::model::Limits;
use apus::wire::{Issued, Keyring, NewCredential, Role, WireOptions};
use apus_tests::Signer;
use reqwest::{Client, Request, StatusCode};
use serde_json::Value;

use super::support::{Refused, Served};

pub const LIST: &str = r#"{ "registrationStatus": "REGISTERED" }"#;
pub const LIST_DOMAINS: &str = "SimpleWorkflowService.ListDomains";

/// A node with stored credentials, and whoever gives them out.
pub struct Guarded {
    pub served: Served,
    pub keyring: Keyring,
}

impl Guarded {
    pub async fn start(options: WireOptions) -> Self {
        let served = Served::with(Limits::default(), options.clone()).await;
        let keyring = served.keyring(&options.key).await;
        Guarded { served, keyring }
    }

    /// A credential for all domains, or for the one that is tested.
    pub async fn create(&self, role: Role, domains: &[&str]) -> Signer {
        signer(&self.keyring.create(&new(role, domains)).await.unwrap())
    }

    pub async fn send(&self, request: Request) -> Result<Value, Refused> {
        let response = Client::new().execute(request).await.unwrap();
        if response.status() != StatusCode::OK {
            return Err(Refused::of(response).await);
        }
        let body = response.bytes().await.unwrap();
        Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    pub async fn call(&self, signer: &Signer, action: &str, request: Value) -> Result<Value, Refused> {
        let target = format!("SimpleWorkflowService.{action}");
        self.send(signer.call(&self.served.url, &target, request.to_string()))
            .await
    }

    pub async fn list(&self, signer: &Signer) -> Result<Value, Refused> {
        self.send(signer.call(&self.served.url, LIST_DOMAINS, LIST)).await
    }

    /// The code of a refusal to list domains.
    pub async fn refused(&self, signer: &Signer) -> String {
        self.list(signer).await.unwrap_err().code
    }

    /// Calls until the node has heard of what changed.
    pub async fn until_refused(&self, signer: &Signer) -> String {
        loop {
            if let Err(refused) = self.list(signer).await {
                return refused.code;
            }
        }
    }
}

/// A credential that is to be created.
pub fn new(role: Role, domains: &[&str]) -> NewCredential {
    NewCredential {
        role,
        domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
        description: None,
    }
}

pub fn signer(issued: &Issued) -> Signer {
    Signer::new(&issued.access_key, &issued.secret)
}
