//! Finding and counting runs.

use serde::{Deserialize, Serialize};

use crate::model::{CloseStatus, RunId, Text, Timestamp, WorkflowExecution, WorkflowType};
use crate::node::{COUNT_MAX, ExecutionPage};
use crate::store::{self, Filter, TimeFilter};

use super::Service;
use super::check::{Check, within_calendar};
use super::page::{Page, PageArguments};
use super::refusal::Refusal;

/// The members that say which runs; some actions allow only some of them.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wanted {
    domain: Option<String>,
    start_time_filter: Option<TimeShape>,
    close_time_filter: Option<TimeShape>,
    execution_filter: Option<ExecutionFilter>,
    type_filter: Option<TypeFilter>,
    tag_filter: Option<TagFilter>,
    close_status_filter: Option<CloseStatusFilter>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct TimeShape {
    oldest_date: Option<Timestamp>,
    latest_date: Option<Timestamp>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExecutionFilter {
    workflow_id: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
struct TypeFilter {
    name: Option<String>,
    version: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
struct TagFilter {
    tag: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
struct CloseStatusFilter {
    status: Option<String>,
}

/// Which runs an action is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Open,
    Closed,
}

impl Wanted {
    /// The domain, and the filter without its page.
    fn check(&self, check: &mut Check<'_>, kind: Kind) -> Result<(Text, Filter), Refusal> {
        let domain = check.name("domain", self.domain.as_deref());
        let mut filter = Filter {
            time: self.time(check, kind),
            ..Filter::default()
        };
        if let Some(wanted) = &self.execution_filter {
            let at = "executionFilter.workflowId";
            filter.workflow_id = Some(check.name(at, wanted.workflow_id.as_deref()).to_string());
        }
        if let Some(wanted) = &self.type_filter {
            let name = check.name("typeFilter.name", wanted.name.as_deref()).to_string();
            let version = check.length("typeFilter.version", wanted.version.as_deref(), 0..=64);
            let version = version.filter(|version| !version.is_empty()).map(str::to_owned);
            filter.workflow_type = Some((name, version));
        }
        if let Some(wanted) = &self.tag_filter {
            let tag = check.required("tagFilter.tag", wanted.tag.as_deref());
            filter.tag = check
                .length("tagFilter.tag", Some(tag), 0..=256)
                .map(str::to_owned);
        }
        if let Some(wanted) = &self.close_status_filter {
            let at = "closeStatusFilter.status";
            filter.close_status = check.required_one_of(at, wanted.status.as_deref(), CloseStatus::ALL);
        }
        Ok((domain, filter))
    }

    fn time(&self, check: &mut Check<'_>, kind: Kind) -> Option<TimeFilter> {
        let (by_close, at, shape) = match (&self.start_time_filter, &self.close_time_filter) {
            (None, Some(shape)) if kind == Kind::Closed => (true, "closeTimeFilter", shape),
            (Some(shape), _) => (false, "startTimeFilter", shape),
            (None, _) => {
                if kind == Kind::Open {
                    check.missing("startTimeFilter");
                }
                return None;
            }
        };
        let oldest = check.required(&format!("{at}.oldestDate"), shape.oldest_date);
        Some(TimeFilter {
            by_close,
            oldest: within_calendar(oldest),
            latest: shape.latest_date.map(within_calendar),
        })
    }

    /// What SWF says of members that exclude each other; told after the constraints of each.
    fn check_together(&self, kind: Kind) -> Result<(), Refusal> {
        let filters = [
            self.execution_filter.is_some(),
            self.type_filter.is_some(),
            self.tag_filter.is_some(),
            self.close_status_filter.is_some() && kind == Kind::Closed,
        ];
        if filters.iter().filter(|given| **given).count() > 1 {
            let allowed = "executionFilter, typeFilter, tagFilter, closeStatusFilter";
            return Err(Refusal::validation(format!(
                "Cannot specify more than one exclusive filters in the same query: {allowed}"
            )));
        }
        match (
            kind,
            self.start_time_filter.is_some(),
            self.close_time_filter.is_some(),
        ) {
            (Kind::Closed, true, true) => Err(Refusal::validation(
                "Cannot specify both startTimeFilter and closeTimeFilter in the same query",
            )),
            (Kind::Closed, false, false) => Err(Refusal::validation(
                "Must specify time filter: either startTimeFilter or closeTimeFilter",
            )),
            _ => Ok(()),
        }
    }
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct ListExecutions {
    #[serde(flatten)]
    wanted: Wanted,
    #[serde(flatten)]
    page: PageArguments,
}

impl ListExecutions {
    fn check(&self, service: &Service, action: &str, kind: Kind) -> Result<(Text, Filter, Page), Refusal> {
        let mut check = Check::new(service.node.limits());
        let (domain, mut filter) = self.wanted.check(&mut check, kind)?;
        let page = self.page.check(&service.seals, &mut check, action, self);
        check.done()?;
        self.wanted.check_together(kind)?;
        filter.oldest_first = page.reversed;
        filter.after = page.position()?;
        Ok((domain, filter, page))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExecutionInfos {
    execution_infos: Vec<ExecutionInfo>,
    next_page_token: Option<String>,
}

/// A run in lists and descriptions.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExecutionInfo {
    execution: WorkflowExecution,
    workflow_type: WorkflowType,
    start_timestamp: Timestamp,
    close_timestamp: Option<Timestamp>,
    execution_status: ExecutionStatus,
    close_status: Option<CloseStatus>,
    parent: Option<WorkflowExecution>,
    tag_list: Option<Vec<String>>,
    cancel_requested: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ExecutionStatus {
    Open,
    Closed,
}

impl ExecutionInfo {
    pub(super) fn new(info: store::ExecutionInfo) -> Self {
        let parent = info.parent.zip(info.parent_workflow_id);
        ExecutionInfo {
            execution: info.execution,
            workflow_type: info.workflow_type,
            start_timestamp: info.started_at,
            close_timestamp: info.closed.map(|(at, _)| at),
            execution_status: match info.closed {
                None => ExecutionStatus::Open,
                Some(_) => ExecutionStatus::Closed,
            },
            close_status: info.closed.map(|(_, status)| status),
            parent: parent.map(|(run_id, workflow_id)| WorkflowExecution { workflow_id, run_id }),
            tag_list: info.tags,
            cancel_requested: info.cancel_requested,
        }
    }
}

pub(super) async fn list_open(service: Service, request: ListExecutions) -> Result<ExecutionInfos, Refusal> {
    let (domain, filter, page) = request.check(&service, "ListOpenWorkflowExecutions", Kind::Open)?;
    let listed = service.node.list_open(&domain, &filter, page.limit).await?;
    infos(listed, &page)
}

pub(super) async fn list_closed(
    service: Service,
    request: ListExecutions,
) -> Result<ExecutionInfos, Refusal> {
    let (domain, filter, page) = request.check(&service, "ListClosedWorkflowExecutions", Kind::Closed)?;
    let listed = service.node.list_closed(&domain, &filter, page.limit).await?;
    infos(listed, &page)
}

fn infos(listed: ExecutionPage, page: &Page) -> Result<ExecutionInfos, Refusal> {
    let next: Option<(Timestamp, RunId)> = listed.next;
    Ok(ExecutionInfos {
        execution_infos: listed.executions.into_iter().map(ExecutionInfo::new).collect(),
        next_page_token: page.token(next)?,
    })
}

#[derive(Serialize)]
pub(super) struct Count {
    count: u64,
    truncated: bool,
}

pub(super) async fn count_open(service: Service, request: Wanted) -> Result<Count, Refusal> {
    let (domain, filter) = request.to_count(&service, Kind::Open)?;
    Ok(Count::of_runs(service.node.count_open(&domain, &filter).await?))
}

pub(super) async fn count_closed(service: Service, request: Wanted) -> Result<Count, Refusal> {
    let (domain, filter) = request.to_count(&service, Kind::Closed)?;
    Ok(Count::of_runs(service.node.count_closed(&domain, &filter).await?))
}

impl Wanted {
    fn to_count(&self, service: &Service, kind: Kind) -> Result<(Text, Filter), Refusal> {
        let mut check = Check::new(service.node.limits());
        let wanted = self.check(&mut check, kind)?;
        check.done()?;
        self.check_together(kind)?;
        Ok(wanted)
    }
}

impl Count {
    pub(super) fn exact(count: u64) -> Self {
        Count {
            count,
            truncated: false,
        }
    }

    fn of_runs(count: u64) -> Self {
        Count {
            count: count.min(COUNT_MAX),
            truncated: count > COUNT_MAX,
        }
    }
}
