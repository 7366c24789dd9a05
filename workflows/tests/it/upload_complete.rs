//! What becomes of a document that has arrived, by what it is and by what goes wrong.

use std::time::Duration;

use apus::sdk::testkit::TestEngine;
use apus::sdk::{Activity, ActivityError, RunFailure};
use docstore_activities::catalog::{Outcome, Plan};
use docstore_activities::extract::{DocumentKind, ExtractError};
use docstore_activities::{
    CountUsage, ExtractText, FinishDocument, IndexDocument, MakeThumbnail, ObjectFacts, PutMetrics,
    ReadObjectMetadata, SendOverQuotaMail, TextFacts,
};
use docstore_workflows::{Summary, UploadComplete};

use super::{ACCOUNT, DOCUMENT, engine, gone, id, inputs, over_quota, pdf, permanent, reason, steps, text};

pub const PROCESSING: UploadComplete = UploadComplete::first(DOCUMENT);

pub fn run(engine: &mut TestEngine) -> Result<Summary, RunFailure> {
    engine.run(&id::<UploadComplete>(), &PROCESSING)
}

/// Runs to the outcome, which must be what the catalog was told, once.
fn outcome(engine: &mut TestEngine) -> Outcome {
    let outcome = run(engine).unwrap().expect("the document is still there");
    let told = inputs::<FinishDocument>(engine);
    assert_eq!(
        told.iter().map(|told| &told.outcome).collect::<Vec<_>>(),
        [&outcome]
    );
    outcome
}

/// The outcome of a premium document whose text can't be read for this reason.
fn unread(reason: &'static str) -> (Outcome, TestEngine) {
    let mut engine = engine().stub::<ExtractText>(move |_, _| permanent(reason));
    (outcome(&mut engine), engine)
}

fn of_text(text: TextFacts) -> Outcome {
    let mut engine = engine().stub::<ExtractText>(move |_, _| Ok(text.clone()));
    let outcome = outcome(&mut engine);
    assert!(
        inputs::<IndexDocument>(&engine)[0].with_text,
        "what there is is found"
    );
    outcome
}

fn unreachable<T>() -> Result<T, ActivityError> {
    Err(ActivityError::retryable("service", "out of reach"))
}

#[test]
fn a_premium_document_is_found_by_its_text() {
    let mut engine = engine();
    assert_eq!(outcome(&mut engine), Outcome::Ready);
    assert_eq!(
        steps(&engine),
        [
            "read-object-metadata",
            "count-usage",
            "extract-text",
            "make-thumbnail",
            "index-document",
            "finish-document",
            "put-metrics"
        ]
    );
    assert!(inputs::<IndexDocument>(&engine)[0].with_text);
    assert_eq!(inputs::<CountUsage>(&engine)[0].size, 1_000);
}

#[test]
fn a_free_document_is_found_by_its_name() {
    let mut engine = engine().stub::<ReadObjectMetadata>(|_, _| Ok(pdf(Plan::Free)));
    assert_eq!(outcome(&mut engine), Outcome::Ready);
    assert!(!inputs::<IndexDocument>(&engine)[0].with_text);
    assert_eq!(engine.attempts_of::<ExtractText>(), 0);
    assert_eq!(engine.attempts_of::<MakeThumbnail>(), 1);
    assert_eq!(engine.attempts_of::<SendOverQuotaMail>(), 0);
}

#[test]
fn what_has_no_look_is_not_drawn() {
    let note = ObjectFacts {
        kind: DocumentKind::Text,
        ..pdf(Plan::Premium)
    };
    let mut engine = engine().stub::<ReadObjectMetadata>(move |_, _| Ok(note.clone()));
    assert_eq!(outcome(&mut engine), Outcome::Ready);
    assert_eq!(engine.attempts_of::<MakeThumbnail>(), 0);
}

#[test]
fn figures_name_the_plan_the_kind_the_outcome_and_the_time() {
    let mut engine = engine().stub_taking::<ExtractText>(Duration::from_secs(90), |_, _| Ok(text()));
    outcome(&mut engine);
    let metrics = &inputs::<PutMetrics>(&engine)[0];
    assert_eq!(metrics.plan, Plan::Premium);
    assert_eq!(
        (&*metrics.kind, &*metrics.outcome, metrics.size),
        ("pdf", "ready", 1_000)
    );
    assert!(
        (metrics.seconds - 90.0).abs() < f64::EPSILON,
        "{}",
        metrics.seconds
    );
}

