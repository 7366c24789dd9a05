//! `apus domain`: one function a verb.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::Client;
use crate::connection::{Connection, without_nulls};
use crate::failure::Failure;
use crate::output::{Format, Output};

/// `apus domain`.
#[derive(Args)]
pub struct Domain {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Subcommand)]
enum Verb {
    /// Register a domain; its name is taken for ever
    Register(Register),
    /// List domains by name
    List(List),
    /// Say what a domain is
    Describe(Named),
    /// Let nothing new begin in a domain; its types are deprecated too, open runs go on
    Deprecate(Named),
    /// Let a domain be used again; its types stay deprecated
    Undeprecate(Named),
}

#[derive(Args)]
struct Named {
    /// The domain's name
    name: String,
}

#[derive(Args)]
struct Register {
    #[command(flatten)]
    named: Named,
    /// How many days runs are kept after they closed, 0 to 90, or NONE
    #[arg(long, value_name = "DAYS")]
    retention: String,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// A tag; up to 50
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
}

#[derive(Args)]
struct List {
    /// List the deprecated ones
    #[arg(long)]
    deprecated: bool,
    /// List at most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
}

/// A node, and where results go.
struct Session {
    client: Client,
    output: Output,
}

/// Does what the verb says.
pub async fn run(domain: Domain) -> Result<(), Failure> {
    let (client, output) = domain.connection.open()?;
    let session = Session { client, output };
    match domain.verb {
        Verb::Register(new) => register(&session, &new).await,
        Verb::List(list) => self::list(&session, &list).await,
        Verb::Describe(named) => describe(&session, &named.name).await,
        Verb::Deprecate(named) => change(&session, &named.name, "DeprecateDomain", "deprecated").await,
        Verb::Undeprecate(named) => {
            change(&session, &named.name, "UndeprecateDomain", "registered again").await
        }
    }
}

async fn register(session: &Session, new: &Register) -> Result<(), Failure> {
    let tags = new.tags.iter();
    let tags: Vec<Value> = tags
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect();
    let request = json!({
        "name": new.named.name,
        "workflowExecutionRetentionPeriodInDays": new.retention,
        "description": new.description,
        "tags": tags,
    });
    session
        .client
        .call("RegisterDomain", &without_nulls(request))
        .await?;
    done(session, &new.named.name, "registered")
}

async fn change(session: &Session, name: &str, action: &str, what: &str) -> Result<(), Failure> {
    session.client.call(action, &json!({ "name": name })).await?;
    done(session, name, what)
}

fn done(session: &Session, name: &str, what: &str) -> Result<(), Failure> {
    match session.output.format {
        Format::Json => session.output.json(&json!({ "name": name })),
        Format::Table => session.output.line(&format!("{name} {what}")),
    }
}

async fn list(session: &Session, list: &List) -> Result<(), Failure> {
    let status = if list.deprecated {
        "DEPRECATED"
    } else {
        "REGISTERED"
    };
    let request = json!({ "registrationStatus": status });
    let limit = list.limit as usize;
    let listed = session
        .client
        .list("ListDomains", request, "domainInfos", limit, |_| true);
    let (domains, more) = listed.await?;
    if session.output.format == Format::Json {
        return session.output.json(&json!({ "domainInfos": domains }));
    }
    let cell = |info: &Value, member: &str| info[member].as_str().unwrap_or("-").to_owned();
    let row = |info: &Value| {
        ["name", "status", "description"]
            .map(|member| cell(info, member))
            .to_vec()
    };
    let rows = domains.iter().map(row).collect();
    session.output.table(&["NAME", "STATUS", "DESCRIPTION"], rows)?;
    if more {
        eprintln!("There are more; --limit shows them.");
    }
    Ok(())
}

async fn describe(session: &Session, name: &str) -> Result<(), Failure> {
    let mut found = session
        .client
        .call("DescribeDomain", &json!({ "name": name }))
        .await?;
    let tags = json!({ "resourceArn": found["domainInfo"]["arn"] });
    let mut listed = session.client.call("ListTagsForResource", &tags).await?;
    found["tags"] = listed["tags"].take();
    match session.output.format {
        Format::Json => session.output.json(&found),
        Format::Table => session.output.table(&[], description(&found)),
    }
}

/// The description as rows of a name and a value.
fn description(found: &Value) -> Vec<Vec<String>> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let info = &found["domainInfo"];
    let retention = match text(&found["configuration"]["workflowExecutionRetentionPeriodInDays"]).as_str() {
        "NONE" => "closed runs are not kept".to_owned(),
        days => format!("closed runs are kept for {days} days"),
    };
    let tags = found["tags"].as_array().into_iter().flatten();
    let tags: Vec<String> = tags
        .map(|tag| format!("{}={}", text(&tag["key"]), text(&tag["value"])))
        .collect();
    let rows = [
        ("Name", text(&info["name"])),
        ("Status", text(&info["status"])),
        ("Description", text(&info["description"])),
        ("Retention", retention),
        ("ARN", text(&info["arn"])),
        (
            "Tags",
            if tags.is_empty() {
                "-".to_owned()
            } else {
                tags.join(", ")
            },
        ),
    ];
    let row = |(name, value): (&str, String)| vec![name.to_owned(), value];
    rows.into_iter().map(row).collect()
}

fn tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err("a tag is written as KEY=VALUE".to_owned()),
    }
}
