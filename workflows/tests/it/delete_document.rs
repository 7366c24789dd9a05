//! What goes when a document is deleted, and in which order.

use std::time::Duration;

use apus::sdk::{ActivityError, RunFailure};
use docstore_activities::{DeleteObjects, RemoveFromIndex};
use docstore_workflows::DeleteDocument;

use super::{DOCUMENT, engine, id, inputs, steps};

const DELETION: DeleteDocument = DeleteDocument { document: DOCUMENT };

#[test]
fn the_row_goes_last() {
    let mut engine = engine();
    engine.run(&id::<DeleteDocument>(), &DELETION).unwrap();
    assert_eq!(
        steps(&engine),
        ["remove-from-index", "delete-objects", "forget-document"]
    );
    assert_eq!(inputs::<RemoveFromIndex>(&engine)[0].document, DOCUMENT);
}

#[test]
fn an_object_store_that_is_out_for_hours_is_waited_for() {
    let mut engine = engine().stub::<DeleteObjects>(|_, attempt| {
        if attempt <= 200 {
            Err(ActivityError::retryable("object_store", "out of reach"))
        } else {
            Ok(())
        }
    });
    let begun = engine.now();
    engine.run(&id::<DeleteDocument>(), &DELETION).unwrap();
    let hours = (engine.now().0 - begun.0) / 3_600_000;
    assert_eq!(hours, 16);
    assert_eq!(
        engine.attempts_of::<RemoveFromIndex>(),
        1,
        "what is done is not repeated"
    );
}

#[test]
fn a_cancelled_deletion_stops_where_it_is() {
    let mut engine =
        engine().stub::<DeleteObjects>(|_, _| Err(ActivityError::retryable("object_store", "out of reach")));
    engine.plan(Duration::from_secs(90), |engine| {
        engine.cancel(&id::<DeleteDocument>()).unwrap();
    });
    let ended = engine.run(&id::<DeleteDocument>(), &DELETION);
    assert_eq!(ended, Err(RunFailure::Cancelled));
    assert!(!steps(&engine).contains(&"forget-document"));
}
