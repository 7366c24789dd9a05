//! Decisions that do not go smoothly, as on a busy engine.

use crate::model::RunId;

use super::super::random::SplitMix64;

/// Draws what happens around each decision.
pub(super) struct Turbulence(SplitMix64);

/// What happens around a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Around {
    /// Nothing.
    Calm,
    /// Something else happens while it is made, so that a close is refused.
    Race,
    /// The decider has dropped the run, and replays it.
    Forgotten,
    /// The answer is lost and the task times out; the decider does not know of that.
    Lost,
}

impl Turbulence {
    /// The same seed, the same turbulence.
    pub(super) fn new(seed: u64) -> Self {
        Turbulence(SplitMix64::from_run(RunId(uuid::Uuid::from_u64_pair(0, seed))))
    }

    pub(super) fn draw(&mut self) -> Around {
        match self.0.next() % 8 {
            0..3 => Around::Calm,
            3..6 => Around::Race,
            6 => Around::Forgotten,
            _ => Around::Lost,
        }
    }
}
