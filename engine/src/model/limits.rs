//! The limits of the service. Amazon's value is the default, but for the number of domains; each is a setting of the
//! server.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::TypeKind;

/// What a run, a domain and a request may have at most. Counts and sizes are inclusive maxima.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Domains of the account, deprecated ones included; `None` for any number.
    pub domains: Option<u64>,
    /// Tags of one domain.
    pub domain_tags: usize,
    /// Workflow types of one domain, deprecated ones included.
    pub workflow_types: u64,
    /// Activity types of one domain, deprecated ones included.
    pub activity_types: u64,
    /// Open runs of one domain, children included. What other nodes start is seen some seconds later.
    pub open_executions: u64,
    /// Events of one run's history.
    pub history_events: u64,
    /// At the history limit: end the run with `EVENT_LIMIT_EXCEEDED` as Amazon does (true), or only warn (false).
    pub terminate_at_history_limit: bool,
    /// Activity tasks that are scheduled or started at once in one run.
    pub open_activities: usize,
    /// Timers that are running at once in one run.
    pub open_timers: usize,
    /// Child workflows that are initiated or open at once in one run.
    pub open_children: usize,
    /// Tags of one run.
    pub tags: usize,
    /// Characters of `input`, `result`, `details`, `control` and `executionContext`.
    pub data_chars: usize,
    /// Characters of heartbeat details.
    pub heartbeat_chars: usize,
    /// Characters of names, ids and task lists.
    pub name_chars: usize,
    /// Characters of the reason of a failure or a termination.
    pub reason_chars: usize,
    /// Decisions in one completed decision task.
    pub decisions: usize,
    /// Pollers that wait on one task list of one node at once.
    pub pollers_per_list: usize,
    /// The longest execution start-to-close timeout, in seconds.
    pub execution_seconds: u32,
    /// The longest retention of a closed run, in days.
    pub retention_days: u32,
    /// Bytes of a request's body.
    pub request_bytes: usize,
}

/// Why a limit can't be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// There is no such limit.
    #[error("there is no limit {name:?}; there are {}", Limits::names().join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// It can't have this value.
    #[error("the limit {name} can't be {value:?}: {why}")]
    Value {
        /// Which.
        name: String,
        /// What was asked for.
        value: String,
        /// What is wrong with it.
        why: String,
    },
    /// Two limits contradict each other.
    #[error(
        "data_chars is {data_chars}, which does not fit into a request of {request_bytes} bytes; \
         raise request_bytes too"
    )]
    RequestTooSmall {
        /// Characters that a value may have.
        data_chars: usize,
        /// Bytes that the request around it may have.
        request_bytes: usize,
    },
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            domains: None,
            domain_tags: 50,
            workflow_types: 10_000,
            activity_types: 10_000,
            open_executions: 100_000,
            history_events: 25_000,
            terminate_at_history_limit: true,
            open_activities: 1_000,
            open_timers: 1_000,
            open_children: 1_000,
            tags: 5,
            data_chars: 32_768,
            heartbeat_chars: 2_048,
            name_chars: 256,
            reason_chars: 256,
            decisions: 1_000,
            pollers_per_list: 1_000,
            execution_seconds: 365 * 24 * 3_600,
            retention_days: 90,
            request_bytes: 1 << 20,
        }
    }
}

impl Limits {
    /// Amazon's, without exception: the number of domains is limited too.
    pub fn strict() -> Self {
        Limits {
            domains: Some(100),
            ..Limits::default()
        }
    }

    /// How many types of a kind a domain may have.
    pub fn types(&self, kind: TypeKind) -> u64 {
        match kind {
            TypeKind::Workflow => self.workflow_types,
            TypeKind::Activity => self.activity_types,
        }
    }

    /// The names of all limits.
    pub fn names() -> Vec<String> {
        let limits = Limits::default().as_map();
        limits.into_iter().map(|(name, _)| name).collect()
    }

    /// Sets one limit by its name; `off` where it may be none.
    ///
    /// # Errors
    /// When there is no such limit, or it can't have that value.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), LimitError> {
        let mut limits = self.as_map();
        let Some(limit) = limits.get_mut(name) else {
            return Err(LimitError::Unknown {
                name: name.to_owned(),
            });
        };
        *limit = match value {
            "off" => Value::Null,
            value => serde_json::from_str(value).unwrap_or_else(|_| Value::from(value)),
        };
        *self = serde_json::from_value(Value::Object(limits)).map_err(|error| LimitError::Value {
            name: name.to_owned(),
            value: value.to_owned(),
            why: error.to_string(),
        })?;
        Ok(())
    }

    /// Whether the limits go together.
    ///
    /// # Errors
    /// [`LimitError::RequestTooSmall`].
    pub fn check(&self) -> Result<(), LimitError> {
        if self.data_chars < self.request_bytes {
            return Ok(());
        }
        Err(LimitError::RequestTooSmall {
            data_chars: self.data_chars,
            request_bytes: self.request_bytes,
        })
    }

    fn as_map(&self) -> serde_json::Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(limits)) => limits,
            _ => unreachable!("a struct of numbers is an object"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_set_by_its_name() {
        let mut limits = Limits::default();
        assert_eq!(limits.set("data_chars", "65536"), Ok(()));
        assert_eq!(limits.set("domains", "7"), Ok(()));
        assert_eq!(limits.set("terminate_at_history_limit", "false"), Ok(()));
        let expected = Limits {
            data_chars: 65_536,
            domains: Some(7),
            terminate_at_history_limit: false,
            ..Limits::default()
        };
        assert_eq!(limits, expected);
        assert_eq!(limits.set("domains", "off"), Ok(()));
        assert_eq!(limits.domains, None);
    }

    #[test]
    fn what_is_no_limit_is_refused_with_those_that_are() {
        let mut limits = Limits::default();
        let unknown = limits.set("data_char", "1").map_err(|error| error.to_string());
        assert!(unknown.is_err_and(|error| error.contains("data_chars, decisions")));
        for (name, value) in [
            ("data_chars", "-1"),
            ("data_chars", "off"),
            ("tags", "many"),
            ("tags", ""),
        ] {
            assert!(
                matches!(limits.set(name, value), Err(LimitError::Value { .. })),
                "{name}={value}"
            );
        }
        assert_eq!(limits, Limits::default());
    }

    #[test]
    fn data_has_to_fit_into_a_request() {
        let limits = |data_chars| Limits {
            data_chars,
            ..Limits::default()
        };
        assert_eq!(limits(1_000_000).check(), Ok(()));
        assert!(limits(2_000_000).check().is_err());
    }
}
