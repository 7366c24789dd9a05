//! Testing workflows on virtual time: the engine's own rules, the real executor, and activities real or stubbed, in one
//! thread and without a database. A timer of thirty days takes no time, and nothing hangs: what can't go on says so.
//!
//! Every decision is checked against a replay of the whole history, so each test is a test of determinism too.
//!
//! ```
//! # use std::sync::Arc;
//! # use apus::sdk::{Activity, ActivityError, ActivityTask, Workflow, WorkflowContext, WorkflowError, Workflows};
//! # use serde::{Deserialize, Serialize};
//! use apus::sdk::testkit::TestEngine;
//! # #[derive(Serialize, Deserialize)] struct Greet { name: String }
//! # impl Activity for Greet {
//! #     type Output = String; type Context = (); const NAME: &'static str = "greet";
//! #     async fn run(self, _: ActivityTask, _: Arc<()>) -> Result<String, ActivityError> { Ok(self.name) }
//! # }
//! # #[derive(Serialize, Deserialize)] struct Welcome { name: String }
//! # impl Workflow for Welcome {
//! #     type Output = String; const NAME: &'static str = "welcome";
//! #     async fn run(self, ctx: WorkflowContext) -> Result<String, WorkflowError> {
//! #         ctx.timer(std::time::Duration::from_secs(30 * 86_400)).await?;
//! #         Ok(ctx.run(Greet { name: self.name }).await?)
//! #     }
//! # }
//! let mut engine = TestEngine::new(Workflows::new().add::<Welcome>())
//!     .stub::<Greet>(|input, _attempt| Ok(format!("Hello, {}", input.name)));
//! let greeting = engine.run("welcome-1", &Welcome { name: "Ada".into() });
//! assert_eq!(greeting.unwrap(), "Hello, Ada");
//! ```

mod activities;
mod disturb;
mod engine;
mod recording;
mod steps;
mod stuck;
mod task;
mod turbulence;
mod world;

pub use activities::{Attempt, Disturbance};
pub use disturb::with_every_disturbance;
pub use engine::TestEngine;
pub use recording::{Recording, ReplayError, replay, replay_directory};
pub use stuck::Stuck;
pub use task::activity_task;
