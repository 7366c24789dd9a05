//! Domains, their tags, and types.

use anyhow::{Context, Result};
use aws_sdk_swf::primitives::DateTime;
use aws_sdk_swf::types::{RegistrationStatus, ResourceTag};

use super::domain::{Domain, activity_type, list, workflow_type};
use super::{Case, case};

pub const CASES: &[Case] = &[
    case!(
        domains,
        &[
            ("action", "RegisterDomain"),
            ("action", "DescribeDomain"),
            ("action", "ListDomains"),
            ("action", "DeprecateDomain"),
            ("action", "UndeprecateDomain"),
        ],
        "A domain is registered, described, deprecated, found in the paginator of its status, and undeprecated."
    ),
    case!(
        tags,
        &[
            ("action", "TagResource"),
            ("action", "UntagResource"),
            ("action", "ListTagsForResource"),
        ],
        "The tags of a domain are set, listed and removed."
    ),
    case!(
        workflow_types,
        &[
            ("action", "RegisterWorkflowType"),
            ("action", "DescribeWorkflowType"),
            ("action", "ListWorkflowTypes"),
            ("action", "DeprecateWorkflowType"),
            ("action", "UndeprecateWorkflowType"),
            ("action", "DeleteWorkflowType"),
        ],
        "A workflow type goes through all its states, with its dates as timestamps."
    ),
    case!(
        activity_types,
        &[
            ("action", "RegisterActivityType"),
            ("action", "DescribeActivityType"),
            ("action", "ListActivityTypes"),
            ("action", "DeprecateActivityType"),
            ("action", "UndeprecateActivityType"),
            ("action", "DeleteActivityType"),
        ],
        "An activity type goes through all its states, with its dates as timestamps."
    ),
];

async fn domains(domain: Domain) -> Result<()> {
    let (client, name) = (&domain.client, &domain.name);
    let described = client.describe_domain().name(name).send().await?;
    let info = described.domain_info().context("the domain")?;
    assert_eq!(info.status(), &RegistrationStatus::Registered);
    let arn = format!("arn:aws:swf:us-east-1:123456789012:/domain/{name}");
    assert_eq!((info.name(), info.arn()), (name.as_str(), Some(arn.as_str())));
    let configuration = described.configuration().context("its configuration")?;
    assert_eq!(configuration.workflow_execution_retention_period_in_days(), "7");
    client.deprecate_domain().name(name).send().await?;
    let pages = client
        .list_domains()
        .registration_status(RegistrationStatus::Deprecated)
        .maximum_page_size(1)
        .into_paginator()
        .items()
        .send();
    let deprecated = pages.collect::<Result<Vec<_>, _>>().await?;
    assert!(deprecated.iter().any(|info| info.name() == name));
    client.undeprecate_domain().name(name).send().await?;
    let again = client.describe_domain().name(name).send().await?;
    let status = again.domain_info().context("the domain")?.status();
    assert_eq!(status, &RegistrationStatus::Registered);
    Ok(())
}

async fn tags(domain: Domain) -> Result<()> {
    let (client, arn) = (
        &domain.client,
        format!("arn:aws:swf:us-east-1:123456789012:/domain/{}", domain.name),
    );
    let tag = ResourceTag::builder().key("team").value("owls").build()?;
    client
        .tag_resource()
        .resource_arn(&arn)
        .tags(tag.clone())
        .send()
        .await?;
    let listed = client.list_tags_for_resource().resource_arn(&arn).send().await?;
    assert_eq!(listed.tags(), [tag]);
    client
        .untag_resource()
        .resource_arn(&arn)
        .tag_keys("team")
        .send()
        .await?;
    let listed = client.list_tags_for_resource().resource_arn(&arn).send().await?;
    assert!(listed.tags().is_empty());
    Ok(())
}

async fn workflow_types(domain: Domain) -> Result<()> {
    let (client, name, of) = (&domain.client, &domain.name, workflow_type("own"));
    let register = client.register_workflow_type().domain(name).name("own");
    register.version("1").default_task_list(list("l")).send().await?;
    let describe = || {
        client
            .describe_workflow_type()
            .domain(name)
            .workflow_type(of.clone())
            .send()
    };
    let described = describe().await?;
    let info = described.type_info().context("the type")?;
    assert_eq!(info.workflow_type(), Some(&of));
    assert_recent(info.creation_date());
    let configuration = described.configuration().context("its configuration")?;
    assert_eq!(configuration.default_task_list(), Some(&list("l")));
    assert_eq!(configuration.default_child_policy(), None);
    let deprecate = client.deprecate_workflow_type().domain(name);
    deprecate.workflow_type(of.clone()).send().await?;
    let listed = client.list_workflow_types().domain(name);
    let listed = listed.registration_status(RegistrationStatus::Deprecated);
    let found = listed.into_paginator().items().send();
    let found = found.collect::<Result<Vec<_>, _>>().await?;
    assert_eq!(found.len(), 1);
    assert_recent(found[0].deprecation_date().context("it has one")?);
    let undeprecate = client.undeprecate_workflow_type().domain(name);
    undeprecate.workflow_type(of.clone()).send().await?;
    let info = describe().await?;
    assert_eq!(
        info.type_info().context("the type")?.status(),
        &RegistrationStatus::Registered
    );
    let deprecate = client.deprecate_workflow_type().domain(name);
    deprecate.workflow_type(of.clone()).send().await?;
    let delete = client.delete_workflow_type().domain(name);
    delete.workflow_type(of.clone()).send().await?;
    let gone = describe().await.expect_err("it is gone").into_service_error();
    assert!(gone.is_unknown_resource_fault());
    Ok(())
}

async fn activity_types(domain: Domain) -> Result<()> {
    let (client, name, of) = (&domain.client, &domain.name, activity_type("own"));
    let register = client.register_activity_type().domain(name).name("own");
    register
        .version("1")
        .default_task_heartbeat_timeout("NONE")
        .send()
        .await?;
    let describe = || {
        client
            .describe_activity_type()
            .domain(name)
            .activity_type(of.clone())
            .send()
    };
    let described = describe().await?;
    let info = described.type_info().context("the type")?;
    assert_eq!(info.activity_type(), Some(&of));
    assert_recent(info.creation_date());
    let configuration = described.configuration().context("its configuration")?;
    assert_eq!(configuration.default_task_heartbeat_timeout(), Some("NONE"));
    assert_eq!(configuration.default_task_list(), None);
    let deprecate = client.deprecate_activity_type().domain(name);
    deprecate.activity_type(of.clone()).send().await?;
    let listed = client.list_activity_types().domain(name);
    let listed = listed.registration_status(RegistrationStatus::Deprecated);
    let found = listed.into_paginator().items().send();
    let found = found.collect::<Result<Vec<_>, _>>().await?;
    assert_eq!(found.len(), 1);
    assert_recent(found[0].deprecation_date().context("it has one")?);
    let undeprecate = client.undeprecate_activity_type().domain(name);
    undeprecate.activity_type(of.clone()).send().await?;
    let deprecate = client.deprecate_activity_type().domain(name);
    deprecate.activity_type(of.clone()).send().await?;
    let delete = client.delete_activity_type().domain(name);
    delete.activity_type(of.clone()).send().await?;
    let gone = describe().await.expect_err("it is gone").into_service_error();
    assert!(gone.is_unknown_resource_fault());
    Ok(())
}

/// Within the last minutes, by this machine's clock.
fn assert_recent(at: &DateTime) {
    let age = chrono::Utc::now().timestamp() - at.secs();
    assert!((-60..600).contains(&age), "{at}");
}
