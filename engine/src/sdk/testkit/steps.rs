//! How a test's engine goes on: one thing at a time, in an order that does not change.

use std::time::Duration;

use crate::core::{ActivityState, Command, Completion};
use crate::model::{EventId, RunId, Timestamp};
use crate::node::{Decided, Decider, DecisionInput};

use super::super::run::Run;
use super::activities::Answer;
use super::stuck::waits_for as describe;
use super::turbulence::{Around, Turbulence};
use super::{Stuck, TestEngine};

/// Histories up to this length are replayed at each decision; longer ones would take a test's time squared.
const REPLAYED_EVENTS: usize = 1_000;

impl TestEngine {
    /// Does one thing that takes no time; false if there is none.
    pub(super) fn act(&mut self) -> Result<bool, Stuck> {
        if self.world.deliver() {
            return Ok(true);
        }
        if let Some((run_id, scheduled)) = self.world.undecided() {
            self.decide(run_id, scheduled)?;
            return Ok(true);
        }
        Ok(self.perform_next())
    }

    /// Makes an attempt at an activity that waits; false if there is none.
    fn perform_next(&mut self) -> bool {
        let waiting = self.world.waiting_activity();
        if let Some((run_id, scheduled)) = waiting {
            self.perform(run_id, scheduled);
        }
        waiting.is_some()
    }

    /// Goes to the next time at which something happens, unless that is after `end`; false if there is none.
    pub(super) fn pass_time(&mut self, end: Option<Timestamp>) -> Result<bool, Stuck> {
        let answer = self.answers.first_key_value().map(|((at, _), _)| *at);
        let plan = self.plans.first_key_value().map(|((at, _), _)| *at);
        let deadline = self.world.next_deadline();
        let times = [answer, plan, deadline.map(|(at, _)| at)];
        let Some(next) = times
            .into_iter()
            .flatten()
            .min()
            .filter(|next| end.is_none_or(|end| *next <= end))
        else {
            return Ok(false);
        };
        self.world.now = self.world.now.max(next);
        if answer == Some(next) {
            if let Some((_, answer)) = self.answers.pop_first() {
                self.hand_in(answer);
            }
        } else if plan == Some(next) {
            if let Some((_, plan)) = self.plans.pop_first() {
                plan(self);
            }
        } else if let Some((_, run_id)) = deadline {
            self.world
                .heartbeat(self.answers.values().filter(|answer| answer.run_id == run_id));
            self.must(run_id, &Command::FireDue);
        }
        Ok(true)
    }

    fn decide(&mut self, run_id: RunId, scheduled_event_id: EventId) -> Result<(), Stuck> {
        let around = self.turbulence.as_mut().map_or(Around::Calm, Turbulence::draw);
        let seen = self.world.runs[&run_id]
            .execution
            .decisions
            .previous_started_event_id;
        self.must(
            run_id,
            &Command::StartDecisionTask {
                scheduled_event_id,
                identity: None,
            },
        );
        let started_event_id = self.world.runs[&run_id].execution.next_event_id - 1;
        if around == Around::Forgotten {
            self.decider.forget(run_id);
        }
        let completion = self.decision(run_id, seen)?;
        match around {
            Around::Lost => return Ok(()),
            Around::Race => drop(self.world.deliver() || self.perform_next()),
            Around::Calm | Around::Forgotten => {}
        }
        if !self.world.runs[&run_id].execution.is_open() {
            return Ok(());
        }
        let successor = self.world.next_run_id();
        let command = Command::CompleteDecisionTask {
            scheduled_event_id,
            started_event_id,
            completion,
            successor,
        };
        self.must(run_id, &command);
        if !self.world.runs[&run_id].execution.is_open() {
            self.decider.forget(run_id);
        }
        Ok(())
    }

    fn decision(&mut self, run_id: RunId, seen: EventId) -> Result<Completion, Stuck> {
        let decided = match self.ask(run_id, seen) {
            Decided::NeedsHistory => self.ask(run_id, 0),
            decided => decided,
        };
        let run = &self.world.runs[&run_id];
        let undecidable = |message| Stuck::Undecidable {
            workflow_id: run.execution.id.workflow_id.clone(),
            message,
        };
        let completion = match decided {
            Decided::Completion(completion) => completion,
            Decided::Failed(message) => return Err(undecidable(message)),
            Decided::NeedsHistory => {
                return Err(undecidable("it asks for the history that it was given".into()));
            }
        };
        if run.history.len() <= REPLAYED_EVENTS {
            self.check_replay(run_id, &completion).map_err(undecidable)?;
        }
        Ok(completion)
    }

