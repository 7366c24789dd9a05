//! Histories, page by page.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::EventId;

use super::Service;
use super::check::Check;
use super::page::PageArguments;
use super::refusal::Refusal;
use super::shapes::ExecutionShape;

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct GetWorkflowExecutionHistory {
    domain: Option<String>,
    execution: Option<ExecutionShape>,
    #[serde(flatten)]
    page: PageArguments,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct History {
    events: Vec<Value>,
    next_page_token: Option<String>,
}

pub(super) async fn get(service: Service, request: GetWorkflowExecutionHistory) -> Result<History, Refusal> {
    let mut check = Check::new(service.node.limits());
    // In the order in which Amazon names what is wrong with them.
    let named = ExecutionShape::check(request.execution.as_ref(), &mut check, "execution");
    let domain = check.name("domain", request.domain.as_deref());
    let page = request.page.check(
        &service.seals,
        &mut check,
        "GetWorkflowExecutionHistory",
        &request,
    );
    check.done()?;
    let from: Option<EventId> = page.position()?;
    let execution = named.resolve(&service, &domain).await?;
    let read = service
        .node
        .history_page(&domain, &execution, from, page.limit, page.reversed)
        .await?;
    let events: Result<Vec<Value>, _> = read.events.iter().map(|event| event.to_json()).collect();
    Ok(History {
        events: events.map_err(|error| Refusal::Internal(format!("An event can't be written: {error}")))?,
        next_page_token: page.token(read.next)?,
    })
}
