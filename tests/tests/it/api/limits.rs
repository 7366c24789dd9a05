//! Bodies, headers and nesting that are too much: a typed answer, and the program goes on.

use anyhow::{Context, Result, ensure};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{Api, expect, problem};

#[tokio::test]
async fn bodies_that_are_no_json_are_refused() -> Result<()> {
    let api = Api::start().await?;
    let post = |body: String| {
        api.request(Method::POST, "/v1/sessions")
            .header("content-type", "application/json")
            .body(body)
    };
    for body in [
        "{\"email\":".to_owned(),
        "[]".to_owned(),
        "{\"email\": 1, \"password\": 2}".to_owned(),
        format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!(
            "{{\"email\": {}1{}}}",
            "{\"a\":".repeat(10_000),
            "}".repeat(10_000)
        ),
    ] {
        assert_eq!(
            problem(post(body).send().await?, StatusCode::BAD_REQUEST).await?,
            "malformed_body"
        );
    }
    let no_type = api
        .request(Method::POST, "/v1/sessions")
        .body("{}")
        .send()
        .await?;
    assert_eq!(
        problem(no_type, StatusCode::UNSUPPORTED_MEDIA_TYPE).await?,
        "unsupported_media_type"
    );
    Ok(())
}

#[tokio::test]
async fn too_much_is_refused_and_the_program_goes_on() -> Result<()> {
    let api = Api::start().await?;
    let large = json!({ "email": "a@example.com", "password": "x".repeat(2_000_000) });
    assert_eq!(
        problem(
            api.post("/v1/sessions", &large).await?,
            StatusCode::PAYLOAD_TOO_LARGE
        )
        .await?,
        "payload_too_large"
    );
    let mut headers = api.request(Method::GET, "/v1/health");
    for number in 0..500 {
        headers = headers.header(format!("x-{number}"), "x");
    }
    assert_eq!(
        headers.send().await?.status(),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    );
    let long = api
        .request(Method::GET, "/v1/health")
        .header("x-long", "x".repeat(200_000))
        .send()
        .await;
    assert!(long.is_err() || long.is_ok_and(|answer| answer.status().is_client_error()));
    let healthy = expect(
        api.request(Method::GET, "/v1/health").send().await?,
        StatusCode::OK,
    )
    .await?;
    assert_eq!(healthy["status"], "ok");
    Ok(())
}

/// What a client may send of a body before it is told that this is too much, with room for what is on its way.
const SENT_MAX: usize = 64 << 20;

#[tokio::test]
async fn a_body_without_end_is_cut_off() -> Result<()> {
    let api = Api::start().await?;
    let address = api.url.strip_prefix("http://").context("an address")?;
    let mut client = TcpStream::connect(address).await?;
    let head = format!(
        "POST /v1/sessions HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n"
    );
    client.write_all(head.as_bytes()).await?;
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000));
    let mut sent = 0;
    while client.write_all(chunk.as_bytes()).await.is_ok() {
        sent += chunk.len();
        ensure!(sent < SENT_MAX, "it takes {sent} bytes and more");
    }
    expect(
        api.request(Method::GET, "/v1/health").send().await?,
        StatusCode::OK,
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn connections_that_say_little_hold_up_nobody() -> Result<()> {
    let api = Api::start().await?;
    let address = api.url.strip_prefix("http://").context("an address")?;
    let mut idle = Vec::new();
    for number in 0..500 {
        let mut client = TcpStream::connect(address).await?;
        let begun = match number % 3 {
            0 => "",
            1 => "GET /v1/health HTTP/1.1\r\nX-Slow: ",
            _ => {
                "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n{"
            }
        };
        client.write_all(begun.as_bytes()).await?;
        idle.push(client);
    }
    let user = api.user("ada@example.com", "free").await?;
    user.upload("a.txt", "hello").await?;
    drop(idle);
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_has_the_form_of_all_problems() -> Result<()> {
    let api = Api::start().await?;
    let nowhere = api.request(Method::GET, "/v1/nowhere").send().await?;
    assert_eq!(problem(nowhere, StatusCode::NOT_FOUND).await?, "not_found");
    let method = api.request(Method::PATCH, "/v1/documents").send().await?;
    assert!(method.headers().contains_key("allow"));
    assert_eq!(
        problem(method, StatusCode::METHOD_NOT_ALLOWED).await?,
        "method_not_allowed"
    );
    Ok(())
}
