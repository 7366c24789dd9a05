//! Where many versions stand, in one question.

use std::collections::HashMap;

use uuid::Uuid;

use super::DocumentState;
use crate::catalog::{Catalog, Result};

/// Where a version stands, which says what its events are still good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    /// Its state.
    pub state: DocumentState,
    /// How often its processing was asked for again.
    pub attempt: i32,
    /// Grows with every change that its owner can see.
    pub revision: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    #[sqlx(flatten)]
    standing: Standing,
}

impl Catalog {
    /// Where these versions stand; those that are gone are left out.
    pub async fn standings(&self, version_ids: &[Uuid]) -> Result<HashMap<Uuid, Standing>> {
        let rows: Vec<Row> =
            sqlx::query_as("SELECT id, state, attempt, revision FROM documents WHERE id = ANY($1)")
                .bind(version_ids)
                .fetch_all(&self.pool)
                .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.standing)).collect())
    }
}
