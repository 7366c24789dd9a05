//! Other runs of the domain, as a workflow reaches them.

use serde::Serialize;

use crate::model::{
    Decision, RequestCancelExternalWorkflowExecution, RunId, SignalExternalWorkflowExecution, Text,
};

use super::run::{Operate, Outcome, Refusal};
use super::{ExternalFailure, WorkflowContext, payload};

impl WorkflowContext {
    /// Signals another run of the domain and waits until the signal stands in its history.
    ///
    /// # Errors
    /// No such run is open.
    pub async fn signal_external<T: Serialize + Sync>(
        &self,
        workflow_id: impl Into<Text>,
        run_id: Option<RunId>,
        signal_name: impl Into<Text>,
        input: &T,
    ) -> Result<(), ExternalFailure> {
        let input = payload::write("the signal's input", input, self.data_chars())?;
        let workflow_id = workflow_id.into();
        let decision = SignalExternalWorkflowExecution {
            workflow_id: workflow_id.clone(),
            run_id: run_id.map(Into::into),
            signal_name: signal_name.into(),
            input: Some(input),
            control: None,
        };
        self.reach(decision, workflow_id).await
    }

    /// Asks another run of the domain to cancel itself and waits until the request stands in its history.
    ///
    /// # Errors
    /// No such run is open.
    pub async fn cancel_external(
        &self,
        workflow_id: impl Into<Text>,
        run_id: Option<RunId>,
    ) -> Result<(), ExternalFailure> {
        let workflow_id = workflow_id.into();
        let decision = RequestCancelExternalWorkflowExecution {
            workflow_id: workflow_id.clone(),
            run_id: run_id.map(Into::into),
            control: None,
        };
        self.reach(decision, workflow_id).await
    }

    async fn reach(&self, decision: impl Into<Decision>, workflow_id: Text) -> Result<(), ExternalFailure> {
        let operate = Operate {
            scope: self.scope,
            decision: decision.into(),
            cancel: None,
            cancel_on_drop: false,
        };
        match self.shared.operate(operate).await {
            Outcome::Done => Ok(()),
            Outcome::Refused(Refusal::Signal(cause)) => Err(ExternalFailure::Signal { workflow_id, cause }),
            Outcome::Refused(Refusal::Cancel(cause)) => Err(ExternalFailure::Cancel { workflow_id, cause }),
            _ => Err(ExternalFailure::Cancelled { workflow_id }),
        }
    }
}
