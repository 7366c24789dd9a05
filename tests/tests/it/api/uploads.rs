//! From the form to the list, and the forms that must not work.

use anyhow::{Context, Result};
use docstore::services::settle_forms;
use docstore_activities::catalog::{DocumentState, Outcome};
use docstore_activities::ports::objects::ObjectKey;
use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use super::{Api, Form, expect, problem};

#[tokio::test]
async fn a_browser_goes_from_sign_up_to_the_list() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let wanted = json!({
        "file_name": "Rechnung März.txt", "content_type": "text/plain", "size": 5,
        "title": "Rechnung für März", "tags": ["steuer", "2024"], "redirect": true,
    });
    let form = user.form(&wanted).await?;
    let begun = format!("/v1/documents/{}/upload-begun", form.document);
    for _ in 0..2 {
        let answer = expect(
            user.request(Method::POST, &begun).send().await?,
            StatusCode::ACCEPTED,
        )
        .await?;
        assert_eq!(answer["state"], "uploading");
    }
    assert_eq!(
        api.event_kinds().await?,
        ["upload-initiated", "upload-initiated"],
        "repeated, and harmless"
    );

    let stored = api.send_form(&form, "hello").await?;
    assert_eq!(stored.status(), StatusCode::SEE_OTHER);
    let redirect = stored.headers()["location"].to_str()?.to_owned();
    let path = redirect.strip_prefix(&api.url).expect("the redirect leads back");
    for _ in 0..2 {
        let completed = user.request(Method::GET, path).send().await?;
        assert_eq!(completed.status(), StatusCode::SEE_OTHER);
        assert!(
            completed.headers()["location"]
                .to_str()?
                .starts_with("/documents")
        );
    }
    assert_eq!(api.event_kinds().await?, ["upload-complete", "upload-complete"]);

    let list = user.get("/v1/documents").await?;
    let document = &list["documents"][0];
    assert_eq!(document["id"], form.document);
    assert_eq!(
        (document["state"].as_str(), document["size"].as_u64()),
        (Some("processing"), Some(5))
    );
    assert_eq!(
        (&document["title"], &document["tags"]),
        (&json!("Rechnung für März"), &json!(["2024", "steuer"]))
    );
    Ok(())
}

#[tokio::test]
async fn completing_before_the_file_is_there_is_refused_and_can_be_repeated() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let form = user.form(&json!({ "file_name": "a.txt", "size": 5 })).await?;
    let complete = format!("/v1/documents/{}/upload-complete", form.document);
    let early = user.request(Method::POST, &complete).send().await?;
    assert_eq!(problem(early, StatusCode::CONFLICT).await?, "not_uploaded");
    api.send_form(&form, "hello").await?;
    expect(
        user.request(Method::POST, &complete).send().await?,
        StatusCode::ACCEPTED,
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_form_takes_one_file_of_its_size_under_its_key_and_nothing_else() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let wanted = json!({ "file_name": "a.txt", "content_type": "text/plain", "size": 5, "redirect": true });
    let form = user.form(&wanted).await?;
    let other = user.form(&wanted).await?;
    let other_key = other.field("key").context("a form has a key")?.to_owned();
    for (field, value) in [
        ("key", other_key.as_str()),
        ("key", "../../x"),
        ("content-type", "text/html"),
        ("x-amz-meta-title", "another title"),
        ("success_action_redirect", "https://evil.example"),
        (
            "x-amz-signature",
            "0000000000000000000000000000000000000000000000000000000000000000",
        ),
    ] {
        let refused = api.send_form(&form.with(field, value)?, "hello").await?;
        assert!(
            refused.status().is_client_error(),
            "{field}: {}",
            refused.status()
        );
    }
    let too_large = api.send_form(&form, "more than five").await?;
    assert!(too_large.status().is_client_error());
    let complete = format!("/v1/documents/{}/upload-complete", form.document);
    let nothing = user.request(Method::POST, &complete).send().await?;
    assert_eq!(problem(nothing, StatusCode::CONFLICT).await?, "not_uploaded");
    assert_eq!(
        api.send_form(&form, "hello").await?.status(),
        StatusCode::SEE_OTHER,
        "the form itself works"
    );
    Ok(())
}

