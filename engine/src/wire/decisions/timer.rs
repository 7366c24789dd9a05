//! Decisions about timers.

use serde::Deserialize;

use crate::model::{CancelTimer, Decision, StartTimer};

use super::super::check::Check;
use super::Attributes;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Start {
    timer_id: Option<String>,
    control: Option<String>,
    start_to_fire_timeout: Option<String>,
}

impl Attributes for Start {
    fn check(&self, check: &mut Check<'_>) -> Decision {
        StartTimer {
            timer_id: check.name("timerId", self.timer_id.as_deref()),
            control: check.data("control", self.control.as_deref()),
            start_to_fire_timeout: check.seconds("startToFireTimeout", self.start_to_fire_timeout.as_deref()),
        }
        .into()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cancel {
    timer_id: Option<String>,
}

impl Attributes for Cancel {
    fn check(&self, check: &mut Check<'_>) -> Decision {
        CancelTimer {
            timer_id: check.name("timerId", self.timer_id.as_deref()),
        }
        .into()
    }
}
