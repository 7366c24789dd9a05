//! What an owner changes: title and tags, the trash, another attempt.

use anyhow::{Context, Result};
use docstore::services::reconcile;
use docstore_activities::catalog::{Outcome, Reason};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Api, User, expect, problem};

async fn delete(user: &User<'_>, path: &str, status: StatusCode) -> Result<Value> {
    expect(user.request(Method::DELETE, path).send().await?, status).await
}

async fn ids(user: &User<'_>, path: &str) -> Result<Vec<Value>> {
    let page = user.get(path).await?;
    let documents = page["documents"].as_array().context("documents")?;
    Ok(documents.iter().map(|document| document["id"].clone()).collect())
}

#[tokio::test]
async fn title_and_tags_can_be_edited_and_the_index_is_told() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let id = user.upload("a.txt", "hello").await?;
    let path = format!("/v1/documents/{id}");
    api.events().await?;
    let wanted = json!({ "title": " March <b> ", "tags": ["tax", "2024", "tax"] });
    let edited = user.change(Method::PATCH, &path, &wanted, StatusCode::OK).await?;
    assert_eq!(
        (&edited["title"], &edited["tags"]),
        (&json!("March <b>"), &json!(["2024", "tax"]))
    );
    assert_eq!(api.event_kinds().await?, ["document-changed"]);
    let wanted = json!({ "tags": [] });
    let edited = user.change(Method::PATCH, &path, &wanted, StatusCode::OK).await?;
    assert_eq!(
        (&edited["title"], &edited["tags"]),
        (&json!("March <b>"), &json!([]))
    );
    assert_eq!(
        user.get("/v1/documents").await?["documents"][0]["title"],
        "March <b>"
    );
    let nothing = user
        .change(Method::PATCH, &path, &json!({}), StatusCode::OK)
        .await?;
    assert_eq!(nothing["modified"], edited["modified"], "nothing was asked for");
    for refused in [
        json!({ "title": "" }),
        json!({ "title": "a\u{0}b" }),
        json!({ "tags": ["a,b"] }),
        json!({ "title": "x".repeat(201) }),
        json!({ "tags": (0..20).map(|n| format!("{n}{}", "ü".repeat(35))).collect::<Vec<_>>() }),
    ] {
        let answer = user.request(Method::PATCH, &path).json(&refused).send().await?;
        assert_eq!(
            problem(answer, StatusCode::UNPROCESSABLE_ENTITY).await?,
            "invalid_value",
            "{refused}"
        );
    }
    let unknown = user
        .request(Method::PATCH, &path)
        .json(&json!({ "owner": "me" }))
        .send()
        .await?;
    assert_eq!(problem(unknown, StatusCode::BAD_REQUEST).await?, "malformed_body");
    // serde would take the members of an object in their order, without their names.
    let unnamed = user
        .request(Method::PATCH, &path)
        .json(&json!(["Old", []]))
        .send()
        .await?;
    assert_eq!(problem(unnamed, StatusCode::BAD_REQUEST).await?, "malformed_body");
    Ok(())
}