#[test]
fn a_kind_that_nothing_reads_is_ready_but_for_its_text() {
    let (outcome, engine) = unread("unsupported");
    assert_eq!(
        outcome,
        Outcome::ReadyDegraded(reason("unsupported", "the test's"))
    );
    assert!(!inputs::<IndexDocument>(&engine)[0].with_text);
}

#[test]
fn what_can_not_be_read_has_failed_and_is_found_by_its_name() {
    for code in [
        "encrypted",
        "corrupt",
        "timed_out",
        "too_large",
        "out_of_memory",
        "crashed",
    ] {
        let (outcome, engine) = unread(code);
        assert_eq!(outcome, Outcome::Failed(reason(code, "the test's")));
        assert_eq!(
            engine.attempts_of::<ExtractText>(),
            1,
            "no other attempt can help"
        );
        assert!(!inputs::<IndexDocument>(&engine)[0].with_text);
        assert_eq!(inputs::<PutMetrics>(&engine)[0].outcome, "failed");
    }
}

#[test]
fn content_that_can_not_even_be_looked_at_has_failed() {
    let empty = ObjectFacts {
        kind: DocumentKind::Unknown,
        unreadable: Some(ExtractError::Empty),
        ..pdf(Plan::Free)
    };
    let mut engine = engine().stub::<ReadObjectMetadata>(move |_, _| Ok(empty.clone()));
    assert_eq!(
        outcome(&mut engine),
        Outcome::Failed(reason("empty", "the document is empty"))
    );
    assert_eq!(engine.attempts_of::<ExtractText>(), 0);
    assert_eq!(
        engine.attempts_of::<CountUsage>(),
        1,
        "it takes room all the same"
    );
}

#[test]
fn a_reader_that_fails_for_hours_is_given_up() {
    let mut engine = engine().stub::<ExtractText>(|_, _| unreachable());
    let failed = Outcome::Failed(reason("service", "out of reach"));
    assert_eq!(outcome(&mut engine), failed);
    // Six hours of pauses that grow to five minutes.
    let attempts = engine.attempts_of::<ExtractText>();
    assert!((72..=90).contains(&attempts), "{attempts}");
}

#[test]
fn an_extraction_that_outlives_its_task_has_failed() {
    let hours = Duration::from_secs(2 * 3_600);
    let mut engine = engine().stub_taking::<ExtractText>(hours, |_, _| Ok(text()));
    let Outcome::Failed(reason) = outcome(&mut engine) else {
        panic!("it can't be ready");
    };
    assert_eq!(reason.code, "activity_timed_out");
    assert_eq!(
        engine.attempts_of::<ExtractText>(),
        6,
        "an hour each, within six hours"
    );
}

#[test]
fn pages_without_text_degrade() {
    let outcome = of_text(TextFacts {
        without_text: 2,
        ..text()
    });
    let expected = reason(
        "pages_without_text",
        "2 of 3 pages have no text that could be read",
    );
    assert_eq!(outcome, Outcome::ReadyDegraded(expected));
}

#[test]
fn text_that_was_cut_off_degrades() {
    let cut = of_text(TextFacts {
        truncated: true,
        ..text()
    });
    let expected = reason(
        "text_incomplete",
        "the document is long; its end can't be searched",
    );
    assert_eq!(cut, Outcome::ReadyDegraded(expected));
    let missing = of_text(TextFacts {
        missing: Some("sheet 2 is too large".into()),
        ..text()
    });
    let expected = reason("text_incomplete", "sheet 2 is too large");
    assert_eq!(missing, Outcome::ReadyDegraded(expected));
}

#[test]
fn the_owner_is_told_of_each_excursion_over_his_quota() {
    let mut engine = engine().stub::<CountUsage>(|_, _| Ok(over_quota(3)));
    assert_eq!(outcome(&mut engine), Outcome::Ready);
    let mails = inputs::<SendOverQuotaMail>(&engine);
    let told: Vec<_> = mails.iter().map(|mail| (mail.account, mail.excursion)).collect();
    assert_eq!(told, [(ACCOUNT, 3)]);
}