    fn ask(&mut self, run_id: RunId, seen: EventId) -> Decided {
        let run = &self.world.runs[&run_id];
        let events = run
            .history
            .iter()
            .filter(|event| event.id > seen)
            .cloned()
            .collect();
        self.decider.decide(&DecisionInput {
            domain: self.world.domain.clone(),
            execution: run.execution.id.clone(),
            workflow_type: run.execution.started.workflow_type.clone(),
            events,
            previous_started_event_id: run.execution.decisions.previous_started_event_id,
        })
    }

    /// A replay of the whole history must decide what the live run decided.
    fn check_replay(&self, run_id: RunId, live: &Completion) -> Result<(), String> {
        let run = &self.world.runs[&run_id];
        let replayed = Run::new(
            &self.world.domain,
            &run.execution.id,
            &self.workflows,
            &run.history,
        )
        .and_then(|mut replayed| replayed.advance(&run.history))
        .map_err(|error| format!("its replay fails: {error}"))?;
        if replayed.decisions != live.decisions {
            let (live, replayed) = (&live.decisions, &replayed.decisions);
            return Err(format!(
                "the workflow is not deterministic: it decided {live:?}, its replay {replayed:?}"
            ));
        }
        Ok(())
    }

    fn perform(&mut self, run_id: RunId, scheduled_event_id: EventId) {
        self.must(
            run_id,
            &Command::StartActivityTask {
                scheduled_event_id,
                identity: None,
            },
        );
        let execution = &self.world.runs[&run_id].execution;
        let Some(activity) = execution.activities.get(&scheduled_event_id) else {
            return;
        };
        let ActivityState::Started { task, .. } = &activity.state else {
            return;
        };
        let started_event_id = task.started_event_id;
        let performed = self
            .performer
            .perform(&execution.id, &activity.scheduled, self.world.now);
        if let Some(done) = performed.answer {
            let answer = Answer {
                run_id,
                scheduled_event_id,
                started_event_id,
                done,
            };
            if performed.takes.is_zero() {
                self.hand_in(answer);
            } else {
                let key = self.key(after(self.world.now, performed.takes));
                self.answers.insert(key, answer);
            }
        }
    }

    /// An answer that comes too late is refused, and that is all.
    fn hand_in(&mut self, answer: Answer) {
        let Answer {
            run_id,
            scheduled_event_id,
            started_event_id,
            done,
        } = answer;
        let command = match done {
            Ok(result) => Command::CompleteActivityTask {
                scheduled_event_id,
                started_event_id,
                result: Some(result),
            },
            Err(error) => Command::FailActivityTask {
                scheduled_event_id,
                started_event_id,
                reason: Some(error.reason.clone()),
                details: Some(error.details().into()),
            },
        };
        let _too_late = self.world.command(run_id, &command);
    }

    /// Applies a command that the engine has just offered.
    fn must(&mut self, run_id: RunId, command: &Command) {
        if let Err(fault) = self.world.command(run_id, command) {
            panic!("the engine refused {command:?}: {fault}");
        }
    }

    /// Whether nothing is under way, anywhere, that could end the run's waiting before its own timeout does.
    pub(super) fn is_stuck(&self, run_id: RunId) -> bool {
        let next = self.world.next_deadline();
        let is_next =
            next.is_none_or(|(_, next)| next == run_id) && self.world.only_its_timeout_is_left(run_id);
        is_next && self.answers.is_empty() && self.plans.is_empty()
    }

    pub(super) fn waits(&self, run_id: RunId) -> Stuck {
        let others = self.world.open_runs().filter(|(other, _)| *other != run_id);
        let mut waits_for = describe(
            &self.world.runs[&run_id].execution,
            &self.decider.awaited_signals(run_id),
        );
        for (other, run) in others {
            let id = &run.execution.id.workflow_id;
            let for_what = describe(&run.execution, &self.decider.awaited_signals(other));
            waits_for.push_str(&format!("; workflow {id} waits for {for_what}"));
        }
        Stuck::Waits {
            workflow_id: self.world.runs[&run_id].execution.id.workflow_id.clone(),
            waits_for,
        }
    }

    pub(super) fn key(&mut self, at: Timestamp) -> (Timestamp, u64) {
        self.sequence += 1;
        (at, self.sequence)
    }
}

/// So much later.
pub(super) fn after(time: Timestamp, duration: Duration) -> Timestamp {
    time.plus_millis(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}
