//! The index after a change.

use apus::sdk::{ActivityError, RunFailure};
use docstore_activities::RefreshIndex;
use docstore_workflows::DocumentChanged;

use super::{DOCUMENT, engine, gone, inputs, permanent};

pub const CHANGE: DocumentChanged = DocumentChanged {
    document: DOCUMENT,
    revision: 7,
};

#[test]
fn the_index_is_told_until_it_listens() {
    let mut engine = engine().stub::<RefreshIndex>(|_, attempt| match attempt {
        1..=9 => Err(ActivityError::retryable("index", "busy")),
        _ => Ok(()),
    });
    engine.run(&CHANGE.workflow_id(), &CHANGE).unwrap();
    let told = inputs::<RefreshIndex>(&engine);
    assert_eq!(told.len(), 10);
    assert!(told.iter().all(|told| told.document == DOCUMENT));
}

#[test]
fn a_document_that_is_gone_needs_nothing() {
    let mut gone = engine().stub::<RefreshIndex>(|_, _| gone());
    assert_eq!(gone.run(&CHANGE.workflow_id(), &CHANGE), Ok(()));
    let mut failing = engine().stub::<RefreshIndex>(|_, _| permanent("object_key"));
    let failed: Result<(), RunFailure> = failing.run(&CHANGE.workflow_id(), &CHANGE);
    assert_eq!(failed.unwrap_err().reason(), "object_key");
}

#[test]
fn each_change_has_a_run_of_its_own() {
    let next = DocumentChanged {
        revision: 8,
        ..CHANGE
    };
    assert_ne!(CHANGE.workflow_id(), next.workflow_id());
}
