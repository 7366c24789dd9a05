//! What becomes of an account's documents when they are to be indexed otherwise than before.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use apus::sdk::testkit::TestEngine;
use apus::sdk::{ActivityError, RunFailure};
use docstore_activities::catalog::Outcome;
use docstore_activities::{
    ExtractText, LeftToIndex, ListUnindexed, ReindexDocument, ReviseOutcome, SendOverQuotaMail, SettleIndex,
    TextSource, ToIndex,
};
use docstore_workflows::{ReindexAccount, workflow_id};
use uuid::Uuid;

use super::{ACCOUNT, engine, gone, indexed, inputs, permanent, reason, steps};

pub const REINDEX: ReindexAccount = ReindexAccount { account: ACCOUNT };

/// The catalog's memory of which documents are not indexed as the account wants them.
type Left = Arc<Mutex<BTreeMap<Uuid, TextSource>>>;

fn left(documents: impl IntoIterator<Item = TextSource>) -> Left {
    let documents = (1..).map(Uuid::from_u128).zip(documents);
    Arc::new(Mutex::new(documents.collect()))
}

/// An engine in whose world these documents are left, and what is indexed is left no more.
fn world(left: &Left) -> TestEngine {
    let (listed, done) = (Arc::clone(left), Arc::clone(left));
    engine()
        .stub::<ListUnindexed>(move |_, _| Ok(Some(listing(&listed, None))))
        .stub::<ReindexDocument>(move |document, _| {
            done.lock().unwrap().remove(&document.document);
            Ok(indexed(document.with_text))
        })
}

fn listing(left: &Left, excursion: Option<i64>) -> LeftToIndex {
    let left = left.lock().unwrap();
    let documents = left.iter().take(50).map(|(document, text)| ToIndex {
        document: *document,
        text: *text,
    });
    LeftToIndex {
        wanted: 1,
        excursion,
        documents: documents.collect(),
        processing: 0,
    }
}

/// An engine with one document whose text has to be read.
pub fn upgrade() -> TestEngine {
    world(&left([TextSource::Unread]))
}

fn run(engine: &mut TestEngine) -> Result<(), RunFailure> {
    engine.run(&workflow_id::<ReindexAccount>(ACCOUNT), &REINDEX)
}

fn with_texts(engine: &TestEngine) -> Vec<bool> {
    let documents = inputs::<ReindexDocument>(engine);
    documents.iter().map(|document| document.with_text).collect()
}

#[test]
fn after_an_upgrade_texts_are_read_and_found() {
    let mut engine = upgrade();
    run(&mut engine).unwrap();
    assert_eq!(
        steps(&engine),
        [
            "list-unindexed",
            "extract-text",
            "revise-outcome",
            "reindex-document",
            "list-unindexed",
            "settle-index"
        ]
    );
    assert_eq!(with_texts(&engine), [true]);
    assert_eq!(inputs::<SettleIndex>(&engine)[0].wanted, 1);
}

#[test]
fn after_a_downgrade_texts_are_found_no_more() {
    let mut engine = world(&left([TextSource::Unwanted; 3]));
    run(&mut engine).unwrap();
    assert_eq!(with_texts(&engine), [false; 3]);
    assert_eq!(engine.attempts_of::<ExtractText>(), 0);
    assert_eq!(engine.attempts_of::<SendOverQuotaMail>(), 0);
}

#[test]
fn a_text_that_was_stored_is_not_read_again_unless_it_was_lost() {
    let mut engine = world(&left([TextSource::Stored]));
    run(&mut engine).unwrap();
    assert_eq!(engine.attempts_of::<ExtractText>(), 0);

    let documents = left([TextSource::Stored]);
    let done = Arc::clone(&documents);
    let lost = AtomicBool::new(true);
    let mut engine = world(&documents).stub::<ReindexDocument>(move |document, _| {
        if lost.swap(false, Ordering::Relaxed) {
            return permanent("no_object");
        }
        done.lock().unwrap().remove(&document.document);
        Ok(indexed(document.with_text))
    });
    run(&mut engine).unwrap();
    assert_eq!(engine.attempts_of::<ExtractText>(), 1);
    assert_eq!(with_texts(&engine), [true, true]);
}

