//! What is run: the workflows of a measurement, and the one activity that they call.

use std::sync::Arc;
use std::time::Duration;

use apus::sdk::{
    Activities, Activity, ActivityError, ActivityTask, Workflow, WorkflowContext, WorkflowError, Workflows,
};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

/// How long a timer of W5 takes.
pub const TIMER: Duration = Duration::from_secs(5);

/// Gives back its number, after some time.
#[derive(Serialize, Deserialize)]
pub struct Echo {
    number: u32,
    #[serde(default)]
    wait_us: u64,
}

impl Activity for Echo {
    type Output = u32;
    type Context = ();
    const NAME: &'static str = "echo";

    async fn run(self, _: ActivityTask, _: Arc<()>) -> Result<u32, ActivityError> {
        if self.wait_us > 0 {
            tokio::time::sleep(Duration::from_micros(self.wait_us)).await;
        }
        Ok(self.number)
    }
}

/// W1 and W4.
#[derive(Serialize, Deserialize)]
pub struct OneActivity(pub u32);

impl Workflow for OneActivity {
    type Output = u32;
    const NAME: &'static str = "one-activity";

    async fn run(self, ctx: WorkflowContext) -> Result<u32, WorkflowError> {
        Ok(ctx.run(echo(self.0, 0)).await?)
    }
}

/// W2.
#[derive(Serialize, Deserialize)]
pub struct TenInSequence(pub u32);

impl Workflow for TenInSequence {
    type Output = u32;
    const NAME: &'static str = "ten-in-sequence";

    async fn run(self, ctx: WorkflowContext) -> Result<u32, WorkflowError> {
        let mut number = self.0;
        for _ in 0..10 {
            number = ctx.run(echo(number, 0)).await?;
        }
        Ok(number)
    }
}

/// W3.
#[derive(Serialize, Deserialize)]
pub struct FanOut {
    /// The last of the activities takes so long, the first no time.
    pub spread_us: u64,
}

/// Activities of one fan-out.
const WIDTH: u64 = 100;

impl Workflow for FanOut {
    type Output = u64;
    const NAME: &'static str = "fan-out";

    async fn run(self, ctx: WorkflowContext) -> Result<u64, WorkflowError> {
        let calls = (0..WIDTH).map(|number| ctx.run(echo(number as u32, self.spread_us * number / WIDTH)));
        let numbers = try_join_all(calls).await?;
        Ok(numbers.into_iter().map(u64::from).sum())
    }
}

/// W5.
#[derive(Serialize, Deserialize)]
pub struct Sleep;

impl Workflow for Sleep {
    type Output = ();
    const NAME: &'static str = "sleep";

    async fn run(self, ctx: WorkflowContext) -> Result<(), WorkflowError> {
        ctx.timer(TIMER).await?;
        Ok(())
    }
}

fn echo(number: u32, wait_us: u64) -> Echo {
    Echo { number, wait_us }
}

/// All workflows.
pub fn workflows() -> Workflows {
    Workflows::new()
        .add::<OneActivity>()
        .add::<TenInSequence>()
        .add::<FanOut>()
        .add::<Sleep>()
}

/// All activities.
pub fn activities() -> Activities {
    Activities::new().add::<Echo>(Arc::new(()))
}
