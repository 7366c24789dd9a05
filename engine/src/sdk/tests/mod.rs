//! The SDK's tests: hand-written histories for the executor, virtual time for everything that takes some.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod activities;
mod cancellation;
mod children;
mod executor;
mod history;
mod nondeterminism;
mod shapes;
mod testkit;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::testkit::TestEngine;
use super::{
    Activity, ActivityError, ActivityOptions, ActivityTask, Workflow, WorkflowContext, WorkflowError,
    Workflows,
};

/// An activity that says its number; what else it does is up to the test's stub.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Say(pub(super) u32);

impl Activity for Say {
    type Output = u32;
    type Context = ();
    const NAME: &'static str = "say";

    async fn run(self, _: ActivityTask, _: Arc<()>) -> Result<u32, ActivityError> {
        Ok(self.0)
    }
}

/// Another one, which undoes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Undo(pub(super) u32);

impl Activity for Undo {
    type Output = ();
    type Context = ();
    const NAME: &'static str = "undo";

    fn options() -> ActivityOptions {
        ActivityOptions::default().start_to_close(Duration::from_secs(5))
    }

    async fn run(self, _: ActivityTask, _: Arc<()>) -> Result<(), ActivityError> {
        Ok(())
    }
}

/// Declares a workflow of one test: its name, its type and what it does.
macro_rules! workflow {
    ($name:ident, $type_name:literal, $output:ty, |$ctx:ident| $body:expr) => {
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        struct $name;

        impl crate::sdk::Workflow for $name {
            type Output = $output;
            const NAME: &'static str = $type_name;

            async fn run(
                self,
                $ctx: crate::sdk::WorkflowContext,
            ) -> Result<$output, crate::sdk::WorkflowError> {
                $body
            }
        }
    };
}
pub(super) use workflow;

/// An engine for one workflow, with activities that do as they are told at once.
pub(super) fn engine<W: Workflow>() -> TestEngine {
    TestEngine::new(Workflows::new().add::<W>())
        .stub::<Say>(|say, _| Ok(say.0))
        .stub::<Undo>(|_, _| Ok(()))
}

pub(super) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A workflow that says 1.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SayOne;

impl Workflow for SayOne {
    type Output = u32;
    const NAME: &'static str = "say-one";

    async fn run(self, ctx: WorkflowContext) -> Result<u32, WorkflowError> {
        Ok(ctx.run(Say(1)).await?)
    }
}
