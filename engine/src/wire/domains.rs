//! Domains.

use serde::{Deserialize, Serialize};

use crate::model::{RegistrationStatus, Text};
use crate::store::{DomainRecord, Listing, NewDomain};

use super::Service;
use super::check::Check;
use super::page::PageArguments;
use super::refusal::Refusal;
use super::shapes::registration_status;
use super::tags::TagShape;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegisterDomain {
    name: Option<String>,
    description: Option<String>,
    workflow_execution_retention_period_in_days: Option<String>,
    tags: Option<Vec<TagShape>>,
}

pub(super) async fn register(service: Service, request: RegisterDomain) -> Result<(), Refusal> {
    let limits = service.node.limits();
    let mut check = Check::new(limits);
    let name = check.name("name", request.name.as_deref());
    let description = check.length("description", request.description.as_deref(), 0..=1024);
    let retention = retention_days(
        &mut check,
        request.workflow_execution_retention_period_in_days.as_deref(),
    );
    let tags = TagShape::check(request.tags.as_deref(), &mut check, "tags");
    check.done()?;
    let new = NewDomain {
        name: &name,
        description,
        retention_days: retention,
        tags: &tags,
    };
    Ok(service.node.register_domain(new).await?)
}

/// Days, or none for `NONE`.
fn retention_days(check: &mut Check<'_>, value: Option<&str>) -> Option<u32> {
    const AT: &str = "workflowExecutionRetentionPeriodInDays";
    match value {
        None => check.missing(AT),
        // An empty timeout is as good as none; a retention has to be given.
        Some("") => check.wrong(AT, "", "have length greater than or equal to 1".to_owned()),
        Some(_) => {}
    }
    let max = check.limits().retention_days;
    let days = check.timeout(AT, value, true)?.seconds()?;
    if days > max {
        check.wrong(
            AT,
            &days.to_string(),
            format!("have value less than or equal to {max}"),
        );
    }
    Some(days)
}

/// A request about one domain.
#[derive(Debug, Deserialize)]
pub(super) struct OneDomain {
    name: Option<String>,
}

impl OneDomain {
    fn check(&self, service: &Service) -> Result<Text, Refusal> {
        let mut check = Check::new(service.node.limits());
        let name = check.name("name", self.name.as_deref());
        check.done()?;
        Ok(name)
    }
}

pub(super) async fn deprecate(service: Service, request: OneDomain) -> Result<(), Refusal> {
    let name = request.check(&service)?;
    Ok(service.node.deprecate_domain(&name).await?)
}

pub(super) async fn undeprecate(service: Service, request: OneDomain) -> Result<(), Refusal> {
    let name = request.check(&service)?;
    Ok(service.node.undeprecate_domain(&name).await?)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DomainDetail {
    domain_info: DomainInfo,
    configuration: DomainConfiguration,
}

#[derive(Serialize)]
pub(super) struct DomainInfo {
    name: String,
    status: RegistrationStatus,
    description: Option<String>,
    arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DomainConfiguration {
    workflow_execution_retention_period_in_days: String,
}

pub(super) async fn describe(service: Service, request: OneDomain) -> Result<DomainDetail, Refusal> {
    let name = request.check(&service)?;
    let record = service.node.describe_domain(&name).await?;
    let retention = record
        .retention_days
        .map_or_else(|| "NONE".to_owned(), |days| days.to_string());
    Ok(DomainDetail {
        domain_info: info(record, &service),
        configuration: DomainConfiguration {
            workflow_execution_retention_period_in_days: retention,
        },
    })
}

fn info(record: DomainRecord, service: &Service) -> DomainInfo {
    DomainInfo {
        arn: service.domain_arn(&record.name),
        name: record.name,
        status: record.status,
        description: record.description,
    }
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListDomains {
    registration_status: Option<String>,
    #[serde(flatten)]
    page: PageArguments,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DomainInfos {
    domain_infos: Vec<DomainInfo>,
    next_page_token: Option<String>,
}

pub(super) async fn list(service: Service, request: ListDomains) -> Result<DomainInfos, Refusal> {
    let mut check = Check::new(service.node.limits());
    let status = registration_status(request.registration_status.as_deref(), &mut check);
    let page = request
        .page
        .check(&service.seals, &mut check, "ListDomains", &request);
    check.done()?;
    let listing = Listing {
        status,
        names: service.caller.domains().map(<[String]>::to_vec),
        after: page.position()?,
        reversed: page.reversed,
        limit: page.limit + 1,
    };
    let listed = service.node.list_domains(&listing).await?;
    let (domains, next_page_token) = page.cut(listed, |domain| domain.name.clone())?;
    Ok(DomainInfos {
        domain_infos: domains.into_iter().map(|record| info(record, &service)).collect(),
        next_page_token,
    })
}
