//! Faults as the SDK's typed errors.

use anyhow::{Context, Result, bail, ensure};
use aws_sdk_swf::error::ProvideErrorMetadata;
use aws_sdk_swf::types::ResourceTag;

use super::domain::{Domain, activity_type, flow, workflow_type};
use super::{Case, case};

/// More than any engine of the tests may have.
const DOMAINS_MAX: usize = 10;

pub const CASES: &[Case] = &[
    case!(
        what_is_not_there,
        &[("fault", "UnknownResourceFault")],
        "An unknown domain, run or type is the typed UnknownResourceFault, with its message."
    ),
    case!(
        what_is_there_already,
        &[
            ("fault", "DomainAlreadyExistsFault"),
            ("fault", "TypeAlreadyExistsFault"),
            ("fault", "WorkflowExecutionAlreadyStartedFault"),
        ],
        "A second domain, type or open run of a name is its typed fault."
    ),
    case!(
        what_is_deprecated,
        &[
            ("fault", "DomainDeprecatedFault"),
            ("fault", "TypeDeprecatedFault"),
            ("fault", "TypeNotDeprecatedFault"),
        ],
        "Deprecating twice, and deleting what is not deprecated, are their typed faults."
    ),
    case!(
        what_has_no_default,
        &[("fault", "DefaultUndefinedFault")],
        "A run without a needed value is the typed DefaultUndefinedFault that names it."
    ),
    case!(
        what_is_too_much,
        &[("fault", "TooManyTagsFault")],
        "More than fifty tags are the typed TooManyTagsFault."
    ),
    case!(
        what_is_not_modelled,
        &[("fault", "ValidationException")],
        "A broken constraint is an error with code and message, which the model does not list."
    ),
];

/// For an engine that may have few domains.
pub const OF_LIMITS: &[Case] = &[case!(
    domains_beyond_the_limit,
    &[("fault", "LimitExceededFault")],
    "A domain more than the limit is the typed LimitExceededFault; deprecated domains count."
)];

async fn domains_beyond_the_limit(domain: Domain) -> Result<()> {
    let (client, name) = (&domain.client, &domain.name);
    client.deprecate_domain().name(name).send().await?;
    for number in 0..DOMAINS_MAX {
        let register = client.register_domain().name(format!("{name}-{number}"));
        let register = register.workflow_execution_retention_period_in_days("1");
        if let Err(error) = register.send().await {
            let fault = error.into_service_error();
            ensure!(fault.is_limit_exceeded_fault(), "{fault:?}");
            return Ok(());
        }
    }
    bail!("{DOMAINS_MAX} domains are not beyond the limit")
}

async fn what_is_not_there(domain: Domain) -> Result<()> {
    let (client, name) = (&domain.client, &domain.name);
    let fault = client.describe_domain().name("nowhere").send().await;
    let fault = fault.expect_err("it is not there").into_service_error();
    ensure!(fault.is_unknown_resource_fault(), "{fault:?}");
    assert_eq!(fault.message(), Some("Unknown domain: nowhere"));
    let fault = client.signal_workflow_execution().domain(name);
    let fault = fault.workflow_id("w").signal_name("s").send().await;
    let fault = fault.expect_err("it is not there").into_service_error();
    ensure!(fault.is_unknown_resource_fault(), "{fault:?}");
    assert_eq!(fault.message(), Some("Unknown execution, workflowId = w"));
    let fault = client.describe_activity_type().domain(name);
    let fault = fault.activity_type(activity_type("nobody")).send().await;
    let fault = fault.expect_err("it is not there").into_service_error();
    ensure!(fault.is_unknown_resource_fault(), "{fault:?}");
    Ok(())
}

async fn what_is_there_already(domain: Domain) -> Result<()> {
    let (client, name) = (&domain.client, &domain.name);
    let fault = client.register_domain().name(name);
    let fault = fault
        .workflow_execution_retention_period_in_days("1")
        .send()
        .await;
    let fault = fault.expect_err("it is there").into_service_error();
    ensure!(fault.is_domain_already_exists_fault(), "{fault:?}");
    let fault = client.register_workflow_type().domain(name).name("flow");
    let fault = fault.version("1").send().await;
    let fault = fault.expect_err("it is there").into_service_error();
    ensure!(fault.is_type_already_exists_fault(), "{fault:?}");
    assert_eq!(fault.message(), Some("WorkflowType=[name=flow, version=1]"));
    domain.start("w").await?;
    let fault = client.start_workflow_execution().domain(name).workflow_id("w");
    let fault = fault.workflow_type(flow()).send().await;
    let fault = fault.expect_err("it is open").into_service_error();
    ensure!(fault.is_workflow_execution_already_started_fault(), "{fault:?}");
    assert_eq!(fault.message(), Some("Already Started"));
    Ok(())
}

async fn what_is_deprecated(domain: Domain) -> Result<()> {
    let (client, name) = (&domain.client, &domain.name);
    let fault = client.delete_workflow_type().domain(name);
    let fault = fault.workflow_type(flow()).send().await;
    let fault = fault.expect_err("it is registered").into_service_error();
    ensure!(fault.is_type_not_deprecated_fault(), "{fault:?}");
    let deprecate = || {
        client
            .deprecate_workflow_type()
            .domain(name)
            .workflow_type(flow())
    };
    deprecate().send().await?;
    let fault = deprecate().send().await;
    let fault = fault.expect_err("it is deprecated").into_service_error();
    ensure!(fault.is_type_deprecated_fault(), "{fault:?}");
    client.deprecate_domain().name(name).send().await?;
    let fault = client.deprecate_domain().name(name).send().await;
    let fault = fault.expect_err("it is deprecated").into_service_error();
    ensure!(fault.is_domain_deprecated_fault(), "{fault:?}");
    Ok(())
}

async fn what_has_no_default(domain: Domain) -> Result<()> {
    let (client, name) = (&domain.client, &domain.name);
    let register = client.register_workflow_type().domain(name);
    register.name("bare").version("1").send().await?;
    let fault = client.start_workflow_execution().domain(name).workflow_id("w");
    let fault = fault.workflow_type(workflow_type("bare")).send().await;
    let fault = fault.expect_err("it has no defaults").into_service_error();
    ensure!(fault.is_default_undefined_fault(), "{fault:?}");
    let missing = fault.message().context("it says what")?;
    assert!(missing.starts_with("default"), "{missing}");
    Ok(())
}

async fn what_is_too_much(domain: Domain) -> Result<()> {
    let tag = |number| {
        ResourceTag::builder()
            .key(format!("k{number}"))
            .value("v")
            .build()
    };
    let tags = (0..51).map(tag).collect::<Result<Vec<_>, _>>()?;
    let fault = domain.client.tag_resource().set_tags(Some(tags));
    let arn = format!("arn:aws:swf:us-east-1:123456789012:/domain/{}", domain.name);
    let fault = fault.resource_arn(arn).send().await;
    let fault = fault.expect_err("there are too many").into_service_error();
    ensure!(fault.is_too_many_tags_fault(), "{fault:?}");
    Ok(())
}

async fn what_is_not_modelled(domain: Domain) -> Result<()> {
    let signal = domain.client.signal_workflow_execution().domain(&domain.name);
    let fault = signal.workflow_id("a:b").signal_name("s").send().await;
    let fault = fault.expect_err("a colon").into_service_error();
    assert_eq!(fault.code(), Some("ValidationException"));
    assert!(
        fault
            .message()
            .context("it says what")?
            .contains("at 'workflowId'")
    );
    Ok(())
}
