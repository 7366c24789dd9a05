//! Events about markers.

use super::super::{Data, EventId, RecordMarkerFailedCause, Text};

attributes! {
    /// The decider noted something in the history.
    MarkerRecorded {
        marker_name: Text,
        details: Option<Data>,
        decision_task_completed_event_id: EventId,
    }
    /// `RecordMarker` was refused.
    RecordMarkerFailed {
        marker_name: Text,
        cause: RecordMarkerFailedCause,
        decision_task_completed_event_id: EventId,
    }
}
