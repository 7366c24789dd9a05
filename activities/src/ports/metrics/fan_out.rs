//! The same metrics to several sides.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Datum, Metrics, MetricsError};

/// Gives every datum to each of its sides.
pub struct FanOut {
    sides: Vec<Arc<dyn Metrics>>,
}

impl FanOut {
    /// Puts sides together. Each refuses the same data, so that all take a datum or none.
    pub fn new(sides: Vec<Arc<dyn Metrics>>) -> Self {
        Self { sides }
    }
}

#[async_trait]
impl Metrics for FanOut {
    async fn put(&self, data: Vec<Datum>) -> Result<(), MetricsError> {
        for side in &self.sides {
            side.put(data.clone()).await?;
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), MetricsError> {
        let mut outcome = Ok(());
        for side in &self.sides {
            outcome = outcome.and(side.flush().await);
        }
        outcome
    }

    fn dropped(&self) -> u64 {
        self.sides.iter().map(|side| side.dropped()).sum()
    }
}
