//! The decision to note something in the history.

use serde::Deserialize;

use crate::model::{Decision, RecordMarker};

use super::super::check::Check;
use super::Attributes;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    marker_name: Option<String>,
    details: Option<String>,
}

impl Attributes for Record {
    fn check(&self, check: &mut Check<'_>) -> Decision {
        let chars = 1..=check.limits().name_chars;
        RecordMarker {
            marker_name: check.text("markerName", self.marker_name.as_deref(), chars),
            details: check.data("details", self.details.as_deref()),
        }
        .into()
    }
}
