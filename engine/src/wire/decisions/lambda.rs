//! The decision to call a Lambda function.

use serde::Deserialize;

use crate::model::{Decision, ScheduleLambdaFunction};

use super::super::check::Check;
use super::Attributes;

/// Characters of a function's name.
const NAME_CHARS_MAX: usize = 64;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Schedule {
    id: Option<String>,
    name: Option<String>,
    control: Option<String>,
    input: Option<String>,
    start_to_close_timeout: Option<String>,
}

impl Attributes for Schedule {
    fn check(&self, check: &mut Check<'_>) -> Decision {
        ScheduleLambdaFunction {
            id: check.name("id", self.id.as_deref()),
            name: check.text("name", self.name.as_deref(), 1..=NAME_CHARS_MAX),
            control: check.data("control", self.control.as_deref()),
            input: check.data("input", self.input.as_deref()),
            start_to_close_timeout: check.timeout(
                "startToCloseTimeout",
                self.start_to_close_timeout.as_deref(),
                true,
            ),
        }
        .into()
    }
}
