//! Heartbeats: noted in memory, saved a few times per timeout, so that another node can take over with them.

use crate::core;
use crate::model::{EventId, RunId, Timestamp};
use crate::store::{self, Heartbeat, TaskKey};

use super::super::inputs::{Ask, Envelope, Reply};
use super::Planner;

/// A heartbeat timeout is divided by this for the time between two saves.
const SAVES_PER_TIMEOUT: i64 = 4;

/// The latest heartbeat of an activity task, and when one was last saved.
pub struct Beat {
    latest: Heartbeat,
    save_every_ms: i64,
    saved_at: Timestamp,
    saved: bool,
}

impl Planner {
    /// Notes a heartbeat and tells the worker whether to go on.
    pub(super) fn beat(&mut self, run: RunId, envelope: Envelope) {
        let Ask::Heartbeat {
            scheduled_event_id,
            started_event_id,
            details,
        } = &envelope.ask
        else {
            return;
        };
        let now = self.with.clock.now();
        let Some(slot) = self.slots.get_mut(&run) else {
            return;
        };
        let noted = core::heartbeat(
            &mut slot.execution,
            *scheduled_event_id,
            *started_event_id,
            details.clone(),
            now,
        );
        let fresh = slot.fresh;
        match noted {
            Ok(cancel_requested) => {
                let (scheduled_event_id, started_event_id) = (*scheduled_event_id, *started_event_id);
                let details = details.clone();
                self.note(Heartbeat {
                    run,
                    scheduled_event_id,
                    started_event_id,
                    at: now,
                    details,
                });
                if let Reply::Beat(reply) = envelope.reply {
                    let _ = reply.send(Ok(cancel_requested));
                }
                self.arm(run);
            }
            Err(_) if !fresh && !envelope.verified => self.ask_again(run, envelope),
            Err(fault) => self.refuse(run, envelope, fault),
        }
    }

    fn note(&mut self, latest: Heartbeat) {
        let key = TaskKey {
            run: latest.run,
            scheduled_event_id: latest.scheduled_event_id,
        };
        let timeout = self
            .slots
            .get(&key.run)
            .and_then(|slot| slot.execution.activities.get(&key.scheduled_event_id))
            .and_then(|activity| activity.scheduled.heartbeat_timeout?.seconds());
        // Without a heartbeat timeout nobody waits for it, and its details are only kept for a later timeout.
        let Some(seconds) = timeout else { return };
        let save_every_ms = i64::from(seconds) * 1000 / SAVES_PER_TIMEOUT;
        match self.beats.get_mut(&key) {
            Some(beat) => {
                beat.latest = latest;
                beat.saved = false;
            }
            None => {
                let saved_at = latest.at;
                self.beats.insert(
                    key,
                    Beat {
                        latest,
                        save_every_ms,
                        saved_at,
                        saved: false,
                    },
                );
            }
        }
    }

    /// Saves the heartbeats whose turn it is.
    pub(super) fn save_heartbeats(&mut self) {
        let now = self.with.clock.now();
        let due: Vec<Heartbeat> = self
            .beats
            .values_mut()
            .filter(|beat| !beat.saved && now.0 - beat.saved_at.0 >= beat.save_every_ms)
            .map(|beat| {
                beat.saved = true;
                beat.saved_at = now;
                beat.latest.clone()
            })
            .collect();
        if due.is_empty() {
            return;
        }
        let pool = self.with.pool.clone();
        tokio::spawn(async move {
            if let Err(error) = store::save_heartbeats(&pool, &due).await {
                tracing::warn!(%error, beats = due.len(), "heartbeats can't be saved; later ones will be");
            }
        });
    }

    /// An activity ended: its heartbeats are needed no longer. Says whether Postgres may hold one.
    pub(super) fn forget_beat(&mut self, run: RunId, scheduled_event_id: EventId) -> bool {
        self.beats
            .remove(&TaskKey {
                run,
                scheduled_event_id,
            })
            .is_some()
    }
}
