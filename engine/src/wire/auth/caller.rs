//! A caller whose signature was right, and what he may do.

use std::sync::Arc;

use serde::Deserialize;

use crate::model::{Fault, FaultKind};
use crate::store::CredentialRecord;

use super::super::actions::Action;
use super::super::refusal::Refusal;
use super::super::{Service, json};
use super::{Role, Scope};

/// Who calls.
#[derive(Clone, Debug)]
pub(in crate::wire) struct Caller {
    pub(super) access_key: String,
    /// The region that he signed for.
    pub(in crate::wire) region: String,
    pub(super) role: Role,
    /// None for a dummy.
    pub(super) credential: Option<Arc<CredentialRecord>>,
}

impl Caller {
    fn may_see(&self, domain: &str) -> bool {
        self.domains()
            .is_none_or(|domains| domains.iter().any(|his| his == domain))
    }

    /// The domains that he is limited to; none is all.
    pub(in crate::wire) fn domains(&self) -> Option<&[String]> {
        self.credential.as_ref()?.domains.as_deref()
    }
}

impl Service {
    /// Refuses what the caller may not do.
    pub(in crate::wire) async fn check_permitted(&self, action: &Action, body: &[u8]) -> Result<(), Refusal> {
        let caller = &self.caller;
        if !caller.role.allows(action.access) {
            return Err(self.not_permitted(action, &format!("the role {} does not allow it", caller.role)));
        }
        if caller.domains().is_none() || action.scope == Scope::Listing {
            return Ok(());
        }
        match self.domain_of(action.scope, body).await? {
            Some(domain) if caller.may_see(&domain) => Ok(()),
            Some(domain) => {
                let arn = self.domain_arn(&domain);
                Err(self.not_permitted(action, &format!("the credential is not for {arn}")))
            }
            None => Err(self.not_permitted(
                action,
                "the request names no domain, and the credential is not for all",
            )),
        }
    }

    fn not_permitted(&self, action: &Action, why: &str) -> Refusal {
        let message = format!(
            "User: {} is not authorized to perform: swf:{}: {why}",
            self.caller.access_key, action.name
        );
        Fault::new(FaultKind::OperationNotPermittedFault, message).into()
    }

    /// The domain that a request is about.
    async fn domain_of(&self, scope: Scope, body: &[u8]) -> Result<Option<String>, Refusal> {
        Ok(match scope {
            Scope::Domain => json::read::<ByDomain>(body)?.domain,
            Scope::Name => json::read::<ByName>(body)?.name,
            Scope::Arn => {
                let arn = json::read::<ByArn>(body)?.resource_arn;
                arn.and_then(|arn| arn.strip_prefix(&self.domain_arn("")).map(str::to_owned))
            }
            Scope::Token => {
                let Some(token) = json::read::<ByToken>(body)?.task_token else {
                    return Ok(None);
                };
                let domain = self.node.domain_name(self.seals.token_domain(&token)?).await?;
                domain.map(|domain| domain.to_string())
            }
            Scope::Listing => None,
        })
    }
}

#[derive(Deserialize)]
struct ByDomain {
    domain: Option<String>,
}

#[derive(Deserialize)]
struct ByName {
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ByArn {
    resource_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ByToken {
    task_token: Option<String>,
}
