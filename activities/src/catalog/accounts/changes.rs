//! Changes of an account: its plan, its password.

use uuid::Uuid;

use super::{Account, CHECK_AFTER, Plan};
use crate::catalog::{Catalog, CatalogError, Result, TokenDigest, to_bigint};

/// What came of the wish for a plan.
#[derive(Clone, Debug)]
pub struct PlanChange {
    /// The account as it is now.
    pub account: Account,
    /// False when it had this plan already.
    pub changed: bool,
}

impl Catalog {
    /// Gives an account another plan and the quota that belongs to it, and notes that its documents are to be indexed
    /// by the new plan. One that stores more than its new quota is over it from here on.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchAccount`], also for one that is being deleted.
    pub async fn change_plan(&self, account: Uuid, plan: Plan) -> Result<PlanChange> {
        let mut tx = self.pool.begin().await?;
        let changed: Option<Account> = sqlx::query_as(
            "UPDATE accounts SET plan = $2, revision = revision + 1, index_wanted = index_wanted + 1,
                modified = now(), next_check = now() + make_interval(secs => $3)
             WHERE id = $1 AND plan <> $2 AND deletion_begun IS NULL RETURNING *",
        )
        .bind(account)
        .bind(plan)
        .bind(CHECK_AFTER.as_secs_f64())
        .fetch_optional(&mut *tx)
        .await?;
        let Some(account_now) = changed else {
            tx.rollback().await?;
            let account = self.account(account).await?;
            return match account.deletion_begun {
                None => Ok(PlanChange {
                    account,
                    changed: false,
                }),
                Some(_) => Err(CatalogError::NoSuchAccount),
            };
        };
        sqlx::query(
            "UPDATE account_usage SET quota_bytes = $2,
                excursion = excursion + (bytes_used <= quota_bytes AND bytes_used > $2)::int
             WHERE account_id = $1",
        )
        .bind(account)
        .bind(to_bigint(self.quotas.of(plan)))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(PlanChange {
            account: account_now,
            changed: true,
        })
    }

    /// Gives an account another password and ends all its sessions but the one with this token; returns how many ended.
    /// `old_hash` is what the old password was compared with: of two changes at once, one is made.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchAccount`] when the account is being deleted or has another password by now.
    pub async fn change_password(
        &self,
        account: Uuid,
        old_hash: &str,
        new_hash: &str,
        keep: &TokenDigest,
    ) -> Result<u64> {
        let mut tx = self.pool.begin().await?;
        let changed = sqlx::query(
            "UPDATE accounts SET password_hash = $3, revision = revision + 1, modified = now(),
                next_check = now() + make_interval(secs => $4)
             WHERE id = $1 AND password_hash = $2 AND deletion_begun IS NULL",
        )
        .bind(account)
        .bind(old_hash)
        .bind(new_hash)
        .bind(CHECK_AFTER.as_secs_f64())
        .execute(&mut *tx)
        .await?;
        if changed.rows_affected() == 0 {
            return Err(CatalogError::NoSuchAccount);
        }
        let ended = sqlx::query("DELETE FROM sessions WHERE account_id = $1 AND token_digest <> $2")
            .bind(account)
            .bind(keep.as_slice())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(ended.rows_affected())
    }
}
