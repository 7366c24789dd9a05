//! The description of the API is what clients are built from: it changes only on purpose.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use docstore::router;
use reqwest::{Method, StatusCode};

use super::{Api, expect};

#[test]
fn the_description_of_the_api_stays() -> Result<()> {
    insta::assert_snapshot!(router::openapi().to_pretty_json()?);
    Ok(())
}

#[test]
fn the_description_is_sound() -> Result<()> {
    let description = serde_json::to_value(router::openapi())?;
    let mut operations = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().context("paths")? {
        for operation in methods
            .as_object()
            .into_iter()
            .flat_map(|methods| methods.values())
        {
            let id = operation["operationId"].as_str().context("an operation's id")?;
            assert!(operations.insert(id), "{path}: another operation is called {id}");
        }
    }
    for reference in description.to_string().split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().context("a pointer")?;
        assert!(description.pointer(pointer).is_some(), "{pointer} leads nowhere");
    }
    Ok(())
}

#[tokio::test]
async fn the_api_describes_itself() -> Result<()> {
    let api = Api::start().await?;
    let description = expect(
        api.request(Method::GET, "/openapi.json").send().await?,
        StatusCode::OK,
    )
    .await?;
    assert_eq!(description["openapi"], "3.1.0");
    assert_eq!(description, serde_json::to_value(router::openapi())?);
    Ok(())
}
