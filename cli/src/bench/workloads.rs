//! What is run: the workflows of a measurement, and the one activity that they call.

use std::sync::Arc;
use std::time::Duration;

use apus::sdk::{
    Activities, Activity, ActivityError, ActivityTask, Workflow, WorkflowContext, WorkflowError, Workflows,
};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::at_once::SleepUntil;

/// How long a timer of W5 takes.
pub const TIMER: Duration = Duration::from_secs(5);

const DAY: Duration = Duration::from_secs(86_400);

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
        Ok(self.answer().await)
    }
}

impl Echo {
    /// One that takes so many microseconds.
    pub fn new(number: u32, wait_us: u64) -> Self {
        Echo { number, wait_us }
    }

    /// The number, once the time is over.
    pub async fn answer(&self) -> u32 {
        if self.wait_us > 0 {
            tokio::time::sleep(Duration::from_micros(self.wait_us)).await;
        }
        self.number
    }
}

/// W1 and W4.
#[derive(Serialize, Deserialize)]
pub struct OneActivity(pub u32);

impl Workflow for OneActivity {
    type Output = u32;
    const NAME: &'static str = "one-activity";

    async fn run(self, ctx: WorkflowContext) -> Result<u32, WorkflowError> {
        Ok(ctx.run(Echo::new(self.0, 0)).await?)
    }
}

/// Activities of W2.
pub const STEPS: u32 = 10;

/// W2.
#[derive(Serialize, Deserialize)]
pub struct TenInSequence(pub u32);

impl Workflow for TenInSequence {
    type Output = u32;
    const NAME: &'static str = "ten-in-sequence";

    async fn run(self, ctx: WorkflowContext) -> Result<u32, WorkflowError> {
        let mut number = self.0;
        for _ in 0..STEPS {
            number = ctx.run(Echo::new(number, 0)).await?;
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
pub const WIDTH: u32 = 100;

impl FanOut {
    /// What it calls.
    pub fn echoes(&self) -> impl Iterator<Item = Echo> + use<> {
        let spread_us = self.spread_us;
        (0..WIDTH).map(move |number| Echo::new(number, spread_us * u64::from(number) / u64::from(WIDTH)))
    }
}

impl Workflow for FanOut {
    type Output = u64;
    const NAME: &'static str = "fan-out";

    async fn run(self, ctx: WorkflowContext) -> Result<u64, WorkflowError> {
        let calls = self.echoes().map(|echo| ctx.run(echo));
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

/// Waits for a day.
#[derive(Serialize, Deserialize)]
pub struct Wait;

impl Workflow for Wait {
    type Output = ();
    const NAME: &'static str = "wait";

    async fn run(self, ctx: WorkflowContext) -> Result<(), WorkflowError> {
        ctx.timer(DAY).await?;
        Ok(())
    }
}

/// All workflows.
pub fn workflows() -> Workflows {
    Workflows::new()
        .add::<OneActivity>()
        .add::<TenInSequence>()
        .add::<FanOut>()
        .add::<Sleep>()
        .add::<Wait>()
        .add::<SleepUntil>()
}

/// All activities.
pub fn activities() -> Activities {
    Activities::new().add::<Echo>(Arc::new(()))
}
