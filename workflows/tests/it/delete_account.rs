//! What goes when an account is deleted, and that all of it goes.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use apus::sdk::testkit::TestEngine;
use apus::sdk::{ActivityError, RunFailure};
use docstore_activities::{
    DeleteObjects, ForgetAccount, ForgetDocument, ForgetInRegion, ListRegions, MarkDocuments,
};
use docstore_workflows::{DeleteAccount, DeleteDocument, workflow_id};
use uuid::Uuid;

use super::{ACCOUNT, engine, inputs, steps};

pub const DELETION: DeleteAccount = DeleteAccount { account: ACCOUNT };

/// The documents that the catalog has of the account.
type Documents = Arc<Mutex<BTreeSet<Uuid>>>;

/// An engine in whose world the account has so many documents.
pub fn world(documents: u128) -> TestEngine {
    let documents: Documents = Arc::new(Mutex::new((1..=documents).map(Uuid::from_u128).collect()));
    let (marked, forgotten, left) = (documents.clone(), documents.clone(), documents);
    engine()
        .stub::<MarkDocuments>(move |_, _| Ok(marked.lock().unwrap().iter().take(50).copied().collect()))
        .stub::<ForgetDocument>(move |document, _| {
            forgotten.lock().unwrap().remove(&document.document);
            Ok(())
        })
        .stub::<ForgetAccount>(move |_, _| Ok(left.lock().unwrap().is_empty()))
}

fn run(engine: &mut TestEngine) -> Result<(), RunFailure> {
    engine.run(&workflow_id::<DeleteAccount>(ACCOUNT), &DELETION)
}

#[test]
fn the_documents_go_first_and_the_other_regions_last() {
    let mut engine = world(1);
    run(&mut engine).unwrap();
    assert_eq!(
        steps(&engine),
        [
            "mark-documents",
            "remove-from-index",
            "delete-objects",
            "forget-document",
            "mark-documents",
            "forget-account",
            "list-regions",
            "forget-in-region"
        ]
    );
    let told = &inputs::<ForgetInRegion>(&engine)[0];
    assert_eq!((told.account, told.region.as_str()), (ACCOUNT, "ap-southeast-2"));
}

#[test]
fn an_account_of_any_size_goes() {
    let mut engine = world(2_720);
    run(&mut engine).unwrap();
    assert_eq!(engine.attempts_of::<ForgetDocument>(), 2_720);
    assert_eq!(engine.attempts_of::<MarkDocuments>(), 2_720 / 50 + 2);
}

#[test]
fn a_deletion_that_its_owner_asked_for_before_is_waited_for() {
    let deleted = Uuid::from_u128(1);
    let mut engine = world(2);
    let slow = workflow_id::<DeleteDocument>(deleted);
    engine
        .start(&slow, &DeleteDocument { document: deleted })
        .unwrap();
    let away = AtomicU32::new(0);
    let mut engine = engine.stub::<DeleteObjects>(move |_, _| {
        if away.fetch_add(1, Ordering::Relaxed) < 10 {
            return Err(ActivityError::retryable("object_store", "out of reach"));
        }
        Ok(())
    });
    run(&mut engine).unwrap();
    assert_eq!(engine.attempts_of::<ForgetDocument>(), 2, "each once");
}

#[test]
fn an_upload_that_was_asked_for_at_the_last_moment_goes_too() {
    let late = Arc::new(AtomicBool::new(true));
    let documents: Documents = Arc::default();
    let (marked, added) = (documents.clone(), documents.clone());
    let mut engine = world(0)
        .stub::<MarkDocuments>(move |_, _| Ok(marked.lock().unwrap().iter().copied().collect()))
        .stub::<ForgetDocument>(move |document, _| {
            documents.lock().unwrap().remove(&document.document);
            Ok(())
        })
        .stub::<ForgetAccount>(move |_, _| {
            if late.swap(false, Ordering::Relaxed) {
                added.lock().unwrap().insert(Uuid::from_u128(9));
            }
            Ok(added.lock().unwrap().is_empty())
        });
    run(&mut engine).unwrap();
    assert_eq!(engine.attempts_of::<ForgetDocument>(), 1);
    assert_eq!(engine.attempts_of::<ForgetAccount>(), 2);
}

#[test]
fn a_region_that_is_away_for_days_forgets_afterwards() {
    let away = Arc::new(AtomicBool::new(true));
    let asked = away.clone();
    let mut engine = world(0)
        .stub::<ListRegions>(|_, _| Ok(vec!["eu-west-1".into(), "ap-southeast-2".into()]))
        .stub::<ForgetInRegion>(move |forget, _| {
            if forget.region == "ap-southeast-2" && asked.load(Ordering::Relaxed) {
                return Err(ActivityError::retryable("region", "out of reach"));
            }
            Ok(())
        });
    engine.plan(Duration::from_secs(3 * 86_400), move |_| {
        away.store(false, Ordering::Relaxed);
    });
    let begun = engine.now();
    run(&mut engine).unwrap();
    let hours = (engine.now().0 - begun.0) / 3_600_000;
    assert!((72..=73).contains(&hours), "{hours} hours");
    assert!(engine.workflow_ids().len() > 1, "in several histories");
}
