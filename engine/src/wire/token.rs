//! Task tokens: what a poller answers with. A token names the kind of the task, the domain, the run and the attempt.

use serde::{Deserialize, Serialize};

use crate::model::{EventId, RunId};
use crate::node::TaskToken;
use crate::store::TaskKind;

use super::refusal::Refusal;
use super::seal::{Seal, Seals};

/// The form of the token; others are refused. With these bits in front a token begins with a lower-case letter, which
/// tests of SWF clients are known to look for.
const VERSION: u8 = 0x70;

/// What a token says. The domain is its number: names may be longer than tokens.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Content {
    version: u8,
    is_decision: bool,
    domain: i32,
    run: RunId,
    scheduled_event_id: EventId,
    started_event_id: EventId,
}

impl Content {
    fn open(seal: &Seal, token: &str) -> Result<Self, Refusal> {
        let content: Option<Content> = seal.open(token);
        content
            .filter(|content| content.version == VERSION)
            .ok_or_else(|| Refusal::validation("Invalid token"))
    }

    fn attempt(&self) -> TaskToken {
        TaskToken {
            run: self.run,
            scheduled_event_id: self.scheduled_event_id,
            started_event_id: self.started_event_id,
        }
    }
}

impl Seals {
    /// The token of a task of this domain.
    pub(super) fn task_token(
        &self,
        kind: TaskKind,
        domain: i32,
        attempt: &TaskToken,
    ) -> Result<String, Refusal> {
        self.task.close(&Content {
            version: VERSION,
            is_decision: kind == TaskKind::Decision,
            domain,
            run: attempt.run,
            scheduled_event_id: attempt.scheduled_event_id,
            started_event_id: attempt.started_event_id,
        })
    }

    /// The attempt that a token names, if it is one of this kind and of this cluster.
    pub(super) fn attempt(&self, kind: TaskKind, token: &str) -> Result<TaskToken, Refusal> {
        self.attempt_in_domain(kind, token).map(|(_, attempt)| attempt)
    }

    /// As [`Seals::attempt`], with the domain that the token names.
    pub(super) fn attempt_in_domain(&self, kind: TaskKind, token: &str) -> Result<(i32, TaskToken), Refusal> {
        let content = Content::open(&self.task, token)?;
        if content.is_decision != (kind == TaskKind::Decision) {
            return Err(Refusal::validation("Invalid token"));
        }
        Ok((content.domain, content.attempt()))
    }

    /// The domain that a token of either kind names.
    pub(super) fn token_domain(&self, token: &str) -> Result<i32, Refusal> {
        Content::open(&self.task, token).map(|content| content.domain)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use uuid::Uuid;

    use super::super::keys::MasterKey;
    use super::*;

    #[test]
    fn a_token_names_its_attempt_to_its_own_cluster_and_kind() {
        let seals = Seals::new(&MasterKey::random());
        let attempt = TaskToken {
            run: RunId(Uuid::max()),
            scheduled_event_id: u64::MAX,
            started_event_id: u64::MAX,
        };
        let token = seals.task_token(TaskKind::Activity, i32::MIN, &attempt).unwrap();
        assert!(token.len() <= 128, "{token}");
        assert!(
            token.starts_with(|first: char| first.is_ascii_lowercase()),
            "{token}"
        );
        assert_eq!(seals.attempt(TaskKind::Activity, &token).unwrap(), attempt);
        assert_eq!(seals.token_domain(&token).unwrap(), i32::MIN);

        let others = Seals::new(&MasterKey::random());
        for refused in [
            seals.attempt(TaskKind::Decision, &token),
            others.attempt(TaskKind::Activity, &token),
            seals.attempt(TaskKind::Activity, &token[1..]),
        ] {
            assert_eq!(refused.unwrap_err().message(), "Invalid token");
        }
    }
}
