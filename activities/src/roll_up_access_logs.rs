//! Access logs become usage figures.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use chrono::{TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::access_log::{self, FILE_BYTES_MAX};
use crate::catalog::AccessLog;
use crate::ports::objects::{ObjectError, ObjectKey};
use crate::{Environment, policy};

/// Files of one attempt.
const FILES_MAX: i64 = 50;
/// A file that was announced so long ago and is not there will not come.
const LOST_AFTER: TimeDelta = TimeDelta::hours(1);
/// Days for which files are kept after they were added.
const KEPT_DAYS: i32 = 90;

/// Adds the files of access logs that have not been added yet to the figures, some at a time, and removes old ones.
/// Each file is added once, however often this runs.
#[derive(Debug, Serialize, Deserialize)]
pub struct RollUpAccessLogs {}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolledUp {
    /// Files that were settled; none when there is nothing to do.
    pub files: u32,
    /// Requests that they tell of.
    pub requests: u64,
    /// Of the files, those that were announced and never came.
    pub lost: u32,
    /// Old files that were removed.
    pub removed: u32,
}

impl Activity for RollUpAccessLogs {
    type Output = RolledUp;
    type Context = Environment;
    const NAME: &'static str = "roll-up-access-logs";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, task: ActivityTask, with: Arc<Environment>) -> Result<RolledUp, ActivityError> {
        let mut done = RolledUp::default();
        for file in with.catalog.open_access_logs(FILES_MAX).await? {
            task.heartbeat(&format!("{} files", done.files))?;
            add(&with, &file, &mut done).await?;
        }
        for file in with.catalog.old_access_logs(KEPT_DAYS, FILES_MAX).await? {
            task.heartbeat(&format!("{} old files", done.removed))?;
            with.objects
                .delete(&ObjectKey::new(file.object_key.clone())?)
                .await?;
            with.catalog.forget_access_log(&file.object_key).await?;
            done.removed += 1;
        }
        Ok(done)
    }
}

async fn add(with: &Environment, file: &AccessLog, done: &mut RolledUp) -> Result<(), ActivityError> {
    let key = ObjectKey::new(file.object_key.clone())?;
    let usage = match with.objects.get(&key, FILE_BYTES_MAX).await {
        Ok(content) => {
            let (usage, damaged) = access_log::add_up(&content);
            if damaged > 0 {
                tracing::warn!(file = %key, damaged, "lines of an access log can't be read; they are left out");
            }
            Some(usage)
        }
        // It may still be on its way.
        Err(ObjectError::NotFound(_)) if Utc::now() - file.begun < LOST_AFTER => return Ok(()),
        Err(ObjectError::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    if with.catalog.roll_up(&file.object_key, usage.as_ref()).await? {
        done.files += 1;
        match usage {
            Some(usage) => done.requests += usage.requests.iter().map(|of| of.requests).sum::<u64>(),
            None => done.lost += 1,
        }
    }
    Ok(())
}