#[tokio::test]
async fn a_hundred_forms_at_once_promise_no_more_than_the_quota() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let wanted = json!({ "file_name": "a.txt", "size": 300 });
    let asked = join_all((0..100).map(|_| user.ask_for_form(&wanted))).await;
    let mut granted = 0;
    for answer in asked {
        let answer = answer?;
        if answer.status() == StatusCode::CREATED {
            granted += 1;
        } else {
            assert_eq!(problem(answer, StatusCode::FORBIDDEN).await?, "quota_exceeded");
        }
    }
    assert_eq!(granted, 33, "10,000 bytes hold 33 times 300");
    assert_eq!(user.get("/v1/account").await?["usage"]["bytes_reserved"], 9_900);
    Ok(())
}

#[tokio::test]
async fn what_is_asked_for_is_checked() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "premium").await?;
    for (field, wanted) in [
        ("file_name", json!({ "file_name": "" })),
        ("file_name", json!({ "file_name": "a\u{0}b" })),
        ("title", json!({ "file_name": "a", "title": "x".repeat(201) })),
        ("tags", json!({ "file_name": "a", "tags": ["a,b"] })),
        (
            "content_type",
            json!({ "file_name": "a", "content_type": "text/html\r\nx: y" }),
        ),
        ("size", json!({ "file_name": "a", "size": 50_001 })),
    ] {
        let refused = expect(
            user.ask_for_form(&wanted).await?,
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await?;
        assert_eq!(refused["field"], field, "{wanted}");
    }
    Ok(())
}

/// Some are kept, some are deleted while they are counted, some never come.
#[tokio::test]
async fn a_hundred_uploads_at_once_leave_the_quota_exact() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let content = "x".repeat(300);
    let catalog = &api.app.catalog;
    let upload = async |number: usize| -> Result<u64> {
        let wanted =
            json!({ "file_name": format!("{number}.txt"), "content_type": "text/plain", "size": 300 });
        let asked = user.ask_for_form(&wanted).await?;
        if asked.status() != StatusCode::CREATED {
            assert_eq!(problem(asked, StatusCode::FORBIDDEN).await?, "quota_exceeded");
            return Ok(0);
        }
        let form = super::Form::read(&expect(asked, StatusCode::CREATED).await?)?;
        let (id, path) = (form.document.parse()?, format!("/v1/documents/{}", form.document));
        match number % 4 {
            0 => {
                catalog.abandon(id).await?;
                return Ok(0);
            }
            1 => {
                user.send(&form, &content, &path).await?;
                let count = || catalog.count_usage(id, 300);
                let permanently = format!("{path}?permanently=true");
                let deletion = user.request(Method::DELETE, &permanently).send();
                let (counted, again, deleted) = tokio::join!(count(), count(), deletion);
                counted?;
                again?;
                expect(deleted?, StatusCode::ACCEPTED).await?;
                catalog.finish_delete(id).await?;
                return Ok(0);
            }
            _ => {}
        }
        user.send(&form, &content, &path).await?;
        for counted in join_all((0..3).map(|_| catalog.count_usage(id, 300))).await {
            counted?;
        }
        let usage = catalog.usage(api.app.catalog.document(id).await?.owner).await?;
        assert!(usage.bytes_used + usage.bytes_reserved <= 10_000, "{usage:?}");
        Ok(300)
    };
    let mut kept = 0;
    for bytes in join_all((0..100).map(upload)).await {
        kept += bytes?;
    }
    let usage = user.get("/v1/account").await?["usage"].clone();
    assert_eq!(usage["bytes_used"], kept);
    assert_eq!(usage["bytes_reserved"], 0);
    assert_eq!(usage["documents"], kept / 300);
    let listed = user.get("/v1/documents?limit=200").await?;
    let documents = listed["documents"].as_array().context("documents")?;
    assert_eq!(documents.len() as u64, kept / 300);
    Ok(())
}

