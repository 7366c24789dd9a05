//! Time, chance and memory: what a workflow must not take from elsewhere.

use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use uuid::Uuid;

use crate::model::{Data, RecordMarker, Text, Timestamp};

use super::run::{SIDE_EFFECT_MARKER, SideEffect};
use super::{PayloadError, WorkflowContext, payload};

impl WorkflowContext {
    /// The time: when the decision task at hand was started. It stands still between two waits.
    pub fn now(&self) -> Timestamp {
        self.shared.lock().now
    }

    /// The next number of a sequence that the run id determines. Not for secrets.
    pub fn random(&self) -> u64 {
        self.shared.lock().random.next()
    }

    /// A number below `bound` (0 if that is 0), evenly spread for bounds far below 2^64.
    pub fn random_below(&self, bound: u64) -> u64 {
        u64::try_from((u128::from(self.random()) * u128::from(bound)) >> 64).unwrap_or_default()
    }

    /// A UUID (version 4 in form) from [`WorkflowContext::random`].
    pub fn uuid(&self) -> Uuid {
        let (high, low) = (self.random(), self.random());
        uuid::Builder::from_random_bytes(Uuid::from_u64_pair(high, low).into_bytes()).into_uuid()
    }

    /// Runs `effect` once and notes its value in the history; a replay takes it from there. For short looks at the
    /// world that can't fail; it may run again if the node dies before the value is written.
    ///
    /// # Errors
    /// The value has no JSON form, or is too large, or the history has one of another type.
    pub fn side_effect<T, F>(&self, name: &str, effect: F) -> Result<T, PayloadError>
    where
        T: Serialize + DeserializeOwned,
        F: FnOnce() -> T,
    {
        let recorded = self.recorded_side_effect(name);
        let details = match &recorded {
            Some(details) => details.clone(),
            None => {
                let note = SideEffect {
                    name: name.to_owned(),
                    value: effect(),
                };
                payload::write("the side effect's value", &note, self.data_chars())?
            }
        };
        let marker = RecordMarker {
            marker_name: SIDE_EFFECT_MARKER.into(),
            details: Some(details.clone()),
        };
        self.shared.lock().decide(marker);
        payload::read::<SideEffect<T>>("the side effect's value", Some(&details)).map(|effect| effect.value)
    }

    fn recorded_side_effect(&self, name: &str) -> Option<Data> {
        let mut state = self.shared.lock();
        if !state.replaying {
            return None;
        }
        let ours = format!("side effect {name}");
        let Some((event_id, details)) = state.replayed_side_effect() else {
            state.misfits(None, "no side effect".to_owned(), ours);
            return None;
        };
        let theirs = payload::read::<SideEffect<IgnoredAny>>("a side effect", Some(&details))
            .map_or_else(|error| error.to_string(), |effect| effect.name);
        if theirs != name {
            state.misfits(Some(event_id), format!("side effect {theirs}"), ours);
            return None;
        }
        Some(details)
    }

    /// Whether this run takes the new path of a change to the code: true for runs that come here for the first time, false for
    /// those that passed here before the change. Once no old run is left, the old path and then this call may go.
    pub fn patched(&self, id: &str) -> bool {
        self.shared.lock().patched(id)
    }

    /// Notes something in the history, for people and tools.
    ///
    /// # Errors
    /// The value has no JSON form or is too large.
    pub fn marker<T: Serialize>(&self, name: impl Into<Text>, value: &T) -> Result<(), PayloadError> {
        let details = payload::write("the marker's value", value, self.data_chars())?;
        self.shared.lock().decide(RecordMarker {
            marker_name: name.into(),
            details: Some(details),
        });
        Ok(())
    }

    /// Shows where the run stands: written with the decision task at hand, in place of what was shown before.
    ///
    /// # Errors
    /// The value has no JSON form or is too large.
    pub fn execution_context<T: Serialize>(&self, value: &T) -> Result<(), PayloadError> {
        let context = payload::write("the execution context", value, self.data_chars())?;
        self.shared.lock().execution_context = Some(context);
        Ok(())
    }
}