#[tokio::test]
async fn a_title_edited_while_the_file_is_on_its_way_stays() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let form = user
        .form(&json!({ "file_name": "a.txt", "size": 5, "title": "Old" }))
        .await?;
    let path = format!("/v1/documents/{}", form.document);
    user.change(Method::PATCH, &path, &json!({ "title": "New" }), StatusCode::OK)
        .await?;
    user.send(&form, "hello", &path).await?;
    assert_eq!(user.get(&path).await?["title"], "New");
    Ok(())
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again_and_what_has_is_not_overwritten() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let id = user.upload("a.txt", "hello").await?;
    let path = format!("/v1/documents/{id}");
    for path in [
        path.as_str(),
        "/v1/documents",
        "/v1/account",
        "/v1/search?q=a",
        "/openapi.json",
    ] {
        let first = user.request(Method::GET, path).send().await?;
        assert_eq!(first.headers()["cache-control"], "private, no-cache", "{path}");
        let tag = first.headers()["etag"].clone();
        let again = user
            .request(Method::GET, path)
            .header("if-none-match", &tag)
            .send()
            .await?;
        assert_eq!(
            (again.status(), &again.headers()["etag"]),
            (StatusCode::NOT_MODIFIED, &tag),
            "{path}"
        );
        assert!(again.bytes().await?.is_empty());
    }
    let seen = user.request(Method::GET, &path).send().await?.headers()["etag"].clone();
    let edit = |title: &str| {
        user.request(Method::PATCH, &path)
            .json(&json!({ "title": title }))
    };
    let edited = edit("mine").header("if-match", &seen).send().await?;
    assert_eq!(edited.status(), StatusCode::OK);
    let current = edited.headers()["etag"].clone();
    assert_ne!(current, seen);
    for stale in [edit("theirs"), user.request(Method::DELETE, &path)] {
        let refused = stale.header("if-match", &seen).send().await?;
        assert_eq!(
            problem(refused, StatusCode::PRECONDITION_FAILED).await?,
            "changed"
        );
    }
    let changed = user
        .request(Method::GET, &path)
        .header("if-none-match", &seen)
        .send()
        .await?;
    assert_eq!(expect(changed, StatusCode::OK).await?["title"], "mine");
    for condition in [format!("\"other\", {}", current.to_str()?), "*".to_owned()] {
        let edited = edit("mine").header("if-match", &condition).send().await?;
        assert_eq!(edited.status(), StatusCode::OK, "{condition}");
        let new = format!("\"other\", {}", edited.headers()["etag"].to_str()?);
        let again = edit("mine").header("if-match", new).send().await?;
        assert_eq!(again.status(), StatusCode::OK);
    }
    let odd = edit("x").header("if-match", "no tag").send().await?;
    assert_eq!(problem(odd, StatusCode::PRECONDITION_FAILED).await?, "changed");
    Ok(())
}

#[tokio::test]
async fn a_deleted_document_lies_in_the_trash_until_it_is_restored_or_deleted_for_good() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let id = user.upload("a.txt", "hello").await?;
    let path = format!("/v1/documents/{id}");
    api.events().await?;
    for _ in 0..2 {
        let trashed = delete(&user, &path, StatusCode::OK).await?;
        assert!(trashed["trashed"].is_string() && trashed["deleted_after"].is_string());
    }
    assert_eq!(api.event_kinds().await?, ["document-changed", "document-changed"]);
    assert_eq!(
        (ids(&user, "/v1/documents").await?, ids(&user, "/v1/trash").await?),
        (vec![], vec![json!(id)])
    );
    let version = user
        .request(Method::POST, &format!("{path}/versions"))
        .json(&json!({ "size": 1 }))
        .send()
        .await?;
    assert_eq!(problem(version, StatusCode::CONFLICT).await?, "in_trash");

    let restored = user
        .request(Method::POST, &format!("{path}/restore"))
        .send()
        .await?;
    assert!(expect(restored, StatusCode::OK).await?["trashed"].is_null());
    assert_eq!(ids(&user, "/v1/documents").await?, [json!(id)]);

    for _ in 0..2 {
        let gone = delete(&user, &format!("{path}?permanently=true"), StatusCode::ACCEPTED).await?;
        assert_eq!(gone["state"], "deleting");
    }
    assert_eq!(
        api.event_kinds().await?,
        ["delete-document", "delete-document", "document-changed"]
    );
    assert!(ids(&user, "/v1/documents").await?.is_empty() && ids(&user, "/v1/trash").await?.is_empty());
    for late in ["restore", "retry"] {
        let refused = user
            .request(Method::POST, &format!("{path}/{late}"))
            .send()
            .await?;
        assert_eq!(problem(refused, StatusCode::NOT_FOUND).await?, "not_found");
    }
    let download = user
        .request(Method::GET, &format!("{path}/download"))
        .send()
        .await?;
    assert_eq!(problem(download, StatusCode::NOT_FOUND).await?, "not_found");
    Ok(())
}