/// Lets the time of every form pass and looks at what they left.
async fn settled(api: &Api) -> Result<usize> {
    sqlx::query("UPDATE upload_forms SET due = now()")
        .execute(api.app.catalog.pool())
        .await?;
    settle_forms(&api.app).await
}

async fn open_forms(api: &Api) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT count(*) FROM upload_forms")
        .fetch_one(api.app.catalog.pool())
        .await?)
}

async fn is_stored(api: &Api, form: &Form) -> Result<bool> {
    let key = ObjectKey::new(form.field("key").context("a form has a key")?.to_owned())?;
    Ok(api.app.objects.head(&key).await?.is_some())
}

#[tokio::test]
async fn a_form_that_is_posted_again_is_processed_again() -> Result<()> {
    let api = Api::start().await?;
    let catalog = &api.app.catalog;
    let user = api.user("ada@example.com", "free").await?;
    let form = user.form(&json!({ "file_name": "a.txt", "size": 5 })).await?;
    let id: Uuid = form.document.parse()?;
    api.send_form(&form, "a").await?;
    let complete = format!("/v1/documents/{id}/upload-complete");
    expect(
        user.request(Method::POST, &complete).send().await?,
        StatusCode::ACCEPTED,
    )
    .await?;
    assert_eq!(settled(&api).await?, 0);
    assert_eq!(open_forms(&api).await?, 1, "the document is on its way");
    catalog.finish(id, 0, &Outcome::Ready).await?;
    api.events().await?;

    api.send_form(&form, "hello").await?;
    assert_eq!(settle_forms(&api.app).await?, 0, "it can still be posted");
    assert_eq!(settled(&api).await?, 1);
    assert_eq!(api.event_kinds().await?, ["upload-complete"]);
    let again = catalog.document(id).await?;
    assert_eq!(
        (again.state, again.attempt, again.size),
        (DocumentState::Processing, 1, Some(5))
    );
    assert_eq!(settled(&api).await?, 0);
    catalog.finish(id, 1, &Outcome::Ready).await?;
    assert_eq!(settled(&api).await?, 0);
    assert_eq!(open_forms(&api).await?, 0, "what is there is what is known");
    assert!(api.event_kinds().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_a_form_leaves_after_its_document_has_gone_goes_too() -> Result<()> {
    let api = Api::start().await?;
    let catalog = &api.app.catalog;
    let user = api.user("ada@example.com", "free").await?;
    let form = user.form(&json!({ "file_name": "a.txt", "size": 5 })).await?;
    let id: Uuid = form.document.parse()?;
    let document = catalog.document(id).await?;
    catalog.begin_delete(document.owner, id).await?;
    api.send_form(&form, "hello").await?;
    assert_eq!(settled(&api).await?, 0, "it is being deleted");
    catalog.finish_delete(id).await?;
    assert!(is_stored(&api, &form).await?);
    assert_eq!(settled(&api).await?, 1);
    assert!(!is_stored(&api, &form).await?);
    assert_eq!(open_forms(&api).await?, 0);
    Ok(())
}

#[tokio::test]
async fn what_came_after_it_was_given_up_arrives() -> Result<()> {
    let api = Api::start().await?;
    let catalog = &api.app.catalog;
    let user = api.user("ada@example.com", "free").await?;
    let (late, never) = (
        user.form(&json!({ "file_name": "a.txt", "size": 5 })).await?,
        user.form(&json!({ "file_name": "b.txt", "size": 5 })).await?,
    );
    for form in [&late, &never] {
        catalog.abandon(form.document.parse()?).await?;
    }
    api.send_form(&late, "hello").await?;
    assert_eq!(settled(&api).await?, 1);
    assert_eq!(api.event_kinds().await?, ["upload-complete"]);
    let arrived = catalog.document(late.document.parse()?).await?;
    assert_eq!(
        (arrived.state, arrived.size),
        (DocumentState::Processing, Some(5))
    );
    assert_eq!(open_forms(&api).await?, 1, "nothing came of the other");
    Ok(())
}