#[test]
fn what_cannot_be_read_says_so_and_is_found_by_name() {
    let mut engine = upgrade().stub::<ExtractText>(|_, _| permanent("encrypted"));
    run(&mut engine).unwrap();
    let failed = Outcome::Failed(reason("encrypted", "the test's"));
    assert_eq!(inputs::<ReviseOutcome>(&engine)[0].outcome, failed);
    assert_eq!(with_texts(&engine), [false]);

    let mut engine = upgrade().stub::<ExtractText>(|_, _| permanent("unsupported"));
    run(&mut engine).unwrap();
    let degraded = Outcome::ReadyDegraded(reason("unsupported", "the test's"));
    assert_eq!(inputs::<ReviseOutcome>(&engine)[0].outcome, degraded);
}

#[test]
fn a_document_that_is_deleted_meanwhile_needs_nothing() {
    let documents = left([TextSource::Unread, TextSource::Stored]);
    let deleted = Arc::clone(&documents);
    let mut engine = world(&documents)
        .stub::<ExtractText>(|_, _| gone())
        .stub::<ReindexDocument>(move |_, _| {
            deleted.lock().unwrap().clear();
            gone()
        });
    run(&mut engine).unwrap();
    assert_eq!(engine.attempts_of::<ReviseOutcome>(), 0);
}

#[test]
fn an_account_that_is_gone_needs_nothing() {
    let mut engine = engine().stub::<ListUnindexed>(|_, _| Ok(None));
    run(&mut engine).unwrap();
    assert_eq!(steps(&engine), ["list-unindexed"]);
}

#[test]
fn a_large_account_is_indexed_in_several_runs() {
    let mut engine = world(&left(vec![TextSource::Unwanted; 1_234]));
    run(&mut engine).unwrap();
    assert_eq!(engine.attempts_of::<ReindexDocument>(), 1_234, "each once");
    assert_eq!(engine.workflow_ids().len(), 3, "500 documents a run");
}

#[test]
fn what_is_being_processed_is_waited_for() {
    let looks = AtomicU32::new(0);
    let documents = left([]);
    let listed = Arc::clone(&documents);
    let mut engine = world(&documents).stub::<ListUnindexed>(move |_, _| {
        let processing = i64::from(looks.fetch_add(1, Ordering::Relaxed) < 4);
        Ok(Some(LeftToIndex {
            processing,
            ..listing(&listed, None)
        }))
    });
    let begun = engine.now();
    run(&mut engine).unwrap();
    assert_eq!((engine.now().0 - begun.0) / 1_000, 2 + 4 + 8 + 16);
    assert_eq!(engine.attempts_of::<SettleIndex>(), 1);
}

#[test]
fn a_plan_that_changes_meanwhile_is_followed() {
    let changes = AtomicU32::new(0);
    let mut engine = world(&left([TextSource::Stored]))
        .stub::<SettleIndex>(move |_, _| Ok(changes.fetch_add(1, Ordering::Relaxed) > 0));
    run(&mut engine).unwrap();
    assert_eq!(engine.attempts_of::<SettleIndex>(), 2);
}

#[test]
fn a_mail_that_waits_for_its_service_holds_no_document_up() {
    let documents = left([TextSource::Unwanted]);
    let listed = Arc::clone(&documents);
    let mut engine = world(&documents)
        .stub::<ListUnindexed>(move |_, _| Ok(Some(listing(&listed, Some(3)))))
        .stub::<SendOverQuotaMail>(|mail, attempt| {
            assert_eq!((mail.account, mail.excursion), (ACCOUNT, 3));
            if attempt < 20 {
                return Err(ActivityError::retryable("mail_service", "out of reach"));
            }
            Ok(true)
        });
    engine
        .start(&workflow_id::<ReindexAccount>(ACCOUNT), &REINDEX)
        .unwrap();
    engine.run_for(Duration::from_secs(60)).unwrap();
    assert_eq!(engine.attempts_of::<SettleIndex>(), 1);
    engine
        .result::<ReindexAccount>(&workflow_id::<ReindexAccount>(ACCOUNT))
        .unwrap();
    assert_eq!(engine.attempts_of::<SendOverQuotaMail>(), 20);
}