#[test]
fn a_document_does_not_wait_for_a_mail() {
    let mut engine = engine()
        .stub::<CountUsage>(|_, _| Ok(over_quota(1)))
        .stub::<SendOverQuotaMail>(|_, attempt| if attempt <= 50 { unreachable() } else { Ok(true) });
    engine.start(&id::<UploadComplete>(), &PROCESSING).unwrap();
    engine.run_for(Duration::from_secs(10)).unwrap();
    assert_eq!(engine.attempts_of::<FinishDocument>(), 1);
    assert_eq!(
        engine.result::<UploadComplete>(&id::<UploadComplete>()),
        Ok(Some(Outcome::Ready))
    );
    assert_eq!(engine.attempts_of::<SendOverQuotaMail>(), 51);
}

#[test]
fn what_only_adorns_a_document_may_fail() {
    let mut engine = engine()
        .stub::<CountUsage>(|_, _| Ok(over_quota(1)))
        .stub::<SendOverQuotaMail>(|_, _| permanent("mail_refused"))
        .stub::<MakeThumbnail>(|_, _| permanent("crashed"))
        .stub::<PutMetrics>(|_, _| permanent("metrics"));
    assert_eq!(outcome(&mut engine), Outcome::Ready);
}

#[test]
fn a_step_that_can_not_be_done_ends_the_document() {
    let mut no_object = engine().stub::<ReadObjectMetadata>(|_, _| permanent("no_object"));
    assert_eq!(
        outcome(&mut no_object),
        Outcome::Failed(reason("no_object", "the test's"))
    );
    assert_eq!(steps(&no_object), ["read-object-metadata", "finish-document"]);

    let mut no_account = engine().stub::<CountUsage>(|_, _| permanent("no_such_account"));
    assert_eq!(
        outcome(&mut no_account),
        Outcome::Failed(reason("no_such_account", "the test's"))
    );
    let mut no_index = engine().stub::<IndexDocument>(|_, _| permanent("payload"));
    assert_eq!(
        outcome(&mut no_index),
        Outcome::Failed(reason("payload", "the test's"))
    );
}

/// The workflow in a world where this activity finds the document deleted.
fn deleted_at<A: Activity>() {
    let mut engine = engine()
        .stub::<CountUsage>(|_, _| Ok(over_quota(1)))
        .stub::<A>(|_, _| gone());
    assert_eq!(run(&mut engine), Ok(None), "at {}", A::NAME);
    assert_eq!(engine.attempts_of::<A>(), 1, "{} is not repeated", A::NAME);
    assert_eq!(engine.attempts_of::<PutMetrics>(), 0);
}

#[test]
fn a_document_that_is_deleted_meanwhile_ends_quietly() {
    deleted_at::<ReadObjectMetadata>();
    deleted_at::<CountUsage>();
    deleted_at::<ExtractText>();
    deleted_at::<IndexDocument>();
    deleted_at::<FinishDocument>();
}

#[test]
fn a_cancelled_run_begins_nothing_more() {
    let mut engine = engine().stub_taking::<ExtractText>(Duration::from_secs(600), |_, _| Ok(text()));
    engine.plan(Duration::from_secs(60), |engine| {
        engine.cancel(&id::<UploadComplete>()).unwrap();
    });
    assert_eq!(run(&mut engine), Err(RunFailure::Cancelled));
    assert_eq!(engine.attempts_of::<IndexDocument>(), 0);
    assert_eq!(engine.attempts_of::<FinishDocument>(), 0, "it is not final");
}

#[test]
fn an_attempt_that_was_asked_for_again_says_which_it_is() {
    let again = UploadComplete {
        document: DOCUMENT,
        attempt: 2,
    };
    let mut engine = engine();
    engine.run(&again.workflow_id(), &again).unwrap();
    assert_eq!(inputs::<FinishDocument>(&engine)[0].attempt, 2);
    assert_ne!(
        again.workflow_id(),
        PROCESSING.workflow_id(),
        "the attempt before it may not have ended quite"
    );
}
