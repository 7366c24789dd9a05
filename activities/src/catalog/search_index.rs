//! Which index the documents of this database were put into.

use uuid::Uuid;

use super::{Catalog, Result};

impl Catalog {
    /// The program has this index open. If it is not the one that documents were put into, all of them are to be indexed
    /// anew, which the reconciler sees to; returns of how many accounts.
    pub async fn adopt_index(&self, id: Uuid) -> Result<u64> {
        let mut tx = self.pool.begin().await?;
        let adopted = sqlx::query(
            "INSERT INTO search_index AS known (id) VALUES ($1)
             ON CONFLICT (single) DO UPDATE SET id = excluded.id, adopted = now() WHERE known.id <> excluded.id",
        )
        .bind(id)
        .execute(&mut *tx)
        .await?;
        let mut accounts = 0;
        if adopted.rows_affected() == 1 {
            let wanting = sqlx::query(
                "UPDATE accounts SET index_wanted = index_wanted + 1, next_check = now()
                 WHERE deletion_begun IS NULL
                    AND EXISTS (SELECT FROM documents WHERE owner = accounts.id AND uploaded IS NOT NULL)",
            )
            .execute(&mut *tx)
            .await?;
            accounts = wanting.rows_affected();
        }
        tx.commit().await?;
        Ok(accounts)
    }
}