#[tokio::test]
async fn what_never_arrived_does_not_go_into_the_trash() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let form = user.form(&json!({ "file_name": "a.txt", "size": 5 })).await?;
    let gone = delete(
        &user,
        &format!("/v1/documents/{}", form.document),
        StatusCode::ACCEPTED,
    )
    .await?;
    assert_eq!(gone["state"], "deleting");
    assert_eq!(api.event_kinds().await?, ["delete-document"]);
    Ok(())
}

#[tokio::test]
async fn the_trash_can_be_emptied_by_its_owner() -> Result<()> {
    let api = Api::start().await?;
    let (ada, bob) = (
        api.user("ada@example.com", "free").await?,
        api.user("bob@example.com", "free").await?,
    );
    for user in [&ada, &bob] {
        for name in ["a.txt", "b.txt"] {
            let id = user.upload(name, name).await?;
            delete(user, &format!("/v1/documents/{id}"), StatusCode::OK).await?;
        }
    }
    api.events().await?;
    assert_eq!(
        delete(&ada, "/v1/trash", StatusCode::ACCEPTED).await?["documents"],
        2
    );
    assert_eq!(
        delete(&ada, "/v1/trash", StatusCode::ACCEPTED).await?["documents"],
        0
    );
    assert_eq!(api.event_kinds().await?, ["delete-document", "delete-document"]);
    assert_eq!(ids(&bob, "/v1/trash").await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn what_failed_can_be_tried_again() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let id = user.upload("a.txt", "hello").await?;
    let retry = || user.request(Method::POST, &format!("/v1/documents/{id}/retry"));
    assert_eq!(
        problem(retry().send().await?, StatusCode::CONFLICT).await?,
        "not_failed"
    );
    let failed = Outcome::Failed(Reason {
        code: "timed_out".to_owned(),
        message: "It took too long.".to_owned(),
    });
    api.app.catalog.finish(id.parse()?, 0, &failed).await?;
    api.events().await?;
    let again = expect(retry().send().await?, StatusCode::ACCEPTED).await?;
    assert_eq!(
        (&again["state"], &again["reason"]),
        (&json!("processing"), &Value::Null)
    );
    assert_eq!(api.event_kinds().await?, ["upload-complete"]);
    let history = user.get(&format!("/v1/documents/{id}/history")).await?;
    let events: Vec<_> = history["entries"]
        .as_array()
        .context("entries")?
        .iter()
        .map(|entry| {
            (
                entry["event"].as_str().unwrap_or(""),
                entry["reason"]["code"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        events,
        [
            ("awaiting_upload", None),
            ("processing", None),
            ("failed", Some("timed_out")),
            ("processing", None)
        ]
    );
    Ok(())
}

#[tokio::test]
async fn a_change_whose_event_was_lost_is_told_again() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let id = user.upload("a.txt", "hello").await?;
    let path = format!("/v1/documents/{id}");
    user.change(Method::PATCH, &path, &json!({ "title": "b" }), StatusCode::OK)
        .await?;
    api.events().await?;
    assert_eq!(reconcile(&api.app).await?, 0, "it is not due yet");
    sqlx::query("UPDATE documents SET index_due = now() WHERE index_due IS NOT NULL")
        .execute(api.app.catalog.pool())
        .await?;
    assert_eq!(reconcile(&api.app).await?, 1);
    assert_eq!(api.event_kinds().await?, ["document-changed"]);
    let document = api.app.catalog.document(id.parse::<Uuid>()?).await?;
    api.app
        .catalog
        .record_indexed(document.version_id, document.revision)
        .await?;
    sqlx::query("UPDATE documents SET index_due = now() WHERE index_due IS NOT NULL")
        .execute(api.app.catalog.pool())
        .await?;
    assert_eq!(reconcile(&api.app).await?, 0, "the index knows");
    Ok(())
}
